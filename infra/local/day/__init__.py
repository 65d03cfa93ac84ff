"""`dev.py day`: one whole trading day without a head, in virtual time, with a report."""

from infra.local.day.command import main

__all__ = ["main"]

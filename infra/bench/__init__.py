"""`dev.py bench`: what papertape costs in time, each figure beside its floor or a peer of the same run."""

from infra.bench.command import main

__all__ = ["main"]

"""`dev.py simulate`: the whole product in one process, on virtual time, through many faulty days."""

from infra.local.simulate.command import main

__all__ = ["main"]

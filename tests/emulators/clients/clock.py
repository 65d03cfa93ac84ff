"""The clock of a process that signs what it sends: it goes with the emulated vendor's."""

import time
from datetime import UTC, datetime


def run_ahead(seconds: float) -> None:
    """Set this process's clock ahead of the machine's; below 0 it goes after."""
    machine = time.time
    time.time = lambda: machine() + seconds


def now() -> datetime:
    """Return what this process's clock says."""
    return datetime.fromtimestamp(time.time(), UTC)

"""The first start after a restore: the brokers went on, the database went back (docs/backup.md)."""

from collections.abc import Sequence
from typing import Protocol

from chalicelib.services.sync.look_at_brokers import AccountLook, report
from infra.local.database.stack_database import Say
from infra.local.state import StateDirectory


class Looking(Protocol):
    """What can compare every broker account with the books."""

    def look_at_brokers(self) -> Sequence[AccountLook]:
        """Look, and do nothing else."""
        ...


def look_after_restore(state: StateDirectory, product: Looking, say: Say) -> None:
    """Tell, before any job runs, what the brokers did that a restored database does not know."""
    if not state.is_restored():
        return
    say("the database was restored: looking at every broker account")
    for line in report(product.look_at_brokers()):
        say(line)
    state.note_looked()

"""Whether the kill switch lets an entry through (B-08, I-24). Exits are never asked."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from chalicelib.domain.desk.kill_switch.rows import SwitchRow, stopping
from chalicelib.domain.trading.limits import Breach
from chalicelib.domain.trading.trades import Originator
from chalicelib.services.errors import EntriesStopped

#: What a preview says: a limit of no entry at all, which this one would pass.
STOPPED: Final = Breach(limit="kill_switch", value=Decimal(1), allowed=Decimal(0))


def check_switch(rows: Iterable[SwitchRow], originator: Originator) -> None:
    """Raise EntriesStopped when one of the rows in force stops an entry of this originator."""
    row = stopping(rows, originator)
    if row is not None:
        raise EntriesStopped(why_stopped(row))


def why_stopped(row: SwitchRow) -> str:
    """Say which row stops an entry, and until when."""
    return f"The kill switch is set to {row.mode} ({row.detail}): no entry until {row.lifts_when}."

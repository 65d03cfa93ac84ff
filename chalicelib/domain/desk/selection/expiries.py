"""Which expiries a scan reads of one underlying: those that any strategy may enter, and those around a month.

A chain costs calls, so that no other is read. The two around 30 days carry the 30-day ATM IV (B-03).
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from chalicelib.domain.desk.selection.switches import dte_range
from chalicelib.domain.desk.strategies.strategy import EntryConditions

#: Of how many days the ATM IV is that VRP and IV rank go by.
MONTH_DAYS: Final = 30


def expiries_to_read(
    listed: Sequence[date], today: date, conditions: Iterable[EntryConditions], vix: float | None
) -> tuple[date, ...]:
    """Return the expiries whose chains are needed, ascending.

    Of a strategy for which none is listed in its range the nearest is read, so that D can name it.
    """
    by_dte = sorted({(expiry - today).days: expiry for expiry in listed if expiry >= today}.items())
    wanted: set[date] = set()
    for one in conditions:
        days = dte_range(one, vix)
        inside = {expiry for dte, expiry in by_dte if days.contains(dte)}
        wanted |= inside or {expiry for _, expiry in sorted(by_dte, key=lambda pair: days.apart(pair[0]))[:1]}
    before = [expiry for dte, expiry in by_dte if 0 < dte <= MONTH_DAYS]
    after = [expiry for dte, expiry in by_dte if dte >= MONTH_DAYS]
    return tuple(sorted({*wanted, *before[-1:], *after[:1]}))

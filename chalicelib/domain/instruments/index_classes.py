"""The classes of index options: cash, style, settlement and hours; data with its source (W-05, W-06).

Sources: product specifications of Cboe (SPX, SPXW, XSP, RUT, RUTW, MRUT, VIX, DJX, OEX, XEO) and Nasdaq
(NDX, NDXP, XND, NQX), and tastytrade's table "Cash-Settled Indexes Options Specifications" beside them. All
pay cash. AM-settled classes trade last on the trading day before their expiry and settle on the opening
settlement value of its morning; PM-settled ones trade on their last day to 16:00 and settle on the close.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from types import MappingProxyType
from typing import Final

#: When this table was looked through last.
AS_OF: Final = date(2026, 1, 2)

#: New York; a day that ends early ends these classes as long before as their own close lies behind 16:00.
_LATE_CLOSE: Final = time(16, 15)


class SettledIn(StrEnum):
    """Whether the opening or the closing value of the last day settles a class."""

    MORNING = "AM"
    AFTERNOON = "PM"


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexClass:
    """One class of index options; `root` is that of its symbols, `closes` New York time on a full day."""

    root: str
    underlying: str
    settled: SettledIn
    is_european: bool = True
    closes: time = _LATE_CLOSE

    @property
    def settles_on_open(self) -> bool:
        """Say whether the opening settlement value counts, and trading ends the day before."""
        return self.settled is SettledIn.MORNING


def _of(underlying: str, *, am: str = "", pm: str = "", is_european: bool = True) -> tuple[IndexClass, ...]:
    return tuple(
        IndexClass(root=root, underlying=underlying, settled=settled, is_european=is_european)
        for settled, roots in ((SettledIn.MORNING, am), (SettledIn.AFTERNOON, pm))
        for root in roots.split()
    )


INDEX_CLASSES: Final[Mapping[str, IndexClass]] = MappingProxyType(
    {
        one.root: one
        for one in (
            *_of("SPX", am="SPX", pm="SPXW"),
            *_of("XSP", pm="XSP"),
            *_of("NDX", am="NDX", pm="NDXP"),
            *_of("NQX", pm="NQX"),
            *_of("XND", pm="XND"),
            *_of("RUT", am="RUT", pm="RUTW"),
            *_of("MRUT", pm="MRUT"),
            *_of("VIX", am="VIX VIXW"),
            *_of("DJX", am="DJX"),
            *_of("OEX", pm="OEX", is_european=False),
            *_of("XEO", pm="XEO"),
        )
    }
)
_INDICES: Final = frozenset(one.underlying for one in INDEX_CLASSES.values())


def is_index(ticker: str) -> bool:
    """Say whether this is an index whose options are known here: nothing of it can be held or delivered."""
    return ticker in _INDICES


def is_cash_settled(underlying: str) -> bool:
    """Say whether an exercise on this underlying pays cash, where others deliver shares."""
    return is_index(underlying)


def is_european(root: str) -> bool:
    """Say whether options of this root can be exercised at their expiry alone."""
    one = INDEX_CLASSES.get(root)
    return one is not None and one.is_european


def settles_on_open(root: str) -> bool:
    """Say whether options of this root settle on the opening value of their last day."""
    one = INDEX_CLASSES.get(root)
    return one is not None and one.settles_on_open


def closing_root(ticker: str) -> str | None:
    """Return the root that settles on the close, of an index that has another for the open.

    None where one root serves (`XSP`, `SPY`).
    """
    classes = [one for one in INDEX_CLASSES.values() if one.underlying == ticker]
    if not any(one.settles_on_open for one in classes):
        return None
    return next((one.root for one in classes if not one.settles_on_open), None)

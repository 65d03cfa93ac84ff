"""What is here already, and what looks as if it were: the same holding told in another way. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from chalicelib.domain.importing.past_trade import PastTrade

#: Journals and brokers tell one trade by times that differ by a zone or by a day.
_APART_MAX: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A trade that this user has: no `closed_at` while it goes on, a `fingerprint` if imported."""

    trade_id: UUID
    fingerprint: str | None
    symbol: str
    qty: Decimal
    entry_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NearDuplicate:
    """A row of the file that may be a trade that is here, or an earlier row of the file, told differently."""

    row: int
    symbol: str
    trade_id: UUID | None
    other_row: int | None


def split_known(
    trades: Iterable[PastTrade], known: Iterable[Known]
) -> tuple[tuple[PastTrade, ...], tuple[PastTrade, ...]]:
    """Return what is new, and what is here already: by its fingerprint, or by the id our export gave it."""
    here = list(known)
    marks = {one.fingerprint for one in here}
    ids = {str(one.trade_id) for one in here}
    new: list[PastTrade] = []
    old: list[PastTrade] = []
    for trade in trades:
        (old if trade.fingerprint in marks or trade.exported_id in ids else new).append(trade)
    return tuple(new), tuple(old)


def near_duplicates(new: Sequence[PastTrade], known: Iterable[Known]) -> tuple[NearDuplicate, ...]:
    """Name the new trades of a contract and quantity that were opened and closed within a day of another's.

    Two rows of one file that agree in every execution are two trades, and not named.
    """
    here: dict[tuple[str, Decimal], list[Known]] = {}
    for one in known:
        here.setdefault((one.symbol, one.qty), []).append(one)
    earlier: dict[tuple[str, Decimal], list[PastTrade]] = {}
    found = []
    for trade in new:
        key = (trade.symbol, trade.qty)
        stored = next(
            (one for one in here.get(key, ()) if _is_near(trade, one.entry_at, one.closed_at)), None
        )
        row = next((one for one in earlier.get(key, ()) if _tells_alike(trade, one)), None)
        if stored is not None or row is not None:
            found.append(
                NearDuplicate(
                    row=trade.row,
                    symbol=trade.symbol,
                    trade_id=None if stored is None else stored.trade_id,
                    other_row=None if row is None else row.row,
                )
            )
        earlier.setdefault(key, []).append(trade)
    return tuple(found)


def _is_near(trade: PastTrade, entry_at: datetime, closed_at: datetime | None) -> bool:
    return (
        closed_at is not None
        and abs(trade.entry_at - entry_at) <= _APART_MAX
        and abs(trade.closed_at - closed_at) <= _APART_MAX
    )


def _tells_alike(trade: PastTrade, other: PastTrade) -> bool:
    """Say whether two rows have the same prices at other times, which scaling in and out rarely has."""
    return (
        trade.fills != other.fills
        and (trade.entry_price, trade.close_price) == (other.entry_price, other.close_price)
        and _is_near(trade, other.entry_at, other.closed_at)
    )

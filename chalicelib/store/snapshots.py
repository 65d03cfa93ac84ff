"""Rows of `price_snapshots`, written in bulk with the trades' marks (A-02), and read thinned."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, text

from chalicelib.domain.quotes import Mark, NoMark, OptionQuote, mark_of
from chalicelib.store.arrays import array_literal
from chalicelib.store.database import later


class SnapshotKind(StrEnum):
    """Why a snapshot was taken."""

    INTRADAY = "INTRADAY"
    PRE_MARKET = "PRE_MARKET"
    POST_MARKET = "POST_MARKET"
    ENTRY = "ENTRY"
    EXIT = "EXIT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What the market showed for one leg at one instant. Prices and Greeks per share, IV a fraction."""

    username: str
    trade_id: UUID
    leg_no: int
    timestamp: datetime
    kind: SnapshotKind
    mark_price: Decimal | None
    quote: OptionQuote | None
    underlying: Decimal | None
    one_sided: bool
    stale: bool
    reason: str | None


def snapshot_of(
    *,
    username: str,
    trade_id: UUID,
    leg_no: int,
    symbol: str,
    kind: SnapshotKind,
    timestamp: datetime,
    now: datetime,
    quote: OptionQuote | None,
    underlying: Decimal | None,
    missing_reason: str | None = None,
) -> Snapshot:
    """Judge a quote for a leg: a usable one gives a mark, any other is kept with the reason (I-15)."""
    mark = mark_of(quote, symbol, now)
    reason = mark.reason if isinstance(mark, NoMark) else None
    return Snapshot(
        username=username,
        trade_id=trade_id,
        leg_no=leg_no,
        timestamp=timestamp,
        kind=kind,
        mark_price=mark.price if isinstance(mark, Mark) else None,
        quote=quote,
        underlying=underlying,
        one_sided=isinstance(mark, Mark) and mark.one_sided,
        stale=isinstance(mark, NoMark),
        reason=missing_reason if quote is None and missing_reason is not None else reason,
    )


_COLUMNS: Final = (
    ("username", "text"),
    ("trade_id", "uuid"),
    ("leg_no", "smallint"),
    ("timestamp", "timestamptz"),
    ("kind", "text"),
    ("mark_price", "numeric"),
    ("bid", "numeric"),
    ("ask", "numeric"),
    ("delta", "numeric"),
    ("gamma", "numeric"),
    ("theta", "numeric"),
    ("vega", "numeric"),
    ("iv", "numeric"),
    ("underlying", "numeric"),
    ("source", "text"),
    ("stale", "boolean"),
    ("one_sided", "boolean"),
    ("delayed", "boolean"),
    ("reason", "text"),
)
_NAMES: Final = ", ".join(f'"{name}"' for name, _ in _COLUMNS)
_ARRAYS: Final = ", ".join(f"cast(:{name} as {kind}[])" for name, kind in _COLUMNS)

#: A snapshot of the same instant is the first one's: a tick run twice gives what one gives (I-20).
_INSERT: Final = text(
    f"insert into price_snapshots ({_NAMES}) select * from unnest({_ARRAYS}) on conflict do nothing"  # noqa: S608 - names are this module's own
)
#: P&L gross of fees on what is held, long or short, in the order the rows were locked (by id).
#: A snapshot that comes late, for an instant before the last mark, still counts for best and worst (I-14).
_MARK: Final = text(
    """
    with marks as (
        select * from unnest(
            cast(:trade_id as uuid[]), cast(:mark_price as numeric[]), cast(:delayed as boolean[])
        ) as m (trade_id, mark_price, delayed)
    ), priced as (
        select t.id, m.mark_price, m.delayed,
               round(held.gain, 2) as unrealized,
               round(held.gain + coalesce(t.realized_pnl + t.fees, 0), 2) as excursion,
               t.mark_at is null or t.mark_at <= :at as is_newest
        from marks m join paper_trades t on t.id = m.trade_id join trade_legs l on l.trade_id = t.id
        cross join lateral (
            select (m.mark_price - t.entry_price) * t.open_qty * l.multiplier
                   * case l.side when 'SHORT' then -1 else 1 end as gain
        ) held
        where not t.is_locked and t.open_qty > 0
        order by t.id for update of t
    )
    update paper_trades t set
        current_price = case when p.is_newest then p.mark_price else t.current_price end,
        mark_at = case when p.is_newest then :at else t.mark_at end,
        delayed = case when p.is_newest then p.delayed else t.delayed end,
        unrealized_pnl = case when p.is_newest then p.unrealized else t.unrealized_pnl end,
        max_gain = greatest(coalesce(t.max_gain, 0), p.excursion),
        max_drawdown = least(coalesce(t.max_drawdown, 0), p.excursion),
        last_updated = papertape_now()
    from priced p where t.id = p.id
    """
)
_TOUCH: Final = text(
    """
    insert into portfolio_revisions (username, revision)
    select distinct name, 1 from unnest(cast(:usernames as text[])) as u (name) order by 1
    on conflict (username) do update set revision = portfolio_revisions.revision + 1
    """
)
_MARKS: Final = text(
    """
    select timestamp, mark_price from price_snapshots
    where trade_id = :trade_id and kind <> 'EXIT' and mark_price is not null
      and timestamp between :since and :until
    order by timestamp
    """
)
_MARKED_AFTER: Final = text(
    """
    select exists (
        select from price_snapshots
        where trade_id = :trade_id and kind <> 'EXIT' and mark_price is not null
          and timestamp > :until
    )
    """
)
_PARTITION: Final = text("select ensure_snapshot_partition(:at)")


def write_snapshots(connection: Connection, snapshots: Sequence[Snapshot]) -> int:
    """Insert these snapshots in one statement; returns how many were new."""
    if not snapshots:
        return 0
    for month in sorted({at.replace(day=1) for at in {one.timestamp for one in snapshots}}):
        later(connection, _PARTITION, {"at": month})
    columns = zip(*map(_row, snapshots), strict=True)
    arrays = {
        name: array_literal(kind, values) for (name, kind), values in zip(_COLUMNS, columns, strict=True)
    }
    return connection.execute(_INSERT, arrays).rowcount


def write_marks(connection: Connection, snapshots: Sequence[Snapshot], at: datetime) -> None:
    """Move the marks of the snapshots' trades and their portfolios' revisions, in the same transaction."""
    usable = [one for one in snapshots if one.mark_price is not None]
    if usable:
        later(
            connection,
            _MARK,
            {
                "trade_id": array_literal("uuid", [one.trade_id for one in usable]),
                "mark_price": array_literal("numeric", [one.mark_price for one in usable]),
                "delayed": array_literal(
                    "boolean", [one.quote is not None and one.quote.is_delayed for one in usable]
                ),
                "at": at,
            },
        )
    later(connection, _TOUCH, {"usernames": sorted({one.username for one in snapshots})})


def marks_until(
    connection: Connection, trade_id: UUID, since: datetime, until: datetime
) -> list[tuple[datetime, Decimal]] | None:
    """Read a trade's marks between two instants, both inclusive, oldest first.

    None when there is no later one: what the trade's best and worst were made of is then all of them.
    """
    asked = {"trade_id": trade_id, "since": since, "until": until}
    if not connection.execute(_MARKED_AFTER, asked).scalar_one():
        return None
    return [(row.timestamp, row.mark_price) for row in connection.execute(_MARKS, asked)]


def _row(one: Snapshot) -> tuple[object, ...]:
    """Return the values of `_COLUMNS`, in their order."""
    quote = one.quote
    quoted: tuple[object, ...] = _NO_QUOTE
    if quote is not None:
        quoted = (quote.bid, quote.ask, quote.delta, quote.gamma, quote.theta, quote.vega, quote.iv)
    return (
        one.username,
        one.trade_id,
        one.leg_no,
        one.timestamp,
        one.kind.value,
        one.mark_price,
        *quoted,
        one.underlying,
        None if quote is None else quote.source,
        one.stale,
        one.one_sided,
        quote is not None and quote.is_delayed,
        one.reason,
    )


_NO_QUOTE: Final = (None,) * 7

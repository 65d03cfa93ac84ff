"""Rows of `price_snapshots`, written in bulk with the trades' marks (A-02), and read thinned."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, text

from chalicelib.store.ahead import counted_later, later
from chalicelib.store.arrays import array_literal, joined
from chalicelib.store.own_rows import IS_OWN


class SnapshotKind(StrEnum):
    """Why a snapshot was taken."""

    INTRADAY = "INTRADAY"
    PRE_MARKET = "PRE_MARKET"
    POST_MARKET = "POST_MARKET"
    ENTRY = "ENTRY"
    EXIT = "EXIT"


class Snapshot(NamedTuple):
    """What the market showed for one leg at one instant: a row of the table.

    Prices and Greeks per share, IV a fraction. A tuple, so that rows are turned to columns by `zip`.
    """

    username: str
    trade_id: str
    leg_no: int
    timestamp: datetime
    kind: str
    mark_price: Decimal | None
    bid: Decimal | None
    ask: Decimal | None
    delta: Decimal | None
    gamma: Decimal | None
    theta: Decimal | None
    vega: Decimal | None
    iv: Decimal | None
    underlying: Decimal | None
    source: str | None
    stale: bool
    one_sided: bool
    delayed: bool
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a cycle wrote: the legs' rows and structures' own; `count` says how many were new.

    It knows as soon as the server has answered.
    """

    of_legs: Sequence[Snapshot]
    own: Sequence[Snapshot]
    count: Callable[[], int]


#: The kinds of the table's columns, which are a snapshot's fields.
KINDS: Final[Mapping[str, str]] = {
    "username": "text",
    "trade_id": "uuid",
    "leg_no": "smallint",
    "timestamp": "timestamptz",
    "kind": "text",
    **dict.fromkeys(
        ("mark_price", "bid", "ask", "delta", "gamma", "theta", "vega", "iv", "underlying"), "numeric"
    ),
    "source": "text",
    **dict.fromkeys(("stale", "one_sided", "delayed"), "boolean"),
    "reason": "text",
}
_NAMES: Final = ", ".join(f'"{name}"' for name in Snapshot._fields)
_ARRAYS: Final = ", ".join(f"cast(:{name} as {KINDS[name]}[])" for name in Snapshot._fields)

#: A snapshot of the same instant is the first one's: a tick run twice gives what one gives (I-20).
_INSERT: Final = text(
    f"insert into price_snapshots ({_NAMES}) select * from unnest({_ARRAYS}) on conflict do nothing"  # noqa: S608 - names are this module's own
)
#: P&L gross of fees on what is held, leg by leg, long or short; rows are locked in the order of their ids.
#: A structure without a price of its own moves no mark, whatever its legs show.
#: A snapshot that comes late, for an instant before the last mark, still counts for best and worst (I-14).
#: A coin is marked late only while its exchange does not answer: that mark is shown, and no stop rides on it.
_MARK: Final = text(
    """
    with own as (
        select * from unnest(cast(:own_trade_id as uuid[]), cast(:own_price as numeric[]))
            as o (trade_id, price)
    ), marks as (
        select m.*, coalesce(o.price, m.mark_price) as own_price
        from unnest(
            cast(:trade_id as uuid[]), cast(:leg_no as smallint[]), cast(:mark_price as numeric[]),
            cast(:delayed as boolean[])
        ) as m (trade_id, leg_no, mark_price, delayed) left join own o using (trade_id)
        where m.mark_price is not null and (o.trade_id is null or o.price is not null)
    ), held as (
        select t.id, t.open_qty, t.entry_price, t.mark_at, coalesce(t.realized_pnl + t.fees, 0) as realized
        from paper_trades t
        where t.id in (select trade_id from marks) and not t.is_locked and t.open_qty > 0
        order by t.id for update of t
    ), priced as (
        select h.id, max(m.own_price) as own_price, bool_or(m.delayed) as delayed,
               count(*) = 1 and bool_or(l.side = 'SHORT') as is_short,
               max(m.own_price) filter (where l.counts) as ridden, round(sum(l.gain), 2) as unrealized,
               round(sum(l.gain) filter (where l.counts) + h.realized, 2) as excursion,
               h.mark_at is null or h.mark_at <= :at as is_newest
        from held h join marks m on m.trade_id = h.id
        cross join lateral (
            select (m.mark_price - coalesce(l.entry_price, h.entry_price)) * l.multiplier
                   * coalesce(l.apart_qty, h.open_qty * l.ratio) * case l.side when 'SHORT' then -1 else 1 end
                   as gain, l.side, not (m.delayed and l.instrument = 'CRYPTO') as counts
            from trade_legs l where l.trade_id = h.id and l.leg_no = m.leg_no
        ) l
        group by h.id, h.mark_at, h.realized
    )
    update paper_trades t set
        current_price = case when p.is_newest then p.own_price else t.current_price end,
        mark_at = case when p.is_newest then :at else t.mark_at end,
        delayed = case when p.is_newest then p.delayed else t.delayed end,
        unrealized_pnl = case when p.is_newest then p.unrealized else t.unrealized_pnl end,
        best_price = case when p.is_short then least(coalesce(t.best_price, t.entry_price), p.ridden)
            else greatest(coalesce(t.best_price, t.entry_price), p.ridden) end,
        drawdown_from_peak = least(
            coalesce(t.drawdown_from_peak, 0), p.excursion - greatest(coalesce(t.max_gain, 0), p.excursion)),
        max_gain = greatest(coalesce(t.max_gain, 0), p.excursion),
        max_drawdown = least(coalesce(t.max_drawdown, 0), p.excursion),
        last_updated = papertape_now()
    from priced p where t.id = p.id
    """
)
_KEEP_ENTRY_GREEKS: Final = text(
    "update paper_trades set delta_at_entry = :delta, iv_at_entry = :iv "
    "where id = :trade_id and delta_at_entry is null and iv_at_entry is null and not is_locked"
)
_MARKED_BY: Final = ("trade_id", "leg_no", "mark_price", "delayed")
#: The row of a structure's own price, beside those of its legs; a trade of one leg has only that leg's.
OWN_LEG_NO: Final = 0
_TOUCH: Final = text(
    """
    insert into portfolio_revisions (username, revision)
    select distinct name, 1 from unnest(cast(:usernames as text[])) as u (name) order by 1
    on conflict (username) do update set revision = portfolio_revisions.revision + 1
    """
)
_MARKS: Final = text(
    f"""
    select distinct on (s.timestamp, s.kind) s.timestamp, s.mark_price from price_snapshots s
    where s.trade_id = :trade_id and s.kind <> 'EXIT' and s.mark_price is not null
      and s.timestamp between :since and :until and {IS_OWN}
    order by s.timestamp, s.kind, s.leg_no
    """  # noqa: S608 - a condition of our own
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
_LAST_OF_LEGS: Final = text(
    """
    select distinct on (leg_no) leg_no, mark_price from price_snapshots
    where trade_id = :trade_id and leg_no > 0 and mark_price is not null
    order by leg_no, timestamp desc
    """
)
_PARTITION: Final = text("select ensure_snapshot_partition(:at)")


def write_snapshots(connection: Connection, snapshots: Sequence[Snapshot]) -> None:
    """Insert these snapshots in one statement, with what is said next; those that are there already stay."""
    if snapshots:
        _insert_later(connection, snapshots, _columns(snapshots))


def write_snapshots_and_marks(
    connection: Connection,
    parts: Iterable[Sequence[Snapshot]],
    own_of: Callable[[Sequence[Snapshot]], Sequence[Snapshot]],
    at: datetime,
) -> Written:
    """Insert snapshots, move their trades' marks and their portfolios' revisions, with what is said next.

    The server writes a part of the legs' rows while the next one is made, and all of them while `own_of`
    returns those of structures' own prices. All held legs of a trade come together, in whatever parts.
    """
    of_legs: list[Snapshot] = []
    columns: list[dict[str, str]] = []
    counts: list[Callable[[], int]] = []
    for part in parts:
        of_legs += part
        columns.append(_columns(part))
        counts.append(_insert_later(connection, part, columns[-1]))
    if not of_legs:
        return Written(of_legs=(), own=(), count=lambda: 0)
    own = own_of(of_legs)
    own_columns = _columns(own)
    if own:
        counts.append(_insert_later(connection, own, own_columns))
    marked = {name: joined([one[name] for one in columns]) for name in _MARKED_BY}
    _mark_later(connection, of_legs, marked, own_columns, at)
    return Written(of_legs=of_legs, own=own, count=lambda: sum(count() for count in counts))


def write_snapshot_and_mark(connection: Connection, snapshots: Sequence[Snapshot]) -> None:
    """Insert one trade's snapshots and move its mark and its portfolio's revision, with what is said next."""
    _insert_later(connection, snapshots, _columns(snapshots))
    of_legs = _columns([one for one in snapshots if one.leg_no != OWN_LEG_NO])
    own = _columns([one for one in snapshots if one.leg_no == OWN_LEG_NO])
    _mark_later(connection, snapshots, of_legs, own, snapshots[0].timestamp)


def keep_entry_greeks(
    connection: Connection, trade_id: UUID, *, delta: Decimal | None, iv: Decimal | None
) -> None:
    """Note delta and IV (a fraction) at a trade's entry, once."""
    later(connection, _KEEP_ENTRY_GREEKS, {"trade_id": trade_id, "delta": delta, "iv": iv})


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


def last_leg_marks(connection: Connection, trade_id: UUID) -> dict[int, Decimal]:
    """Read the last mark of each of a trade's legs, by number; none of a leg that never had one."""
    rows = connection.execute(_LAST_OF_LEGS, {"trade_id": trade_id})
    return {row.leg_no: row.mark_price for row in rows}


def _columns(snapshots: Sequence[Snapshot]) -> dict[str, str]:
    """Write each column as an array literal."""
    columns = zip(*snapshots, strict=True) if snapshots else ((),) * len(Snapshot._fields)
    return {
        name: array_literal(KINDS[name], values)
        for name, values in zip(Snapshot._fields, columns, strict=True)
    }


def _mark_later(
    connection: Connection,
    snapshots: Sequence[Snapshot],
    of_legs: Mapping[str, str],
    own: Mapping[str, str],
    at: datetime,
) -> None:
    marked = {name: of_legs[name] for name in _MARKED_BY}
    own_prices = {"own_trade_id": own["trade_id"], "own_price": own["mark_price"]}
    later(connection, _MARK, {**marked, **own_prices, "at": at})
    later(connection, _TOUCH, {"usernames": sorted({one.username for one in snapshots})})


def _insert_later(
    connection: Connection, snapshots: Sequence[Snapshot], columns: Mapping[str, str]
) -> Callable[[], int]:
    for month in sorted({at.replace(day=1) for at in {one.timestamp for one in snapshots}}):
        later(connection, _PARTITION, {"at": month})
    return counted_later(connection, _INSERT, columns)

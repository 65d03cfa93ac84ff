"""Trades for export: their ids by a cursor of the server's, what belongs to them a batch at a time.

So memory stays flat, whatever a user has. Everything is read in one transaction and is of one instant.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, TextClause, func, select, text

from chalicelib.domain.trading.legs import Leg
from chalicelib.domain.trading.lots import Execution
from chalicelib.domain.trading.trades import TradeStatus
from chalicelib.store.schema import paper_trades
from chalicelib.store.trades.trade_json import read_changes, read_whole_many
from chalicelib.store.trades.trade_lists import HistoryConditions, history_conditions
from chalicelib.store.trades.trades import load_legs

BATCH_TRADES: Final = 200
#: A trade's time capsule may have half a megabyte: fewer of these at once.
BATCH_DETAILS: Final = 20

Row = Mapping[str, Any]  # Any: a row's values have the types of its columns


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFilter:
    """Which trades are exported; no `statuses` means all but CANCELED, which never are (api.md).

    The bounds are inclusive and lie on the end of an ended trade, on the creation of another one. `shown` are
    a history's conditions: then only what it shows.
    """

    statuses: tuple[TradeStatus, ...] = ()
    from_at: datetime | None = None
    to_at: datetime | None = None
    shown: HistoryConditions | None = None
    tag: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedLeg:
    """A leg of a trade, or shares that came of one, and what was executed of it."""

    leg: Leg
    executions: Sequence[Execution]


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedTrade:
    """A trade's row and its legs in their order; none of one that was written without."""

    row: Row
    legs: Sequence[BookedLeg]


def stream_ids(connection: Connection, username: str, wanted: ExportFilter) -> Iterator[Sequence[UUID]]:
    """Walk the ids of the trades that are wanted, newest first, a batch at a time."""
    c = paper_trades.c
    conditions: list[ColumnElement[bool] | TextClause] = [
        c.username == username,
        c.status != TradeStatus.CANCELED,
    ]
    if wanted.statuses:
        conditions.append(c.status.in_([status.value for status in wanted.statuses]))
    at = func.coalesce(c.close_date, c.created_at)
    if wanted.from_at is not None:
        conditions.append(at >= wanted.from_at)
    if wanted.to_at is not None:
        conditions.append(at <= wanted.to_at)
    if wanted.tag is not None:
        conditions.append(c.trade_context.contains({"tags": [wanted.tag]}))
    values: dict[str, object] = {}
    if wanted.shown is not None:
        narrower, values = history_conditions(username, wanted.shown)
        shown = f"paper_trades.id in (select t.id from paper_trades t where {' and '.join(narrower)})"  # noqa: S608
        conditions.append(text(shown))
    cursor = connection.scalars(
        select(c.id).where(*conditions).order_by(c.id.desc()),
        values,
        execution_options={"yield_per": BATCH_TRADES},
    )
    with closing(cursor):
        yield from cursor.partitions()


def read_details(connection: Connection, trade_ids: Sequence[UUID]) -> Iterator[str]:
    """Read trades as JSON texts in the shape of one trade with its detail, in this order."""
    for start in range(0, len(trade_ids), BATCH_DETAILS):
        yield from _details(connection, trade_ids[start : start + BATCH_DETAILS])


def _details(connection: Connection, trade_ids: Sequence[UUID]) -> list[str]:
    trades = read_whole_many(connection, trade_ids)
    changes = read_changes(connection, trade_ids)
    return [
        f'{trades[trade_id].removesuffix("}")},"changes":{changes.get(trade_id, "[]")}}}'
        for trade_id in trade_ids
    ]


def read_booked(
    connection: Connection, trade_ids: Sequence[UUID], columns: Iterable[str]
) -> list[BookedTrade]:
    """Read these columns of trades, with the executions of each of their legs, in this order."""
    c = paper_trades.c
    wanted = select(*(c[name] for name in dict.fromkeys(("id", *columns)))).where(c.id.in_(trade_ids))
    rows = {row["id"]: dict(row) for row in connection.execute(wanted).mappings()}
    legs = load_legs(connection, trade_ids)
    executions = _executions(connection, trade_ids)
    return [
        BookedTrade(
            row=rows[trade_id],
            legs=[
                BookedLeg(leg=leg, executions=executions[trade_id, leg.leg_no])
                for leg in legs.get(trade_id, ())
            ],
        )
        for trade_id in trade_ids
    ]


#: Without a join to the legs: on tables not yet analysed the planner chose one that took ten times as long.
_FILLS: Final = text(
    """
    select f.trade_id, f.leg_no, f.filled_at, f.is_buy, f.quantity, f.price, f.fees
    from fills f
    where f.trade_id = any(:ids)
    order by f.filled_at, f.id
    """
)


def _executions(
    connection: Connection, trade_ids: Sequence[UUID]
) -> Mapping[tuple[UUID, int], list[Execution]]:
    """Read what was executed of each leg, by its trade and number; what ended by itself is among it."""
    found: dict[tuple[UUID, int], list[Execution]] = defaultdict(list)
    for row in connection.execute(_FILLS, {"ids": list(trade_ids)}):
        found[row.trade_id, row.leg_no].append(
            Execution(
                at=row.filled_at, is_buy=row.is_buy, quantity=row.quantity, price=row.price, fees=row.fees
            )
        )
    return found

"""Trades and their legs as rows: reading them as values and writing what changed."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    RowMapping,
    Uuid,
    any_,
    bindparam,
    literal_column,
    select,
    text,
    update,
)

from chalicelib.domain.accounts import AccountRef
from chalicelib.domain.trading.changing_facts import TradeFacts
from chalicelib.domain.trading.legs import Leg
from chalicelib.domain.trading.orders import OUTSTANDING
from chalicelib.domain.trading.trades import Trade
from chalicelib.store.ahead import later, read_ahead
from chalicelib.store.arrays import array_literal
from chalicelib.store.schema import orders, paper_trades, trade_legs
from chalicelib.store.trades.portfolio import touch_portfolio
from chalicelib.store.trades.targets import targets_from
from chalicelib.store.trades.trade_rows import IN_A_TRADE, TRADE_COLUMNS, leg_from_row, trade_from_row

#: Changes of these raise the version: what the owner can decide on (api.md, Versions).
DECIDING_COLUMNS: Final = frozenset(
    {
        "status",
        "sl_price",
        "tp_price",
        "qty",
        "filled_qty",
        "open_qty",
        "close_requested_at",
        "cancel_requested_at",
        "trade_context",
        "trailing_pct",
        "ai_paused",
    }
)

#: Which columns are set, the parameters say.
_UPDATE: Final = update(paper_trades).where(paper_trades.c.id == bindparam("of_id"))
_SAVE_LEGS: Final = text(
    """
    update trade_legs l
    set entry_price = new.entry_price, close_price = new.close_price, apart_qty = new.apart_qty
    from unnest(
        cast(:ids as uuid[]), cast(:entry_price as numeric[]), cast(:close_price as numeric[]),
        cast(:apart_qty as numeric[])
    ) as new (id, entry_price, close_price, apart_qty)
    where l.id = new.id
    """
)
#: Each sync reads by the statements below: put together once, one text however many trades are asked for.
_IDS: Final = any_(bindparam("trade_ids", type_=ARRAY(Uuid)))
_TRADES: Final = select(*TRADE_COLUMNS).where(paper_trades.c.id == _IDS).order_by(paper_trades.c.id)
_TRADES_LOCKED: Final = _TRADES.with_for_update()
#: The targets in force come with the first leg: a statement of their own would be a round trip of each order.
_TARGETS: Final[ColumnElement[Any]] = literal_column(
    """case trade_legs.leg_no when 1 then (
        select jsonb_agg(
            jsonb_build_object('no', g.no, 'price', g.price::text, 'share', g.share::text) order by g.no)
        from trade_targets g where g.trade_id = trade_legs.trade_id and g.replaced_at is null) end"""
).label("targets")
_LEGS: Final = (
    select(trade_legs, _TARGETS)
    .where(trade_legs.c.trade_id == _IDS)
    .order_by(trade_legs.c.trade_id, trade_legs.c.leg_no)
)
_OF_ACCOUNT: Final = (paper_trades.c.broker_mode == bindparam("mode")) & (
    paper_trades.c.account_id == bindparam("account_id")
)
#: Written out, so that a plan may use the index that holds these states alone.
_OUTSTANDING: Final[Sequence[ColumnElement[str]]] = [
    literal_column(f"'{state.value}'") for state in sorted(OUTSTANDING)
]
_ALIVE: Final = (
    select(paper_trades.c.id)
    .where(_OF_ACCOUNT, ~paper_trades.c.is_locked)
    .union(
        select(paper_trades.c.id)
        .join(orders, orders.c.trade_id == paper_trades.c.id)
        .where(
            _OF_ACCOUNT,
            orders.c.username == bindparam("username"),
            orders.c.status.in_(_OUTSTANDING),
        )
    )
    .subquery()
)
_LIVE_TRADES: Final = (
    select(*TRADE_COLUMNS).join(_ALIVE, _ALIVE.c.id == paper_trades.c.id).order_by(paper_trades.c.id)
)


def load_trade(connection: Connection, trade_id: UUID, *, lock: bool = False) -> Trade | None:
    """Read a trade with its legs; `lock` holds its row until the transaction ends."""
    rows = connection.execute(_TRADES_LOCKED if lock else _TRADES, {"trade_ids": [trade_id]}).mappings()
    found = _with_legs(connection, rows.all())
    return found[0] if found else None


def load_working_trades(connection: Connection, account: AccountRef) -> list[Trade]:
    """Read an account's trades that have not ended, oldest first, and their legs in two statements."""
    rows = (
        connection.execute(
            select(*TRADE_COLUMNS)
            .where(
                paper_trades.c.broker_mode == account.mode,
                paper_trades.c.account_id == account.account_id,
                ~paper_trades.c.is_locked,
            )
            .order_by(paper_trades.c.id)
        )
        .mappings()
        .all()
    )
    return _with_legs(connection, rows)


def load_trades_of_tickers(
    connection: Connection, usernames: Sequence[str], tickers: Sequence[str]
) -> list[Trade]:
    """Read these users' trades of these tickers that have not ended, oldest first, with their legs."""
    c = paper_trades.c
    found = select(*TRADE_COLUMNS).where(c.username.in_(usernames), c.ticker.in_(tickers), ~c.is_locked)
    return _with_legs(connection, connection.execute(found.order_by(c.id)).mappings().all())


def load_trades(connection: Connection, trade_ids: Sequence[UUID]) -> list[Trade]:
    """Read these trades with their legs, in the order of their ids."""
    rows = connection.execute(_TRADES, {"trade_ids": list(trade_ids)}).mappings()
    return _with_legs(connection, rows.all())


def _with_legs(connection: Connection, rows: Sequence[RowMapping]) -> list[Trade]:
    if not rows:
        return []
    found = connection.execute(_LEGS, {"trade_ids": [row["id"] for row in rows]}).mappings().all()
    legs = _legs_in(found)
    targets = {row["trade_id"]: targets_from(row["targets"]) for row in found if row["targets"]}
    return [trade_from_row(row, legs.get(row["id"], ()), targets.get(row["id"], ())) for row in rows]


def load_legs(connection: Connection, trade_ids: Sequence[UUID]) -> dict[UUID, tuple[Leg, ...]]:
    """Read the legs of these trades."""
    return _legs_in(connection.execute(_LEGS, {"trade_ids": list(trade_ids)}).mappings().all())


def _legs_in(rows: Sequence[RowMapping]) -> dict[UUID, tuple[Leg, ...]]:
    found: dict[UUID, tuple[Leg, ...]] = {}
    for row in rows:
        found[row["trade_id"]] = (*found.get(row["trade_id"], ()), leg_from_row(row))
    return found


def lock_ahead(connection: Connection, trade_id: UUID) -> None:
    """Lock and read a trade together with what is read next."""
    read_ahead(connection, _TRADES_LOCKED, {"trade_ids": [trade_id]})


def trade_ahead(connection: Connection, trade_id: UUID) -> None:
    """Read a trade and its legs together with what is read next."""
    read_ahead(connection, _TRADES, {"trade_ids": [trade_id]})
    legs_ahead(connection, [trade_id])


def legs_ahead(connection: Connection, trade_ids: Sequence[UUID]) -> None:
    """Read the legs of these trades together with what is read next."""
    read_ahead(connection, _LEGS, {"trade_ids": list(trade_ids)})


def load_live_trades(
    connection: Connection,
    account: AccountRef,
    *,
    beside: Callable[[Connection, Sequence[UUID]], None] | None = None,
) -> list[Trade]:
    """Read an account's trades that have not ended, or that still have an order alive, oldest first.

    Two indexed reads joined, the orders by their user: one condition over both, or row security's own, which
    no index serves, would read every ended trade. What `beside` asks of the
    trades that were found goes out with the question for their legs.
    """
    found = connection.execute(_LIVE_TRADES, account.named)
    rows = found.mappings().all()
    if rows and beside is not None:
        beside(connection, [row["id"] for row in rows])
    return _with_legs(connection, rows)


def save_trade(connection: Connection, trade: Trade, now: datetime, changes: TradeFacts) -> Trade:
    """Write changed facts of a trade; raises its version when its owner could decide on one of them.

    Returns the trade as it then stands, without reading it back: what the database refuses fails with the
    next answer.
    """
    if not changes:
        return trade
    decides = any(
        column in DECIDING_COLUMNS and getattr(trade, column, None) != value
        for column, value in changes.items()
    )
    values: dict[str, Any] = {**changes, "last_updated": now}  # Any: a row's values
    if decides:
        values["version"] = trade.version + 1
    later(connection, _UPDATE, {**values, "of_id": trade.id})
    touch_portfolio(connection, trade.username)
    return replace(trade, **{name: value for name, value in values.items() if name in IN_A_TRADE})


class LegFacts(NamedTuple):
    """What a leg was opened and closed at, and what is held of it apart."""

    leg: Leg
    entry_price: Decimal | None
    close_price: Decimal | None
    apart_qty: Decimal | None


def save_leg_facts(connection: Connection, facts: Sequence[LegFacts]) -> None:
    """Write these facts of a trade's legs where they are new, in one statement."""
    new = [one for one in facts if one[1:] != (one.leg.entry_price, one.leg.close_price, one.leg.apart_qty)]
    if not new:
        return
    legs, *prices = zip(*new, strict=True)
    columns = {
        name: array_literal("numeric", values)
        for name, values in zip(LegFacts._fields[1:], prices, strict=True)
    }
    later(connection, _SAVE_LEGS, {"ids": array_literal("uuid", [leg.id for leg in legs]), **columns})


def save_missing(connection: Connection, leg: Leg, missing_qty: Decimal) -> None:
    """Write what of a leg the account was found not to hold."""
    later(connection, update(trade_legs).where(trade_legs.c.id == leg.id).values(missing_qty=missing_qty))


def read_notes(connection: Connection, trade_id: UUID) -> dict[str, Any] | None:  # Any: JSON
    """Read a trade's notes and tags."""
    found = connection.execute(
        select(paper_trades.c.trade_context).where(paper_trades.c.id == trade_id)
    ).scalar()
    return found if isinstance(found, dict) else None

"""Orders and fills as rows: reading them as values and writing what changed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Connection,
    RowMapping,
    Text,
    Uuid,
    any_,
    bindparam,
    insert,
    or_,
    select,
    text,
    update,
)

from chalicelib.domain.accounts import AccountRef
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.trading.books import Sale
from chalicelib.domain.trading.changing_facts import OrderFacts
from chalicelib.domain.trading.orders import (
    OUTSIDE_PREFIX,
    UNSEEN_PREFIX,
    Duration,
    Fill,
    FillKind,
    Order,
    OrderLeg,
    OrderRole,
    OrderStatus,
    OrderType,
)
from chalicelib.store.ahead import later, read_ahead
from chalicelib.store.schema import fills, orders, paper_trades

#: Each sync reads by these. They are put together once, and stay one text however many are asked for, so that
#: neither SQLAlchemy nor a server that prepares statements meets a new one.
_OF_TRADES: Final = (
    select(orders)
    .where(orders.c.trade_id == any_(bindparam("trade_ids", type_=ARRAY(Uuid))))
    .order_by(orders.c.created_at, orders.c.id)
)
_FILLS: Final = (
    select(fills).where(fills.c.trade_id == bindparam("trade_id")).order_by(fills.c.filled_at, fills.c.id)
)
#: Which columns are set, the parameters say.
_UPDATE: Final = update(orders).where(orders.c.id == bindparam("of_id"))
_OF_TAGS: Final = select(orders).where(orders.c.tag == any_(bindparam("tags", type_=ARRAY(Text))))
_BROKER_IDS: Final = text(
    """
    select distinct coalesce(o.parent_broker_order_id, o.broker_order_id)
    from orders o join paper_trades t on t.id = o.trade_id
    where t.broker_mode = :mode and t.account_id = :account_id and o.submitted_at >= :since
      and coalesce(o.parent_broker_order_id, o.broker_order_id) is not null
      and (o.broker_order_id is null or o.broker_order_id not like :unseen)
    """
)
_SENT: Final = (
    select(orders)
    .join(paper_trades, paper_trades.c.id == orders.c.trade_id)
    .where(
        paper_trades.c.broker_mode == bindparam("mode"),
        paper_trades.c.account_id == bindparam("account_id"),
        orders.c.submitted_at.is_not(None),
        or_(orders.c.submitted_at >= bindparam("since"), orders.c.ended_at.is_(None)),
    )
    .order_by(orders.c.submitted_at, orders.c.created_at, orders.c.id)
)
_DOUBT: Final = text(
    "update orders set status = 'UNKNOWN', reason = :reason where id = any(:ids) and status = 'INTENT'"
)
#: An account's orders by the broker's ids: those that we sent, and how much was taken over of others.
_KNOWN_IDS: Final = text(
    """
    select o.broker_order_id, bool_or(o.tag not like :outside) as is_ours, sum(o.filled_quantity) as booked
    from orders o join paper_trades t on t.id = o.trade_id
    where t.broker_mode = :mode and t.account_id = :account_id and o.broker_order_id = any(:ids)
    group by o.broker_order_id
    """
)
#: What we booked as sold of a contract, our own sales and those taken over, by the New York day.
_SOLD: Final = text(
    """
    select f.quantity, f.price, f.filled_at from fills f
    join paper_trades t on t.id = f.trade_id join trade_legs l on l.trade_id = t.id
    where t.broker_mode = :mode and t.account_id = :account_id and l.symbol = :symbol
      and not f.is_buy and f.kind <> 'SETTLEMENT' and f.filled_at >= :since
    """
)


def load_orders(connection: Connection, trade_ids: Sequence[UUID]) -> dict[UUID, tuple[Order, ...]]:
    """Read the orders of these trades, oldest first."""
    found: dict[UUID, tuple[Order, ...]] = {}
    for row in connection.execute(_OF_TRADES, {"trade_ids": list(trade_ids)}).mappings():
        order = order_from_row(row)
        found[order.trade_id] = (*found.get(order.trade_id, ()), order)
    return found


def orders_ahead(connection: Connection, trade_ids: Sequence[UUID]) -> None:
    """Read the orders of these trades together with what is read next."""
    read_ahead(connection, _OF_TRADES, {"trade_ids": list(trade_ids)})


def find_orders_by_tag(connection: Connection, tags: Sequence[str]) -> dict[str, tuple[Order, ...]]:
    """Read the orders that went out under these tags: both legs of an OCO, else one or none each."""
    found: dict[str, tuple[Order, ...]] = {}
    for row in connection.execute(_OF_TAGS, {"tags": list(tags)}).mappings():
        order = order_from_row(row)
        found[order.tag] = (*found.get(order.tag, ()), order)
    return found


def broker_ids_since(connection: Connection, account: AccountRef, since: datetime) -> frozenset[str]:
    """Read the ids under which an account's broker took orders of ours at or after an instant."""
    wanted = {**account.named, "since": since, "unseen": f"{UNSEEN_PREFIX}%"}
    rows = connection.execute(_BROKER_IDS, wanted)
    return frozenset(rows.scalars())


def orders_sent(connection: Connection, account: AccountRef, since: datetime) -> list[Order]:
    """Read an account's orders that were sent at or after an instant, or have not ended, oldest first."""
    wanted = {"mode": account.mode.value, "account_id": account.account_id, "since": since}
    return [order_from_row(row) for row in connection.execute(_SENT, wanted).mappings()]


def booked_by_broker_id(
    connection: Connection, account: AccountRef, ids: Sequence[str]
) -> dict[str, tuple[bool, Decimal]]:
    """Read which of these broker's ids are known: whether the order is ours, and how much of it is booked."""
    wanted = {**account.named, "ids": list(ids), "outside": f"{OUTSIDE_PREFIX}%"}
    rows = connection.execute(_KNOWN_IDS, wanted)
    return {row.broker_order_id: (row.is_ours, row.booked) for row in rows}


def sold_since(connection: Connection, account: AccountRef, symbol: str, since: datetime) -> list[Sale]:
    """Read what is booked as sold of a contract in an account at or after an instant."""
    rows = connection.execute(_SOLD, {**account.named, "symbol": symbol, "since": since})
    return [Sale(order_id=None, quantity=row.quantity, price=row.price, at=row.filled_at) for row in rows]


def load_fills(connection: Connection, trade_id: UUID) -> list[Fill]:
    """Read a trade's fills in the order they happened."""
    rows = connection.execute(_FILLS, {"trade_id": trade_id}).mappings()
    return [fill_from_row(row) for row in rows]


def in_order(found: Iterable[Fill]) -> list[Fill]:
    """Return fills in the order in which `load_fills` reads them."""
    return sorted(found, key=lambda fill: (fill.filled_at, fill.id))


def fills_ahead(connection: Connection, trade_id: UUID) -> None:
    """Read a trade's fills together with what is read next."""
    read_ahead(connection, _FILLS, {"trade_id": trade_id})


def insert_order(connection: Connection, order: Order) -> None:
    """Store an intent; its `created_at` comes from the database."""
    later(
        connection,
        insert(orders),
        {
            "id": order.id,
            "username": order.username,
            "trade_id": order.trade_id,
            "role": order.role,
            "tag": order.tag,
            "status": order.status,
            "type": order.type,
            "side": order.side,
            "symbol": order.symbol,
            "quantity": order.quantity,
            "limit_price": order.limit_price,
            "stop_price": order.stop_price,
            "duration": order.duration,
            "legs": _written(order.legs),
            "target_no": order.target_no,
        },
    )


def save_order(connection: Connection, order_id: UUID, changes: OrderFacts) -> None:
    """Write changed facts of an order."""
    values: dict[str, Any] = {**changes}  # Any: a row's values
    if "legs" in changes:
        values["legs"] = _written(changes["legs"])
    later(connection, _UPDATE, {**values, "of_id": order_id})


def doubt_intents(connection: Connection, order_ids: Sequence[UUID], reason: str) -> None:
    """Note of intents that they may have been sent."""
    connection.execute(_DOUBT, {"ids": list(order_ids), "reason": reason})


def insert_fill(connection: Connection, fill: Fill, order_filled_quantity: Decimal | None) -> None:
    """Book a fill; the same total of the same order a second time is refused by the database (I-07)."""
    later(
        connection,
        insert(fills),
        {
            "id": fill.id,
            "username": fill.username,
            "trade_id": fill.trade_id,
            "order_id": fill.order_id,
            "kind": fill.kind,
            "is_buy": fill.is_buy,
            "quantity": fill.quantity,
            "price": fill.price,
            "fees": fill.fees,
            "fill_rule": fill.fill_rule,
            "filled_at": fill.filled_at,
            "order_filled_quantity": order_filled_quantity,
            "leg_no": fill.leg_no,
        },
    )


def order_from_row(row: RowMapping) -> Order:
    """Read a row of orders as a value."""
    return Order(
        id=row["id"],
        username=row["username"],
        trade_id=row["trade_id"],
        role=OrderRole(row["role"]),
        tag=row["tag"],
        status=OrderStatus(row["status"]),
        type=OrderType(row["type"]),
        side=OrderSide(row["side"]),
        symbol=row["symbol"],
        quantity=row["quantity"],
        filled_quantity=row["filled_quantity"],
        limit_price=row["limit_price"],
        stop_price=row["stop_price"],
        avg_fill_price=row["avg_fill_price"],
        duration=Duration(row["duration"]),
        broker_order_id=row["broker_order_id"],
        parent_broker_order_id=row["parent_broker_order_id"],
        reason=row["reason"],
        created_at=row["created_at"],
        submitted_at=row["submitted_at"],
        cancel_requested_at=row["cancel_requested_at"],
        missed_at=row["missed_at"],
        ended_at=row["ended_at"],
        handled=row["handled"],
        legs=tuple(_leg_from(leg) for leg in row["legs"]),
        target_no=row["target_no"],
    )


def _written(legs: Sequence[OrderLeg]) -> list[dict[str, object]]:
    """Write an order's legs as the document in its row; exact numbers as texts, for JSON has no decimals."""
    return [
        {
            "leg_no": leg.leg_no,
            "symbol": leg.symbol,
            "side": leg.side,
            "ratio": leg.ratio,
            "filled_quantity": f"{leg.filled_quantity.normalize():f}",
            "avg_fill_price": None if leg.avg_fill_price is None else f"{leg.avg_fill_price.normalize():f}",
        }
        for leg in legs
    ]


def _leg_from(leg: Mapping[str, Any]) -> OrderLeg:  # Any: JSON
    average = leg["avg_fill_price"]
    return OrderLeg(
        leg_no=leg["leg_no"],
        symbol=leg["symbol"],
        side=OrderSide(leg["side"]),
        ratio=leg["ratio"],
        filled_quantity=Decimal(leg["filled_quantity"]),
        avg_fill_price=None if average is None else Decimal(average),
    )


def fill_from_row(row: RowMapping) -> Fill:
    """Read a row of fills as a value."""
    return Fill(
        id=row["id"],
        username=row["username"],
        trade_id=row["trade_id"],
        order_id=row["order_id"],
        kind=FillKind(row["kind"]),
        is_buy=row["is_buy"],
        quantity=row["quantity"],
        price=row["price"],
        fees=row["fees"],
        fill_rule=row["fill_rule"],
        filled_at=row["filled_at"],
        leg_no=row["leg_no"],
    )

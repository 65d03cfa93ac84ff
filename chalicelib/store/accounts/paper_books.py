"""The paper broker's books as rows: accounts, orders, fills and positions, under the account's lock."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, text

from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.trading.orders import LIVE
from chalicelib.store.ahead import later, read_ahead
from chalicelib.store.literals import in_words

Key = Mapping[str, object]
"""`username, account_id`, as the statements below name them."""

Columns = Mapping[str, Any]  # Any: column values
"""A row's columns by their names; the statements below name each, and fail for one that is not given."""

_OPEN: Final = text(
    "insert into paper_accounts (username, account_id, starting_cash, cash)"
    " values (:username, :account_id, :cash, :cash) on conflict do nothing"
)
#: Every writer takes this lock first, so the statements after it see what the last writer left.
_LOCK: Final = text(
    "select cash, realized_on, realized, position_groups from paper_accounts"
    " where username = :username and account_id = :account_id for update"
)
_COLUMNS: Final = (
    "id, parent_id, tag, underlying, symbol, side, type, duration, quantity, filled_quantity, filled_value,"
    " limit_price, stop_price, reserve, status, reason, fees, fill_rule, resting, triggered, created_at,"
    " updated_at, expires_at, legs, cover, rests_from"
)
_MINE: Final = "username = :username and account_id = :account_id"
_LIVE_STATES: Final = f"({in_words(LIVE)})"
#: Live orders, and of every OCO with one of them all rows; and what was touched since an instant.
_ORDERS: Final = text(
    f"select {_COLUMNS} from paper_orders where {_MINE} and (status in {_LIVE_STATES}"  # noqa: S608
    " or updated_at >= :since or id = cast(:order_id as uuid) or parent_id = cast(:order_id as uuid)"
    " or id in (select parent_id from paper_orders where id = cast(:order_id as uuid))"
    " or parent_id in (select parent_id from paper_orders where id = cast(:order_id as uuid))"
    f" or parent_id in (select id from paper_orders where {_MINE} and status in {_LIVE_STATES}))"
    " order by created_at, id"
)
_INSERT_ORDER: Final = text(
    f"insert into paper_orders (username, account_id, {_COLUMNS}) values (:username, :account_id, "  # noqa: S608
    + ", ".join(f":{name.strip()}" for name in _COLUMNS.split(",")).replace(":legs", "cast(:legs as jsonb)")
    + ")"
)
_UPDATE_ORDER: Final = text(
    "update paper_orders set quantity = :quantity, filled_quantity = :filled_quantity,"
    " filled_value = :filled_value, status = :status, reason = :reason, fees = :fees, resting = :resting,"
    " triggered = :triggered, fill_rule = :fill_rule, updated_at = :updated_at, legs = cast(:legs as jsonb)"
    " where id = :id"
)
_INSERT_FILL: Final = text(
    "insert into paper_fills (id, username, account_id, order_id, symbol, is_buy, quantity, price, fees,"
    " fill_rule, quoted_at, bid, ask, source, filled_at, fee_asset) values (:id, :username, :account_id,"
    " :order_id, :symbol, :is_buy, :quantity, :price, :fees, :fill_rule, :quoted_at, :bid, :ask, :source,"
    " :filled_at, :fee_asset)"
)
_TAKEN: Final = text(
    "select f.symbol, f.quoted_at, f.is_buy, sum(f.quantity) as taken"
    " from unnest(cast(:symbols as text[]), cast(:quoted as timestamptz[])) as q (symbol, quoted_at)"
    " join paper_fills f on f.username = :username and f.account_id = :account_id"
    " and f.symbol = q.symbol and f.quoted_at = q.quoted_at group by 1, 2, 3"
)
#: Orders that quotes may fill; an OCO's parent (without a type) is none. A combined one waits for each leg's.
_WAITING: Final = text(
    "select distinct o.underlying, coalesce(leg ->> 'symbol', o.symbol) as symbol"  # noqa: S608
    " from paper_orders o left join lateral jsonb_array_elements(o.legs) as leg on true"
    f" where {_MINE} and type is not null and status in {_LIVE_STATES} and expires_at > :now"
    " and (cast(:order_id as uuid) is null or cast(:order_id as uuid) in (id, parent_id))"
    " order by 1, 2"
)
_HOLDINGS: Final = text(
    f"select symbol, underlying, quantity, cost_basis, mark_price from paper_positions where {_MINE}"  # noqa: S608
    " order by symbol"
)
#: Every quote moves a holding's mark, so all that changed are written by one statement.
_SAVE_HOLDINGS: Final = text(
    "insert into paper_positions (username, account_id, symbol, underlying, quantity, cost_basis, mark_price)"
    " select :username, :account_id, * from unnest(cast(:symbol as text[]), cast(:underlying as text[]),"
    " cast(:quantity as numeric[]), cast(:cost_basis as numeric[]), cast(:mark_price as numeric[]))"
    " on conflict (username, account_id, symbol) do update set quantity = excluded.quantity,"
    " cost_basis = excluded.cost_basis, mark_price = excluded.mark_price"
)
_HOLDING_COLUMNS: Final = ("symbol", "underlying", "quantity", "cost_basis", "mark_price")
_DROP_HOLDING: Final = text(
    f"delete from paper_positions where {_MINE} and symbol = :symbol"  # noqa: S608
)
_EVENT_COLUMNS: Final = "key, kind, symbol, quantity, price, cash, happened_at"
_EVENTS: Final = text(
    f"select {_EVENT_COLUMNS} from paper_events where {_MINE}"  # noqa: S608
    " and symbol = any (cast(:symbols as text[])) order by happened_at, key"
)
_INSERT_EVENT: Final = text(
    f"insert into paper_events (username, account_id, {_EVENT_COLUMNS}) values (:username, :account_id,"  # noqa: S608
    " :key, :kind, :symbol, :quantity, :price, :cash, :happened_at)"
)
_SAVE_ACCOUNT: Final = text(
    "update paper_accounts set cash = :cash, realized_on = :realized_on,"  # noqa: S608
    f" realized = :realized, position_groups = cast(:position_groups as jsonb) where {_MINE}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperAccount:
    """An account's money in dollars; `realized` is of the day `realized_on`, None before the first.

    `position_groups`: what is held together, as a document.
    """

    cash: Decimal
    realized_on: date | None
    realized: Decimal
    position_groups: Sequence[JsonValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """How much of the size of one contract's quote was filled before, on one side."""

    symbol: str
    is_buy: bool
    quoted_at: datetime
    quantity: Decimal


def load_ahead(connection: Connection, account: Key, *, since: datetime, order_id: str | None) -> None:
    """Lock an account and read its orders and holdings together, in this order: they are what it keeps."""
    read_ahead(connection, _LOCK, account)
    read_ahead(connection, _ORDERS, {**account, "since": since, "order_id": order_id})
    read_ahead(connection, _HOLDINGS, account)


def lock_account(connection: Connection, account: Key, *, starting_cash: Decimal) -> PaperAccount:
    """Lock an account until the transaction ends; it is opened the first time it is asked for."""
    found = connection.execute(_LOCK, account).one_or_none()
    if found is None:
        connection.execute(_OPEN, {**account, "cash": starting_cash})
        found = connection.execute(_LOCK, account).one()
    return PaperAccount(
        cash=found.cash,
        realized_on=found.realized_on,
        realized=found.realized,
        position_groups=found.position_groups,
    )


def save_account(connection: Connection, account: Key, now: PaperAccount) -> None:
    """Write an account's money."""
    money = {
        "cash": now.cash,
        "realized_on": now.realized_on,
        "realized": now.realized,
        "position_groups": json.dumps(now.position_groups),
    }
    connection.execute(_SAVE_ACCOUNT, {**account, **money})


def waiting_contracts(
    connection: Connection, account: Key, *, now: datetime, order_id: UUID | None
) -> dict[str, list[str]]:
    """Read what the working orders are over, or this one order and its OCO: contracts by underlying."""
    symbols: dict[str, list[str]] = {}
    for row in connection.execute(_WAITING, {**account, "now": now, "order_id": order_id}):
        symbols.setdefault(row.underlying, []).append(row.symbol)
    return symbols


def read_orders(
    connection: Connection, account: Key, *, since: datetime, order_id: str | None
) -> list[Columns]:
    """Read the live orders, those touched at or after `since`, and `order_id` with its OCO, oldest first."""
    wanted = {**account, "since": since, "order_id": order_id}
    return [*connection.execute(_ORDERS, wanted).mappings()]


def insert_order(connection: Connection, account: Key, order: Columns) -> None:
    """Store a new order."""
    connection.execute(_INSERT_ORDER, {**account, **order})


def update_order(connection: Connection, order: Columns) -> None:
    """Write what can change of an order."""
    connection.execute(_UPDATE_ORDER, order)


def insert_fill(connection: Connection, account: Key, fill: Columns) -> None:
    """Store an execution."""
    connection.execute(_INSERT_FILL, {**account, **fill})


def read_events(connection: Connection, account: Key, symbols: Sequence[str]) -> list[Columns]:
    """Read what has happened to these contracts, or shares, without an order, oldest first."""
    return [*connection.execute(_EVENTS, {**account, "symbols": list(symbols)}).mappings()]


def insert_event(connection: Connection, account: Key, event: Columns) -> None:
    """Store an event; its key is an account's once."""
    connection.execute(_INSERT_EVENT, {**account, **event})


def read_taken(connection: Connection, account: Key, quoted: Mapping[str, datetime]) -> list[Taken]:
    """Read how much was filled before of the quotes of these contracts, told by when they were made."""
    asked = {**account, "symbols": list(quoted), "quoted": list(quoted.values())}
    return [
        Taken(symbol=row.symbol, is_buy=row.is_buy, quoted_at=row.quoted_at, quantity=row.taken)
        for row in connection.execute(_TAKEN, asked)
    ]


def read_holdings(connection: Connection, account: Key) -> list[Columns]:
    """Read what the account holds, by contract."""
    return [*connection.execute(_HOLDINGS, account).mappings()]


def save_holdings(connection: Connection, account: Key, holdings: Sequence[Columns]) -> None:
    """Write these holdings, new or known, in one statement."""
    columns = {name: [row[name] for row in holdings] for name in _HOLDING_COLUMNS}
    later(connection, _SAVE_HOLDINGS, {**account, **columns})


def drop_holding(connection: Connection, account: Key, symbol: str) -> None:
    """Take away what is held no more."""
    connection.execute(_DROP_HOLDING, {**account, "symbol": symbol})

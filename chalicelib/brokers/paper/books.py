"""The paper broker's books in PostgreSQL: loaded under the account's lock, written back with its release."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, RowMapping, text

from chalicelib.brokers.paper.ledger import Holding, Ledger, PaperFill, PaperOrder
from chalicelib.domain.orders import Duration, OrderSide, OrderStatus, OrderType
from chalicelib.domain.quotes import OptionQuote

_OPEN: Final = text(
    "insert into paper_accounts (username, account_id, starting_cash, cash)"
    " values (:username, :account_id, :cash, :cash) on conflict do nothing"
)
#: Every writer takes this lock first, so the statements after it see what the last writer left.
_LOCK: Final = text(
    "select cash, realized_on, realized from paper_accounts"
    " where username = :username and account_id = :account_id for update"
)
_COLUMNS: Final = (
    "id, parent_id, tag, underlying, symbol, side, type, duration, quantity, filled_quantity, filled_value,"
    " limit_price, stop_price, reserve, status, reason, fees, fill_rule, resting, triggered, created_at,"
    " updated_at, expires_at"
)
_MINE: Final = "username = :username and account_id = :account_id"
_LIVE_STATES: Final = "('PENDING', 'OPEN', 'PARTIALLY_FILLED')"
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
    + ", ".join(f":{name.strip()}" for name in _COLUMNS.split(","))
    + ")"
)
_UPDATE_ORDER: Final = text(
    "update paper_orders set quantity = :quantity, filled_quantity = :filled_quantity,"
    " filled_value = :filled_value, status = :status, reason = :reason, fees = :fees, resting = :resting,"
    " triggered = :triggered, updated_at = :updated_at where id = :id"
)
_INSERT_FILL: Final = text(
    "insert into paper_fills (id, username, account_id, order_id, symbol, is_buy, quantity, price, fees,"
    " fill_rule, quoted_at, bid, ask, source, filled_at) values (:id, :username, :account_id, :order_id,"
    " :symbol, :is_buy, :quantity, :price, :fees, :fill_rule, :quoted_at, :bid, :ask, :source, :filled_at)"
)
_TAKEN: Final = text(
    "select f.symbol, f.quoted_at, f.is_buy, sum(f.quantity) as taken"
    " from unnest(cast(:symbols as text[]), cast(:quoted as timestamptz[])) as q (symbol, quoted_at)"
    " join paper_fills f on f.username = :username and f.account_id = :account_id"
    " and f.symbol = q.symbol and f.quoted_at = q.quoted_at group by 1, 2, 3"
)
#: Orders that quotes may fill; an OCO's parent (without a type) is none.
_WAITING: Final = text(
    f"select distinct underlying, symbol from paper_orders where {_MINE}"  # noqa: S608
    f" and type is not null and status in {_LIVE_STATES} and expires_at > :now"
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
_DROP_HOLDING: Final = text(
    f"delete from paper_positions where {_MINE} and symbol = :symbol"  # noqa: S608
)
_SAVE_ACCOUNT: Final = text(
    "update paper_accounts set cash = :cash, realized_on = :realized_on,"  # noqa: S608
    f" realized = :realized where {_MINE}"
)


class PaperBooks:
    """One account's rows within one transaction, from its lock to its commit."""

    def __init__(self, connection: Connection, username: str, account_id: str) -> None:
        self._connection = connection
        self._mine: dict[str, object] = {"username": username, "account_id": account_id}
        self._orders_then: dict[UUID, dict[str, Any]] = {}  # Any: column values
        self._holdings_then: dict[str, dict[str, Any]] = {}  # Any: as above
        self._taken_loaded: set[str] = set()
        self._account_then: dict[str, Any] = {}  # Any: as above

    def waiting(self, now: datetime, order_id: UUID | None) -> Mapping[str, Sequence[str]]:
        """Return whose quotes the working orders wait for, or this one order and its OCO, by underlying.

        Reads without the lock: for whoever asks for quotes before the account is locked.
        """
        asked = {**self._mine, "now": now, "order_id": order_id}
        symbols: dict[str, list[str]] = {}
        for row in self._connection.execute(_WAITING, asked):
            symbols.setdefault(row.underlying, []).append(row.symbol)
        return symbols

    def load(self, *, starting_cash: Decimal, since: datetime, order_id: str | None = None) -> Ledger:
        """Lock the account, opening it with `starting_cash` the first time, and load what is on it.

        Of the orders: the live ones, those touched at or after `since`, and `order_id` with its OCO.
        """
        account = self._lock(starting_cash)
        wanted = {**self._mine, "since": since, "order_id": order_id}
        orders = [_order(row) for row in self._connection.execute(_ORDERS, wanted).mappings()]
        holdings = [_holding(row) for row in self._connection.execute(_HOLDINGS, self._mine).mappings()]
        self._orders_then = {order.id: _columns(order) for order in orders}
        self._holdings_then = {holding.symbol: _columns(holding) for holding in holdings}
        self._account_then = dict(account)
        return Ledger(
            cash=account["cash"],
            realized_on=account["realized_on"],
            realized=account["realized"],
            orders={order.id: order for order in orders},
            holdings={holding.symbol: holding for holding in holdings},
        )

    def _lock(self, starting_cash: Decimal) -> RowMapping:
        """Lock the account's row; it is opened the first time it is asked for."""
        account = self._connection.execute(_LOCK, self._mine).mappings().one_or_none()
        if account is not None:
            return account
        self._connection.execute(_OPEN, {**self._mine, "cash": starting_cash})
        return self._connection.execute(_LOCK, self._mine).mappings().one()

    def load_taken(self, ledger: Ledger, quotes: Mapping[str, OptionQuote]) -> None:
        """Load, once, how much of these quotes' sizes was filled before, for the contracts of orders."""
        wanted = {order.symbol for order in ledger.live(quotes)} - self._taken_loaded
        self._taken_loaded |= wanted
        quoted = {symbol: quotes[symbol].quoted_at for symbol in sorted(wanted)}
        timed = {symbol: at for symbol, at in quoted.items() if at is not None}
        if not timed:
            return
        asked = {**self._mine, "symbols": list(timed), "quoted": list(timed.values())}
        for row in self._connection.execute(_TAKEN, asked):
            ledger.taken[(row.symbol, row.is_buy, row.quoted_at)] = row.taken

    def save(self, ledger: Ledger) -> None:
        """Write what has changed since `load`."""
        for order in ledger.orders.values():
            now = _columns(order)
            if order.id not in self._orders_then:
                self._connection.execute(_INSERT_ORDER, {**self._mine, **_plain(now)})
            elif now != self._orders_then[order.id]:
                self._connection.execute(_UPDATE_ORDER, _plain(now))
        for fill in ledger.fills:
            self._connection.execute(_INSERT_FILL, {**self._mine, **_columns(fill)})
        for symbol in self._holdings_then.keys() - ledger.holdings.keys():
            self._connection.execute(_DROP_HOLDING, {**self._mine, "symbol": symbol})
        self._save_holdings(ledger.holdings.values())
        account = {"cash": ledger.cash, "realized_on": ledger.realized_on, "realized": ledger.realized}
        if account != self._account_then:
            self._connection.execute(_SAVE_ACCOUNT, {**self._mine, **account})

    def _save_holdings(self, holdings: Iterable[Holding]) -> None:
        changed = [now for now in map(_columns, holdings) if now != self._holdings_then.get(now["symbol"])]
        if changed:
            columns = {name: [row[name] for row in changed] for name in Holding.__slots__}
            self._connection.execute(_SAVE_HOLDINGS, {**self._mine, **columns})


def _columns(row: PaperOrder | PaperFill | Holding) -> dict[str, Any]:  # Any: column values
    """Return the fields by name; the values are immutable, so that nothing need be copied."""
    return {name: getattr(row, name) for name in row.__slots__}


def _plain(values: dict[str, Any]) -> dict[str, Any]:  # Any: column values
    """Turn the words of our enumerations into the text that the columns hold."""
    words = {name: values[name] for name in ("side", "type", "duration", "status")}
    return {**values, **{name: None if word is None else word.value for name, word in words.items()}}


def _order(row: RowMapping) -> PaperOrder:
    words: dict[str, Any] = dict(row)  # Any: a row's value type is its column's
    kind: str | None = words["type"]
    return PaperOrder(
        **{
            **words,
            "side": OrderSide(words["side"]),
            "type": None if kind is None else OrderType(kind),
            "duration": Duration(words["duration"]),
            "status": OrderStatus(words["status"]),
        }
    )


def _holding(row: RowMapping) -> Holding:
    return Holding(**dict(row))

"""The paper broker's books as a ledger: loaded under the account's lock, what has changed written back."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.brokers.paper.documents import (
    groups_as_document,
    groups_from,
    legs_as_document,
    legs_from,
)
from chalicelib.brokers.paper.groups import with_strays
from chalicelib.brokers.paper.ledger import (
    EventKind,
    Holding,
    Ledger,
    PaperEvent,
    PaperFill,
    PaperOrder,
)
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.market.quotes import OptionQuote
from chalicelib.domain.trading.orders import Duration, OrderStatus, OrderType
from chalicelib.store.accounts import paper_books as rows
from chalicelib.store.accounts.paper_books import Columns, PaperAccount


class PaperBooks:
    """One account's rows within one transaction, from its lock to its commit."""

    def __init__(self, connection: Connection, username: str, account_id: str) -> None:
        self._connection = connection
        self._mine: dict[str, object] = {"username": username, "account_id": account_id}
        self._orders_then: dict[UUID, dict[str, Any]] = {}  # Any: column values
        self._holdings_then: dict[str, dict[str, Any]] = {}  # Any: as above
        self._events_then: set[str] = set()
        self._taken_loaded: set[str] = set()
        self._account_then: PaperAccount | None = None

    def waiting(self, now: datetime, order_id: UUID | None) -> Mapping[str, Sequence[str]]:
        """Return whose quotes the working orders wait for, or this one order and its OCO, by underlying.

        Reads without the lock: for whoever asks for quotes before the account is locked.
        """
        return rows.waiting_contracts(self._connection, self._mine, now=now, order_id=order_id)

    def load(self, *, starting_cash: Decimal, since: datetime, order_id: str | None = None) -> Ledger:
        """Lock the account, opening it with `starting_cash` the first time, and load what is on it.

        Of the orders: the live ones, those touched at or after `since`, and `order_id` with its OCO.
        """
        connection, mine = self._connection, self._mine
        rows.load_ahead(connection, mine, since=since, order_id=order_id)
        account = rows.lock_account(connection, mine, starting_cash=starting_cash)
        orders = [_order(row) for row in rows.read_orders(connection, mine, since=since, order_id=order_id)]
        holdings = [_holding(row) for row in rows.read_holdings(connection, mine)]
        self._orders_then = {order.id: _columns(order) for order in orders}
        self._holdings_then = {holding.symbol: _columns(holding) for holding in holdings}
        self._account_then = account
        return Ledger(
            cash=account.cash,
            realized_on=account.realized_on,
            realized=account.realized,
            orders={order.id: order for order in orders},
            holdings={holding.symbol: holding for holding in holdings},
            groups=with_strays(
                groups_from(account.position_groups),
                {holding.symbol: holding.quantity for holding in holdings},
            ),
        )

    def load_taken(self, ledger: Ledger, quotes: Mapping[str, OptionQuote]) -> None:
        """Load, once, how much of these quotes' sizes was filled before, for the contracts of orders."""
        wanted = {leg.symbol for order in ledger.live(quotes) for leg in order.parts} - self._taken_loaded
        self._taken_loaded |= wanted
        quoted = {symbol: quotes[symbol].quoted_at for symbol in sorted(wanted)}
        timed = {symbol: at for symbol, at in quoted.items() if at is not None}
        if not timed:
            return
        for one in rows.read_taken(self._connection, self._mine, timed):
            ledger.taken[(one.symbol, one.is_buy, one.quoted_at)] = one.quantity

    def load_events(self, ledger: Ledger, symbols: Sequence[str]) -> None:
        """Load what has happened to these contracts, or shares, without an order."""
        if symbols:
            found = [_event(row) for row in rows.read_events(self._connection, self._mine, symbols)]
            self._events_then = {event.key for event in found}
            ledger.events |= {event.key: event for event in found}

    def save(self, ledger: Ledger) -> None:
        """Write what has changed since `load`."""
        connection, mine = self._connection, self._mine
        for order in ledger.orders.values():
            now = _columns(order)
            if order.id not in self._orders_then:
                rows.insert_order(connection, mine, _plain(now))
            elif now != self._orders_then[order.id]:
                rows.update_order(connection, _plain(now))
        for fill in ledger.fills:
            rows.insert_fill(connection, mine, _columns(fill))
        for event in ledger.events.values():
            if event.key not in self._events_then:
                rows.insert_event(connection, mine, {**_columns(event), "kind": event.kind.value})
        for symbol in self._holdings_then.keys() - ledger.holdings.keys():
            rows.drop_holding(connection, mine, symbol)
        self._save_holdings(ledger.holdings.values())
        account = PaperAccount(
            cash=ledger.cash,
            realized_on=ledger.realized_on,
            realized=ledger.realized,
            position_groups=groups_as_document(ledger.groups),
        )
        if account != self._account_then:
            rows.save_account(connection, mine, account)

    def _save_holdings(self, holdings: Iterable[Holding]) -> None:
        changed = [now for now in map(_columns, holdings) if now != self._holdings_then.get(now["symbol"])]
        if changed:
            rows.save_holdings(self._connection, self._mine, changed)


def _columns(row: PaperOrder | PaperFill | PaperEvent | Holding) -> dict[str, Any]:  # Any: column values
    """Return the fields by name; the values are immutable, so that nothing need be copied."""
    return {name: getattr(row, name) for name in row.__slots__}


def _plain(values: dict[str, Any]) -> dict[str, Any]:  # Any: column values
    """Turn the words of our enumerations, and legs, into the text that the columns hold."""
    words = {name: values[name] for name in ("side", "type", "duration", "status")}
    texts = {name: None if word is None else word.value for name, word in words.items()}
    return {**values, **texts, "legs": legs_as_document(values["legs"])}


def _order(row: Columns) -> PaperOrder:
    words: dict[str, Any] = dict(row)  # Any: a row's value type is its column's
    kind: str | None = words["type"]
    return PaperOrder(
        **{
            **words,
            "side": OrderSide(words["side"]),
            "type": None if kind is None else OrderType(kind),
            "duration": Duration(words["duration"]),
            "status": OrderStatus(words["status"]),
            "legs": legs_from(words["legs"]),
        }
    )


def _event(row: Columns) -> PaperEvent:
    return PaperEvent(**{**dict(row), "kind": EventKind(row["kind"])})


def _holding(row: Columns) -> Holding:
    return Holding(**dict(row))

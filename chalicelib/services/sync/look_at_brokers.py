"""What each broker account shows that the books do not, after they went back to an earlier instant (I-33).

A look and nothing else: no order is sent or cancelled, no row of a trade is written. `sync` sees the same and
acts on it; this tells a person before anything is let loose.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial

from sqlalchemy import Connection

from chalicelib.brokers.capabilities import CAPABILITIES
from chalicelib.brokers.interface import BrokerOrder, Position
from chalicelib.domain.accounts import AccountRef
from chalicelib.domain.clocks.calendar import new_york_date
from chalicelib.domain.money import ZERO
from chalicelib.domain.trading.books import is_on_positions
from chalicelib.domain.trading.orders import UNSETTLED, Order, OrderStatus
from chalicelib.domain.trading.trades import Trade
from chalicelib.services.accounts.at_work import accounts_at_work
from chalicelib.services.environment import CredentialsUnreadable, Environment
from chalicelib.store.trades.orders import find_orders_by_tag, load_orders
from chalicelib.store.trades.trades import load_live_trades
from chalicelib.store.users.connections import read_accounts
from chalicelib.vendors.errors import VendorError

_IN_DOUBT = UNSETTLED | {OrderStatus.INTENT}


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLook:
    """What was seen of one account: a sentence a difference, or why it could not be read."""

    account: AccountRef
    differences: Sequence[str] = ()
    unread: str | None = None

    @property
    def is_as_booked(self) -> bool:
        """Say whether it was read and shows what the books say."""
        return self.unread is None and not self.differences


@dataclass(frozen=True, slots=True, kw_only=True)
class _Books:
    trades: Sequence[Trade]
    orders: Sequence[Order]
    known_tags: frozenset[str]


def look_at_brokers(env: Environment) -> Sequence[AccountLook]:
    """Compare every account that has a token or open trades with the books; raises DatabaseUnavailable."""
    return env.side_by_side.each([partial(_look_at, env, account) for account in _accounts(env)])


def report(looks: Sequence[AccountLook]) -> list[str]:
    """Word what was seen, a line a difference and a sum at the end."""
    lines = []
    for look in looks:
        account = look.account
        name = f"{account.username}, {account.mode} {account.account_id}"
        if look.unread is not None:
            lines.append(f"NOT READ  {name}: {look.unread}")
        lines += [f"DIFFERS   {name}: {difference}" for difference in look.differences]
    as_booked = sum(look.is_as_booked for look in looks)
    summed = f"{as_booked} of {len(looks)} broker accounts are as the books say"
    return [*lines, f"{summed}; sync looks again and acts on it"]


def _accounts(env: Environment) -> list[AccountRef]:
    found = {one for one in accounts_at_work(env) if CAPABILITIES[one.mode].is_outside}
    found.update(env.database.run(read_accounts, username=None))
    return sorted(found, key=lambda one: (one.username, one.mode, one.account_id))


def _look_at(env: Environment, account: AccountRef) -> AccountLook:
    try:
        broker = env.brokers.broker_for(account)
        listed, positions = broker.list_orders().orders, broker.positions()
    except CredentialsUnreadable:
        return AccountLook(account=account, unread="its token cannot be opened with these sealing keys")
    except VendorError as error:
        return AccountLook(account=account, unread=error.reason)
    mark = env.tags.mark(account.username)
    ours = [order for order in listed if order.tag and mark.is_on(order.tag)]
    tags = sorted({order.tag for order in ours if order.tag})
    books = env.database.run(
        lambda connection: _read_books(connection, account, tags), username=account.username
    )
    lost = [order for order in ours if order.tag not in books.known_tags]
    today = new_york_date(env.clock.now())
    return AccountLook(
        account=account,
        differences=(
            *(_lost(order) for order in lost),
            *_off(positions, books.trades, today),
            *(_doubted(order) for order in books.orders if order.status in _IN_DOUBT),
        ),
    )


def _read_books(connection: Connection, account: AccountRef, tags: Sequence[str]) -> _Books:
    trades = load_live_trades(connection, account)
    orders = load_orders(connection, [trade.id for trade in trades])
    return _Books(
        trades=trades,
        orders=[order for of_one in orders.values() for order in of_one],
        known_tags=frozenset(find_orders_by_tag(connection, tags)) if tags else frozenset(),
    )


def _lost(order: BrokerOrder) -> str:
    first = order.alternatives[0] if order.alternatives else order
    side = "" if first.side is None else f" {first.side.value}"
    filled = f", {order.filled_quantity.normalize():f} filled" if order.filled_quantity else ""
    return (
        f"order {order.broker_order_id} ({order.status}{side} {first.quantity.normalize():f} {first.symbol}"
        f"{filled}) carries our tag and has no row"
    )


def _off(positions: Sequence[Position], trades: Sequence[Trade], today: date) -> list[str]:
    """Word what is held more or less than trades explain."""
    off: dict[str, Decimal] = {}
    for position in positions:
        off[position.symbol] = off.get(position.symbol, ZERO) + position.quantity
    for trade in trades:
        if is_on_positions(trade, today):
            for symbol in trade.symbols:
                off[symbol] = off.get(symbol, ZERO) - trade.position_in(symbol)
    return [
        f"{abs(quantity).normalize():f} {symbol} {'more' if quantity > 0 else 'less'} than the books explain"
        for symbol, quantity in sorted(off.items())
        if quantity
    ]


def _doubted(order: Order) -> str:
    return f"{order.role} {order.side.value} {order.symbol} is {order.status}: sync finds out if it was sent"

"""Books against the broker in what the desk trades (B-07): told, and in the way of entries till explained."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.brokers.interface import Position
from chalicelib.domain.accounts import AccountRef
from chalicelib.domain.clocks.calendar import new_york_date
from chalicelib.domain.money import ZERO
from chalicelib.domain.trading.books import may_have_moved
from chalicelib.domain.trading.drift import (
    Counted,
    Drift,
    accepted,
    drifts_after,
    has_ended,
    underlying_of_symbol,
)
from chalicelib.domain.trading.orders import Order
from chalicelib.domain.trading.trades import Trade
from chalicelib.services.accounts.keeper import AccountKeeper
from chalicelib.services.environment import Environment
from chalicelib.services.raise_alert import (
    Severity,
    account_topic,
    condition_key,
    raise_alert,
    resolve_alert,
)
from chalicelib.store.desk.drift import drift_of_user, read_drift, save_drift
from chalicelib.store.trades.orders import load_orders, orders_ahead
from chalicelib.store.trades.trades import load_live_trades
from chalicelib.store.users.alerts import condition_of, resolve

KIND: Final = "books_drift"
Alive = Sequence[tuple[Trade, tuple[Order, ...]]]


def compare(keeper: AccountKeeper, tickers: frozenset[str]) -> list[Drift]:
    """Hold what the account shows of these underlyings against the books; returns what differs.

    Raises VendorError where positions cannot be read: nothing follows from that (I-06).
    """
    if not keeper.broker.capabilities.is_outside:
        return []
    positions = keeper.broker.positions()
    now = keeper.env.clock.now()

    def work(connection: Connection) -> list[Drift]:
        alive = _alive(connection, keeper.account)
        counted = _counted(positions, alive, tickers, new_york_date(now))
        unsure = {symbol for symbol, one in counted.items() if _is_unsure(symbol, one, alive)}
        before = read_drift(connection, keeper.account)
        found = drifts_after(before, counted, unsure, now)
        if found or before:
            save_drift(connection, keeper.account, found)
            asked = {symbol for symbol, one in found.items() if one.off + _missing(symbol, alive) == 0}
            _tell(keeper, connection, before, [one for one in found.values() if one.symbol not in asked])
        return list(found.values())

    return keeper.write(work)


def answer(
    env: Environment,
    username: str,
    alert_id: UUID,
    *,
    accept: bool,
    price: Decimal | None = None,  # noqa: ARG001  # its question asks for none
) -> None:
    """Carry out the owner's answer: a yes lets entries go on beside what differs, a no does not."""

    def work(connection: Connection) -> None:
        asked_of = condition_of(connection, username, alert_id)
        if asked_of is None or not accept:
            return
        for account, drifts in drift_of_user(connection, username).items():
            for underlying in {one.underlying for one in drifts.values()}:
                if condition_key(KIND, topic=_topic(account, underlying)) == asked_of:
                    save_drift(connection, account, accepted(drifts, underlying))
        resolve(connection, username, asked_of)

    env.database.run(work, username=username)


def _alive(connection: Connection, account: AccountRef) -> Alive:
    trades = load_live_trades(connection, account, beside=orders_ahead)
    orders = load_orders(connection, [one.id for one in trades])
    return [(one, orders.get(one.id, ())) for one in trades]


def _counted(
    positions: Iterable[Position], alive: Alive, tickers: frozenset[str], today: date
) -> dict[str, Counted]:
    """Count both sides of every contract on these underlyings, and of the shares themselves.

    What was found missing counts as held by the books: it differs until it is explained. Contracts that ended
    before today are settled by us and taken off by the broker, each in its own time.
    """
    broker: dict[str, Decimal] = {}
    for one in positions:
        broker[one.symbol] = broker.get(one.symbol, ZERO) + one.quantity
    books: dict[str, Decimal] = {}
    for trade, _ in alive:
        structures = trade.open_qty - trade.excess_qty
        for leg in trade.legs:
            held = leg.held(structures) * leg.side.sign if trade.open_qty > 0 else ZERO
            books[leg.symbol] = books.get(leg.symbol, ZERO) + held
    return {
        symbol: Counted(books=books.get(symbol, ZERO), broker=broker.get(symbol, ZERO))
        for symbol in sorted(books.keys() | broker.keys())
        if underlying_of_symbol(symbol) in tickers and not has_ended(symbol, today)
    }


def _is_unsure(symbol: str, counted: Counted, alive: Alive) -> bool:
    """Say whether an order that works may explain a difference."""
    moving = sum((may_have_moved(symbol, orders) for _, orders in alive), ZERO)
    return moving > 0 and abs(counted.broker - counted.books) <= moving


def _missing(symbol: str, alive: Alive) -> Decimal:
    """Return what of a contract was found missing of its trades: of that its owner is asked apart."""
    return sum(
        (
            trade.missing_of(leg) * leg.side.sign
            for trade, _ in alive
            for leg in trade.legs
            if leg.symbol == symbol
        ),
        ZERO,
    )


def _tell(
    keeper: AccountKeeper, connection: Connection, before: Mapping[str, Drift], found: Sequence[Drift]
) -> None:
    """Tell of each underlying that differs, once, with all that does; and let it end where nothing does."""
    now = keeper.env.clock.now()
    told = [one for one in found if one.is_believed(now) and not one.accepted]
    told.sort(key=lambda one: (one.underlying, one.symbol))
    for underlying, drifts in groupby(told, key=lambda one: one.underlying):
        raise_alert(
            keeper.env,
            connection,
            keeper.username,
            severity=Severity.CRITICAL,
            kind=KIND,
            message=(
                f"{keeper.account.mode} and our books differ in {underlying}: "
                f"{'; '.join(_words(one) for one in drifts)}. Nothing is entered there until explained."
            ),
            question=f"Go on trading {underlying} beside what differs?",
            lasting=True,
            renewed=True,
            topic=_topic(keeper.account, underlying),
        )
    standing = {one.underlying for one in found if not one.accepted}
    for underlying in {one.underlying for one in before.values()} - standing:
        resolve_alert(connection, keeper.username, kind=KIND, topic=_topic(keeper.account, underlying))


def _words(one: Drift) -> str:
    return f"{one.broker.normalize():f} of {one.symbol} held, {one.books.normalize():f} in the books"


def _topic(account: AccountRef, underlying: str) -> str:
    return f"{account_topic(account)}:{underlying}"

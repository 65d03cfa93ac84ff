"""Hold an account of coins against the books, every two minutes (C-06, C-12): both ways, in every asset.

What the account lacks of our trades is settled by its sync, at once. What it holds beyond them is its
owner's: followed, and named where it moves by itself. Neither is a trade's profit or loss.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Final

from sqlalchemy import Connection

from chalicelib.brokers.interface import Balance
from chalicelib.domain.accounts import AccountRef
from chalicelib.domain.coins.moved import Held, Moved, moved
from chalicelib.domain.money import ZERO, to_cents
from chalicelib.domain.trading.orders import UNSETTLED, Order
from chalicelib.domain.trading.trades import Trade
from chalicelib.services.accounts.at_work import keep_account
from chalicelib.services.accounts.keeper import AccountKeeper
from chalicelib.services.environment import Environment
from chalicelib.services.raise_alert import Severity, raise_alert
from chalicelib.services.sync.sync_account import AccountSync
from chalicelib.store.accounts.account_readings import AccountReading, keep_reading
from chalicelib.store.accounts.own_coins import (
    read_accounts_of_coins,
    read_known,
    read_money_moved,
    save_known,
)
from chalicelib.store.trades.orders import load_orders, orders_ahead
from chalicelib.store.trades.trades import load_live_trades
from chalicelib.vendors.errors import VendorError

KIND: Final = "moved_outside"
_MONEY: Final = "USDT"


@dataclass(frozen=True, slots=True, kw_only=True)
class CoinsReconciled:
    """What one look at one account came to.

    `lacking` are pairs of which it holds less than our trades, `moved` what came or left outside of them;
    `equity` is all that it is worth in USDT. `trouble` is why it could not be looked at.
    """

    account: AccountRef
    equity: Decimal | None = None
    lacking: tuple[str, ...] = ()
    moved: tuple[Moved, ...] = ()
    trouble: str | None = None


def accounts_to_reconcile(env: Environment) -> Sequence[AccountRef]:
    """Return the accounts at exchanges of coins where something is at work, or a trader may enter."""
    return env.database.read(read_accounts_of_coins, username=None)


def reconcile_coins(
    env: Environment, accounts: Iterable[AccountRef], *, wait_seconds: float = 0
) -> list[CoinsReconciled]:
    """Look at these accounts side by side, each under its lease."""
    return env.side_by_side.each([partial(_reconcile, env, one, wait_seconds) for one in accounts])


def _reconcile(env: Environment, account: AccountRef, wait_seconds: float) -> CoinsReconciled:
    looked = keep_account(env, account, _look, wait_seconds=wait_seconds)
    if looked is None:
        return CoinsReconciled(account=account, trouble="the account is kept, or its key cannot be opened")
    return looked


def _look(keeper: AccountKeeper) -> CoinsReconciled:
    read_at = keeper.env.clock.now()
    try:
        balance = keeper.broker.balance()
    except VendorError as error:
        return CoinsReconciled(account=keeper.account, trouble=error.reason)
    reading = AccountReading(
        read_at=read_at, equity=balance.equity, cash=balance.cash, buying_power=balance.buying_power
    )
    lacking: list[str] = []
    told: list[Moved] = []

    def work(connection: Connection) -> None:
        keep_reading(connection, keeper.account, reading)
        books = _read_books(connection, keeper.account)
        lacking[:] = books.lacking(balance)
        known, found = moved(
            read_known(connection, keeper.account), books.own(balance), books.unsure(lacking), read_at
        )
        save_known(connection, keeper.account, known)
        told[:] = found
        if found:
            _tell(keeper, connection, found)

    keeper.write(work)
    if lacking:
        AccountSync(keeper).run(positions_at_once=True)
    return CoinsReconciled(
        account=keeper.account, equity=balance.equity, lacking=tuple(lacking), moved=tuple(told)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Books:
    """Our trades of an account that have not ended, with their orders; `money` is what all ever moved."""

    alive: Sequence[tuple[Trade, tuple[Order, ...]]]
    money: Decimal

    def held(self, symbol: str) -> Decimal:
        """Return what our trades hold of a pair."""
        return sum((trade.position_in(symbol) for trade, _ in self.alive), ZERO)

    def lacking(self, balance: Balance) -> list[str]:
        """Return the pairs of which the account holds less than our trades."""
        there = {one.symbol: one.quantity for one in balance.assets}
        symbols = sorted({symbol for trade, _ in self.alive for symbol in trade.symbols})
        return [one for one in symbols if there.get(one, ZERO) < self.held(one)]

    def own(self, balance: Balance) -> dict[str, Held]:
        """Return what the account holds beyond our trades, by asset."""
        found = {
            one.symbol.removesuffix(_MONEY): Held(
                quantity=max(one.quantity - self.held(one.symbol), ZERO),
                price=None if one.worth is None or not one.quantity else one.worth / one.quantity,
            )
            for one in balance.assets
        }
        if balance.cash is not None:
            found[_MONEY] = Held(quantity=balance.cash - self.money, price=Decimal(1))
        return found

    def unsure(self, lacking: Sequence[str]) -> set[str]:
        """Return the assets that an order under way, or a loss not settled yet, may explain."""
        moving = {
            symbol
            for trade, orders in self.alive
            for symbol in trade.symbols
            if trade.missing_qty > 0 or any(order.status in UNSETTLED for order in orders)
        }
        symbols = moving | set(lacking)
        return {one.removesuffix(_MONEY) for one in symbols} | ({_MONEY} if symbols else set())


def _read_books(connection: Connection, account: AccountRef) -> _Books:
    trades = load_live_trades(connection, account, beside=orders_ahead)
    orders = load_orders(connection, [one.id for one in trades])
    return _Books(
        alive=[(one, orders.get(one.id, ())) for one in trades],
        money=read_money_moved(connection, account),
    )


def _tell(keeper: AccountKeeper, connection: Connection, found: Sequence[Moved]) -> None:
    account = keeper.account
    raise_alert(
        keeper.env,
        connection,
        keeper.username,
        severity=Severity.INFO,
        kind=KIND,
        message=(
            f"{account.mode} {account.account_id}: {'; '.join(_words(one) for one in found)}, outside of "
            "every trade here: paid in or out, or traded by hand. It is nobody's profit or loss."
        ),
    )


def _words(one: Moved) -> str:
    worth = "" if one.worth is None or one.asset == _MONEY else f" (about {to_cents(one.worth)} USDT)"
    way = "came in" if one.quantity > 0 else "left"
    quantity = to_cents(one.quantity) if one.asset == _MONEY else one.quantity.normalize()
    return f"{abs(quantity):f} {one.asset}{worth} {way}"

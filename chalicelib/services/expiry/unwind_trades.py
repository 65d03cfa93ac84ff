"""Live trades whose contracts expire today: told of, and closed before the bell by their owner's setting."""

from collections.abc import Sequence
from datetime import date
from functools import partial

from sqlalchemy import Connection

from chalicelib.domain.accounts import AccountRef, BrokerMode
from chalicelib.domain.structures.shapes import called
from chalicelib.domain.trading.trades import PROTECTABLE, Actor, CloseReason
from chalicelib.services.accounts.at_work import keep_account
from chalicelib.services.accounts.keeper import AccountKeeper
from chalicelib.services.environment import Environment
from chalicelib.services.lifecycle.begin_close import begin_close
from chalicelib.services.lifecycle.trade_worker import TradeWorker
from chalicelib.services.market_hours import read_calendar
from chalicelib.services.raise_alert import Severity, raise_alert
from chalicelib.store.trades.open_positions import Expiring, read_expiring
from chalicelib.store.trades.trades import load_trade


def list_expiring(env: Environment, today: date) -> Sequence[Expiring]:
    """Return the live trades whose contracts expire today."""
    live = [mode for mode in BrokerMode if mode.is_live]
    return env.database.run(lambda connection: read_expiring(connection, live, today), username=None)


def tell_expiring(env: Environment, expiring: Sequence[Expiring]) -> None:
    """Tell each owner, once a trade, what will happen to it."""
    for one in expiring:
        plan = "closed 15 minutes before the close" if one.close_before_expiry else "left to expire"
        _tell(env, one, f"{called(one.ticker, one.structure)} expires today; it is {plan}.")


def _tell(env: Environment, one: Expiring, message: str) -> None:
    env.database.run(
        lambda connection: raise_alert(
            env,
            connection,
            one.username,
            severity=Severity.WARNING,
            kind="expires_today",
            trade_id=one.trade_id,
            message=message,
            lasting=True,
        ),
        username=one.username,
    )


def close_expiring(env: Environment, expiring: Sequence[Expiring]) -> int:
    """Close by the closing procedure what its owner wants closed before expiry; returns how many.

    Accounts side by side: a broker that does not answer in time takes no other's minutes before the bell.
    """
    by_account: dict[AccountRef, list[Expiring]] = {}
    for one in expiring:
        if one.close_before_expiry:
            by_account.setdefault(_account_of(one), []).append(one)
    return sum(env.side_by_side.each([partial(_close_all, env, trades) for trades in by_account.values()]))


def _account_of(one: Expiring) -> AccountRef:
    return AccountRef(username=one.username, mode=one.mode, account_id=one.account_id)


def _close_all(env: Environment, trades: Sequence[Expiring]) -> int:
    return sum(_close(env, one) for one in trades)


def _close(env: Environment, one: Expiring) -> bool:
    def begin(connection: Connection) -> None:
        trade = load_trade(connection, one.trade_id, lock=True)
        if trade is not None and trade.status in PROTECTABLE:
            begin_close(env, connection, trade, CloseReason.STRATEGY_EXIT, Actor.SYSTEM)

    def work(keeper: AccountKeeper) -> bool:
        return TradeWorker(keeper, read_calendar(env)).drive(one.trade_id).trade.is_ended

    env.database.run(begin, username=one.username)
    return keep_account(env, _account_of(one), work, wait_seconds=5) or False

"""What changes of a trade have in common: find it, check the version, carry it on, answer how it stands."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.brokers.deadline import Deadline
from chalicelib.brokers.errors import BrokerError
from chalicelib.domain.ports import JsonValue
from chalicelib.domain.trades import Trade
from chalicelib.services import trade_view
from chalicelib.services.account_lease import WAIT_SECONDS_MAX, account_lease
from chalicelib.services.alerting import alert_unreadable_credentials
from chalicelib.services.environment import CredentialsUnreadable, Environment
from chalicelib.services.errors import NotFound, StaleVersion
from chalicelib.services.hand_over import hand_over
from chalicelib.services.market_hours import read_calendar
from chalicelib.services.send_order import Desk
from chalicelib.services.trade_worker import TradeWorker
from chalicelib.store.trades import load_trade


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A change's answer: 200 when it is done, 202 when it goes on or waits."""

    status: int
    trade: dict[str, JsonValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """How far a trade was carried in this call."""

    trade: Trade
    error: BrokerError | None


def locked_trade(connection: Connection, trade_id: UUID, version: int) -> Trade:
    """Read a trade under its row lock; raises NotFound, or StaleVersion with the trade as it stands."""
    trade = load_trade(connection, trade_id, lock=True)
    if trade is None:
        raise NotFound("trade")
    if trade.version != version:
        raise StaleVersion(trade_view.detail_in(connection, trade_id))
    return trade


def store_request(env: Environment, username: str, work: Callable[[Connection], Trade]) -> Trade:
    """Run the transaction that stores what was asked for."""
    return env.database.run(work, username=username)


def carry_on(env: Environment, trade: Trade, deadline: Deadline) -> Carried:
    """Drive the trade under its account's lease; leaves it to sync when another worker keeps the account."""
    calendar = read_calendar(env)
    error: BrokerError | None = None
    with account_lease(
        env, trade.username, trade.broker_mode, trade.account_id, wait_seconds=WAIT_SECONDS_MAX
    ) as lease:
        if lease is None:
            hand_over(env, trade)
        else:
            try:
                broker = env.brokers.broker_for(
                    trade.username, trade.broker_mode, trade.account_id, deadline=deadline
                )
            except CredentialsUnreadable:
                env.database.run(
                    lambda connection: alert_unreadable_credentials(env, connection, trade.username),
                    username=trade.username,
                )
            else:
                desk = Desk(env=env, username=trade.username, broker=broker, lease=lease)
                worker = TradeWorker(desk, calendar)
                worker.drive(trade.id)
                error = worker.last_error
    now = env.database.run(lambda connection: load_trade(connection, trade.id), username=trade.username)
    assert now is not None
    return Carried(trade=now, error=error)

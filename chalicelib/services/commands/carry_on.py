"""Carrying a stored request to the broker within one call: placing, closing, adjusting, cancelling.

From the moment a request is committed another worker may carry it out, whatever becomes of this call: it is
never answered as not done (I-34).
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil
from typing import Final

from sqlalchemy import Connection

from chalicelib.brokers.interface import Broker
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.trading.trades import Trade
from chalicelib.services.accounts.hand_over import hand_over
from chalicelib.services.accounts.keeper import AccountKeeper
from chalicelib.services.accounts.lease import CALL_LENGTH, WAIT_SECONDS_MAX, account_lease
from chalicelib.services.commands.trade_changes import Requested
from chalicelib.services.environment import CredentialsUnreadable, Environment
from chalicelib.services.errors import ServiceError, Unavailable
from chalicelib.services.lifecycle.order_sender import READ_BACK_SECONDS
from chalicelib.services.lifecycle.stood import Stood
from chalicelib.services.lifecycle.trade_worker import TradeWorker
from chalicelib.services.raise_alert import alert_unreadable_credentials
from chalicelib.services.reading import trade_view
from chalicelib.store.ahead import ends_with_next
from chalicelib.vendors.deadline import Deadline
from chalicelib.vendors.errors import BudgetSpent, VendorError

_LOG: Final = logging.getLogger("papertape.trades")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A change's answer: 200 (201 when placed) when it is done, 202 when it goes on, waits, or is not known.

    `replayed` when a former call with the same key stored it and died before it could answer.
    """

    status: int
    trade: dict[str, JsonValue]
    replayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """How far a trade was carried in this call; `stood` is None when it could not be worked on at all.

    `view` is the trade as its owner reads it, where it was read when the account was let go of.
    """

    stood: Stood | None
    error: VendorError | None
    view: dict[str, JsonValue] | None = None


def accepted(env: Environment, asked: Requested, carry: Callable[[], Outcome]) -> Outcome:
    """Carry on what was stored; trouble on the way is 202 with the trade as it was stored.

    What a service itself says (ServiceError) is known, and stands. Sync goes on as soon as it can: a position
    that was filled meanwhile must not stand bare until the lease that could not be let go has run out unseen.
    """
    try:
        return carry()
    except ServiceError:
        raise
    except Exception as error:  # noqa: BLE001  # whatever it was, the broker may have been told (I-34)
        _LOG.error("a stored request is left to sync: %s", type(error).__name__)
        _leave_to_sync(env, asked.trade)
        return Outcome(status=202, trade=asked.view)


def check_room(broker: Broker) -> None:
    """Refuse before anything is stored when an order has no call left to go out by; raises Unavailable."""
    try:
        broker.check_room_to_place()
    except BudgetSpent as error:
        raise not_sent(error) from error


def not_sent(error: VendorError) -> Unavailable:
    """Word what surely did not reach the broker, and when to come back."""
    return Unavailable(error.reason, retry_after_seconds=ceil(error.retry_after_seconds or 5))


def _leave_to_sync(env: Environment, trade: Trade) -> None:
    try:
        hand_over(env, trade)
    except Exception as error:  # noqa: BLE001  # the next tick does it; the answer must not become an error
        _LOG.error("work could not be handed over: %s", type(error).__name__)


def carry_on(
    env: Environment,
    trade: Trade,
    calendar: MarketCalendar,
    deadline: Deadline,
    *,
    broker: Broker | None = None,
    stored: Stood | None = None,
) -> Carried:
    """Drive the trade under its account's lease; leaves it to sync when another worker keeps the account.

    `broker` is the trade's own, where the caller has it open already, and `stored` how the trade stood when
    its caller stored it.

    The second before an order is read back (A-07) is waited without the lease: others may work meanwhile.
    """
    carried = Carried(stood=None, error=None)
    read_back: str | None = None
    while True:
        with account_lease(env, trade.account, wait_seconds=WAIT_SECONDS_MAX, length=CALL_LENGTH) as lease:
            if lease is None:
                hand_over(env, trade)
                return carried
            broker = broker or _broker(env, trade, deadline)
            if broker is None:
                return carried
            keeper = AccountKeeper(env=env, account=trade.account, broker=broker, lease=lease)
            worker = TradeWorker(keeper, calendar, reads_back=False)
            stood = worker.drive(trade.id, read_back=read_back, stored=stored)
            carried = Carried(stood=stood, error=worker.last_error or carried.error)
            read_back = worker.to_read_back
            if read_back is None:
                view = keeper.read_last(lambda connection: _view(connection, trade))
                carried = replace(carried, view=view)
        if read_back is None:
            return carried
        env.clock.sleep(READ_BACK_SECONDS)


def _view(connection: Connection, trade: Trade) -> dict[str, JsonValue]:
    ends_with_next(connection)
    return trade_view.detail_in(connection, trade.id)


def _broker(env: Environment, trade: Trade, deadline: Deadline) -> Broker | None:
    try:
        return env.brokers.broker_for(trade.account, deadline=deadline)
    except CredentialsUnreadable:
        env.database.run(
            lambda connection: alert_unreadable_credentials(env, connection, trade.account),
            username=trade.username,
        )
        return None

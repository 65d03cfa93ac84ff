"""Place a trade (A-07): validate, count against limits, store the intent, then carry it to the broker."""

from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.brokers.interface import Broker
from chalicelib.domain.accounts import AccountRef
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.trading.commands import PlaceTrade
from chalicelib.domain.trading.orders import OrderRole
from chalicelib.domain.trading.trades import CloseReason, Originator, TradeStatus
from chalicelib.marketdata.interface import Purpose
from chalicelib.services.commands.carry_on import Carried, Outcome, accepted, carry_on, check_room, not_sent
from chalicelib.services.commands.collateral import read_free_cash
from chalicelib.services.commands.listed import chain_reader
from chalicelib.services.commands.open_trade import Entry, account_of, open_trade
from chalicelib.services.commands.trade_changes import Requested
from chalicelib.services.commands.validate import check_broker, validate
from chalicelib.services.environment import CredentialsUnreadable, Environment
from chalicelib.services.errors import (
    BrokerRefused,
    Unavailable,
)
from chalicelib.services.lifecycle.stood import Stood, stand
from chalicelib.services.market_hours import calendar_of
from chalicelib.services.raise_alert import alert_unreadable_credentials
from chalicelib.services.reading import trade_view
from chalicelib.store.ahead import ends_with_next
from chalicelib.store.database import Isolation
from chalicelib.store.market.closures import closures_ahead
from chalicelib.store.trades.new_trades import find_placed, give_key_back
from chalicelib.store.trades.orders import load_orders, orders_ahead
from chalicelib.store.trades.trade_changes import changes_ahead
from chalicelib.store.trades.trades import load_trade, trade_ahead
from chalicelib.store.users import settings
from chalicelib.store.users.settings import UserSettings
from chalicelib.vendors.deadline import Deadline
from chalicelib.vendors.errors import Outcome as BrokerOutcome

NO_REASON: Final = "the broker rejected the order"


def place(env: Environment, username: str, command: PlaceTrade, idempotency_key: str | None) -> Outcome:
    """Place a trade: 201 as it then stands, 202 as it was stored when that cannot be told.

    Raises Invalid, RiskLimitReached, BrokerRefused (the trade is kept as CANCELED, REJECTED) and Unavailable
    (surely nothing was done). A lost answer of the broker is no error: the trade is PENDING and settling.
    """
    deadline = Deadline(env.clock)
    before = _placed_before(env, username, idempotency_key)
    if before is not None:
        return _answer_again(env, username, before)
    calendar, rules = _calendar_and_rules(env, username)
    account = account_of(rules, command)
    check_broker(account.mode, command)
    broker = _broker(env, rules, account, deadline)
    entry = _entry(env, username, command, calendar, broker, idempotency_key)

    def store(connection: Connection) -> tuple[Requested, Stood]:
        trade_id = open_trade(env, connection, rules, entry)
        trade_ahead(connection, trade_id)
        orders_ahead(connection, [trade_id])
        changes_ahead(connection, [trade_id])
        ends_with_next(connection)
        view = trade_view.new_in(connection, trade_id)
        trade = load_trade(connection, trade_id)
        assert trade is not None, "stored above"
        return Requested(trade=trade, view=view), stand(env, connection, calendar, [trade])[0]

    asked, stored = env.database.run(store, username=username, isolation=Isolation.READ_COMMITTED)

    def carry() -> Outcome:
        known = broker if asked.trade.account == account else None
        carried = carry_on(env, asked.trade, calendar, deadline, broker=known, stored=stored)
        placed = carried.view or trade_view.detail(env, username, asked.trade.id)
        error = _refusal(carried)
        if error is not None:
            raise error
        # Left to sync, which may find that it cannot be sent any more: accepted, not placed.
        return Outcome(status=202 if carried.stood is None else 201, trade=placed)

    return accepted(env, asked, carry)


def _entry(
    env: Environment,
    username: str,
    command: PlaceTrade,
    calendar: MarketCalendar,
    broker: Broker,
    idempotency_key: str | None,
) -> Entry:
    """Validate an entry, before anything is stored; a person asks for it."""
    listed = validate(env, command, calendar, chain_reader(env, username, Purpose.CHANGE))
    check_room(broker)
    return Entry(
        originator=Originator.PERSON,
        command=command,
        listed=listed,
        free_cash=read_free_cash(broker, listed, Decimal(command.qty)),
        mark=env.tags.mark(username),
        idempotency_key=idempotency_key,
    )


def _answer_again(env: Environment, username: str, trade_id: UUID) -> Outcome:
    """Answer for a call that died before its answer was kept, as it would have; raises BrokerRefused."""

    def refusal(connection: Connection) -> str | None:
        trade = load_trade(connection, trade_id)
        if trade is None or trade.close_reason is not CloseReason.REJECTED:
            return None
        orders = load_orders(connection, [trade_id]).get(trade_id, ())
        return next((order.reason for order in orders if order.reason), NO_REASON)

    reason = env.database.run(refusal, username=username)
    if reason is not None:
        raise BrokerRefused(reason)
    return Outcome(status=200, trade=trade_view.detail(env, username, trade_id), replayed=True)


def _placed_before(env: Environment, username: str, idempotency_key: str | None) -> UUID | None:
    """Find what a call with this key placed before it died: the same key never places twice.

    A trade that was surely not placed gives its key back, so that the caller may try again (api.md).
    """
    if idempotency_key is None:
        return None

    def work(connection: Connection) -> UUID | None:
        found = find_placed(connection, username, idempotency_key)
        if found is None:
            return None
        if found.close_reason is not CloseReason.NOT_PLACED:
            return found.trade_id
        give_key_back(connection, found.trade_id)
        return None

    return env.database.run(work, username=username)


def _calendar_and_rules(env: Environment, username: str) -> tuple[MarketCalendar, UserSettings]:
    def read(connection: Connection) -> tuple[MarketCalendar, UserSettings]:
        closures_ahead(connection)
        rules = settings.read(connection, username)
        assert rules is not None, "a signed-in user has settings"
        return calendar_of(env, connection), rules

    return env.database.read(read, username=username)


def _broker(env: Environment, rules: UserSettings, account: AccountRef, deadline: Deadline) -> Broker:
    """Refuse before anything is stored when the broker's token cannot be opened; that blocks this user."""
    username = rules.username
    try:
        return env.brokers.broker_for(account, deadline=deadline, stored=rules)
    except CredentialsUnreadable as error:
        reason = str(error)
        env.database.run(
            lambda connection: alert_unreadable_credentials(env, connection, account), username=username
        )
        raise BrokerRefused(reason) from error


def _refusal(carried: Carried) -> BrokerRefused | Unavailable | None:
    """Return what the caller must hear of a trade that was not taken."""
    stood, error = carried.stood, carried.error
    if stood is None or stood.trade.status is not TradeStatus.CANCELED:
        return None
    if stood.trade.close_reason is CloseReason.REJECTED:
        entry = next(order for order in stood.orders if order.role is OrderRole.ENTRY)
        return BrokerRefused(entry.reason or NO_REASON)
    if error is not None and error.outcome is BrokerOutcome.NOT_SENT:
        return not_sent(error)
    return None

"""Place a trade (A-07): validate, count against limits, store the intent, then carry it to the broker."""

from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.brokers.capabilities import CAPABILITIES
from chalicelib.brokers.interface import Broker
from chalicelib.domain.accounts import AccountRef
from chalicelib.domain.analysis.capsule import order_book_state
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.people import UserState
from chalicelib.domain.structures.shapes import Shape
from chalicelib.domain.trading.commands import PlaceTrade
from chalicelib.domain.trading.limits import Limits, breaches
from chalicelib.domain.trading.order_tags import TagMark
from chalicelib.domain.trading.orders import Duration, Order, OrderLeg, OrderRole, OrderStatus, OrderType
from chalicelib.domain.trading.quota import Stored, quota_breaches, weigh
from chalicelib.domain.trading.trades import Actor, CloseReason, Leg, TradeStatus, TriggerPrecision
from chalicelib.marketdata.interface import Purpose
from chalicelib.services.commands.carry_on import Carried, Outcome, accepted, carry_on, check_room, not_sent
from chalicelib.services.commands.chosen_mode import chosen_mode
from chalicelib.services.commands.collateral import check_collateral, read_free_cash
from chalicelib.services.commands.listed import Listed, chain_reader
from chalicelib.services.commands.trade_changes import Requested
from chalicelib.services.commands.validate import check_broker, validate
from chalicelib.services.environment import CredentialsUnreadable, Environment
from chalicelib.services.errors import (
    BrokerRefused,
    FieldError,
    Forbidden,
    Invalid,
    RiskLimitReached,
    Unavailable,
)
from chalicelib.services.lifecycle.stood import Stood, stand
from chalicelib.services.market_hours import calendar_of
from chalicelib.services.raise_alert import alert_unreadable_credentials
from chalicelib.services.reading import trade_view
from chalicelib.store.ahead import ends_with_next
from chalicelib.store.database import Isolation
from chalicelib.store.market.closures import closures_ahead
from chalicelib.store.trades.exposure import exposure, exposure_ahead
from chalicelib.store.trades.new_trades import NewTrade, find_placed, give_key_back, insert_new_trade
from chalicelib.store.trades.orders import insert_order, load_orders, orders_ahead
from chalicelib.store.trades.portfolio import touch_portfolio
from chalicelib.store.trades.trade_changes import changes_ahead
from chalicelib.store.trades.trades import load_trade, trade_ahead
from chalicelib.store.trades.transitions import insert_transition
from chalicelib.store.turns import take_turn
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
    account = _account(rules, command)
    check_broker(account.mode, command)
    broker = _broker(env, rules, account, deadline)
    listed = validate(env, command, calendar, chain_reader(env, username, Purpose.CHANGE))
    check_room(broker)
    free_cash = read_free_cash(broker, listed, Decimal(command.qty))

    def store(connection: Connection) -> tuple[Requested, Stood]:
        trade_id = _store_intent(env, connection, rules, command, listed, free_cash, idempotency_key)
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


def _account(rules: UserSettings, command: PlaceTrade) -> AccountRef:
    account = rules.account(chosen_mode(rules, command.broker_mode))
    assert account is not None, "where new trades go an account is named"
    return account


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


def _store_intent(
    env: Environment,
    connection: Connection,
    read_before: UserSettings,
    command: PlaceTrade,
    listed: Listed,
    free_cash: Decimal | None,
    idempotency_key: str | None,
) -> UUID:
    username = read_before.username
    take_turn(connection, username)  # limits are counted alone: hence READ COMMITTED (docs/adr/0003)
    mode = chosen_mode(read_before, command.broker_mode)
    exposure_ahead(connection, username, mode, env.clock.now())
    rules = settings.read(connection, username)
    assert rules is not None, "a signed-in user has settings"
    if rules.state is not UserState.ACTIVE:
        raise Forbidden("This account was ended.")
    _check_live_market(rules, command)
    check_collateral(connection, _account(rules, command), command, listed, free_cash)
    check_limits(env, connection, rules, command, listed)
    new = _new_trade(env, rules, command, listed, idempotency_key)
    insert_new_trade(connection, new)
    insert_transition(
        connection,
        username,
        new.trade_id,
        transition_id=env.randomness.uuid7(env.clock.now()),
        from_status=None,
        to_status=TradeStatus.PENDING,
        actor=Actor.USER,
        reason="asked for",
    )
    insert_order(
        connection, _entry_order(env, username, new.trade_id, command, listed, env.tags.mark(username))
    )
    touch_portfolio(connection, username, weight_of(command))
    return new.trade_id


def weight_of(command: PlaceTrade) -> Stored:
    """Return what this entry adds to what its owner keeps."""
    scanner = command.scanner
    return weigh(scanner.signals_given, scanner.ai_reasoning_log, command.trade_context, trades=1)


def _check_live_market(rules: UserSettings, command: PlaceTrade) -> None:
    is_live = chosen_mode(rules, command.broker_mode).is_live
    if is_live and command.order_type is OrderType.MARKET and not rules.allow_market_live:
        raise Invalid(
            [FieldError(field="order_type", message="Market orders are switched off for live trading.")]
        )


def check_limits(
    env: Environment, connection: Connection, rules: UserSettings, command: PlaceTrade, listed: Listed
) -> None:
    """Raise RiskLimitReached for the first limit that this entry would pass."""
    added = listed.heat(command.sl_price, Decimal(command.qty))
    mode = chosen_mode(rules, command.broker_mode)
    now = exposure(connection, rules.username, mode, env.clock.now())
    kept = Stored(trades=now.stored_trades, bytes=now.stored_bytes)
    for breach in (*breaches(now, limits_of(rules), added), *quota_breaches(kept, weight_of(command))):
        raise RiskLimitReached(breach.limit, breach.value, breach.allowed)


def limits_of(rules: UserSettings) -> Limits:
    """Return the limits that a user's settings set."""
    return Limits(
        account_balance=rules.account_balance,
        max_positions=rules.max_positions,
        daily_loss_limit=rules.daily_loss_limit,
        heat_limit_pct=rules.heat_limit_pct,
    )


def _new_trade(
    env: Environment, rules: UserSettings, command: PlaceTrade, listed: Listed, idempotency_key: str | None
) -> NewTrade:
    account = _account(rules, command)
    now = env.clock.now()
    # No broker here holds a stop over several legs: they are watched by our own clock (W-04).
    watched = command.is_structure or listed.shape in {Shape.SHARES}
    trigger_precision = TriggerPrecision.SNAPSHOT if watched else CAPABILITIES[account.mode].trigger_precision
    return NewTrade(
        trade_id=env.randomness.uuid7(now),
        username=rules.username,
        command=command,
        legs=_new_legs(env, listed, Decimal(command.qty), now),
        structure=listed.shape,
        risk_floor=listed.risk_floor,
        asked_price=listed.entry,
        broker_mode=account.mode,
        account_id=account.account_id,
        trigger_precision=trigger_precision,
        order_book=order_book_state(listed.legs[0].quote),
        idempotency_key=idempotency_key,
    )


def _new_legs(env: Environment, listed: Listed, qty: Decimal, now: datetime) -> tuple[Leg, ...]:
    return tuple(
        Leg(
            id=env.randomness.uuid7(now),
            leg_no=number,
            instrument=leg.terms.instrument,
            symbol=leg.symbol,
            multiplier=leg.terms.multiplier,
            side=leg.terms.side,
            ratio=leg.terms.ratio,
            quantity=qty * leg.terms.ratio,
            option_type=leg.terms.option_type,
            strike=leg.terms.strike,
            expiry=leg.terms.expiry,
        )
        for number, leg in enumerate(listed.legs, start=1)
    )


def _entry_order(
    env: Environment, username: str, trade_id: UUID, command: PlaceTrade, listed: Listed, mark: TagMark
) -> Order:
    order_id = env.randomness.uuid7(env.clock.now())
    legs = tuple(
        OrderLeg(leg_no=number, symbol=leg.symbol, side=leg.terms.side.opens_by, ratio=leg.terms.ratio)
        for number, leg in enumerate(listed.legs, start=1)
    )
    return Order(
        id=order_id,
        username=username,
        trade_id=trade_id,
        role=OrderRole.ENTRY,
        tag=mark.tag(order_id),
        status=OrderStatus.INTENT,
        type=command.order_type,
        side=command.side.opens_by,
        symbol=command.ticker if command.is_structure else legs[0].symbol,
        quantity=Decimal(command.qty),
        limit_price=command.limit_price,
        duration=Duration.DAY,
        legs=legs if command.is_structure else (),
    )


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

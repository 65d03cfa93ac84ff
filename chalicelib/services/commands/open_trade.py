"""The one door by which a trade begins, whoever asks (W-07): counted, then stored with its intent."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.brokers.capabilities import CAPABILITIES
from chalicelib.domain.accounts import AccountRef, BrokerMode
from chalicelib.domain.analysis.order_book import order_book_of
from chalicelib.domain.people import UserState
from chalicelib.domain.structures.shapes import Shape
from chalicelib.domain.trading.commands import PlaceTrade
from chalicelib.domain.trading.legs import Leg
from chalicelib.domain.trading.limits import Limits, breaches
from chalicelib.domain.trading.order_tags import TagMark
from chalicelib.domain.trading.orders import Duration, Order, OrderLeg, OrderRole, OrderStatus, OrderType
from chalicelib.domain.trading.quota import Stored, quota_breaches, weigh
from chalicelib.domain.trading.trades import Actor, Originator, TradeStatus, TriggerPrecision
from chalicelib.services.commands.book_gate import check_book
from chalicelib.services.commands.check_switch import check_switch
from chalicelib.services.commands.chosen_mode import chosen_mode
from chalicelib.services.commands.collateral import FreeCash, check_collateral
from chalicelib.services.commands.listed import Listed
from chalicelib.services.commands.netted import check_netted
from chalicelib.services.commands.stops_of_pair import NO_STOP_LEFT, stops_for_entry
from chalicelib.services.commands.ticket import Ticket
from chalicelib.services.environment import Environment
from chalicelib.services.errors import FieldError, Forbidden, Invalid, RiskLimitReached
from chalicelib.store.desk.door import door_ahead, read_at_the_door
from chalicelib.store.trades.exposure import exposure, exposure_ahead
from chalicelib.store.trades.new_trades import NewTrade, insert_new_trade
from chalicelib.store.trades.orders import insert_order
from chalicelib.store.trades.portfolio import touch_portfolio
from chalicelib.store.trades.promised import uncounted_ahead
from chalicelib.store.trades.transitions import insert_transition
from chalicelib.store.turns import take_turn
from chalicelib.store.users import settings
from chalicelib.store.users.settings import UserSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry that was validated: what is asked for, as the market has it, and on whose behalf.

    `free_cash` is what the broker says is free, None where the entry puts none aside; `mark` tags its order.
    `ticket` is what it comes of where no person asks for it, `shadow_of` the live trade that it goes beside.
    """

    originator: Originator
    originator_id: str | None = None
    command: PlaceTrade
    listed: Listed
    free_cash: FreeCash | None
    mark: TagMark
    idempotency_key: str | None
    ticket: Ticket | None = None
    shadow_of: UUID | None = None


def account_of(rules: UserSettings, command: PlaceTrade) -> AccountRef:
    """Return the account that an entry goes to; raises Invalid where its owner cannot trade, or not this."""
    mode = chosen_mode(rules, command.broker_mode)
    if command.is_of_coins and mode.is_simulated:
        return rules.coins_account
    if command.is_of_coins is not mode.is_of_coins_alone:
        message = "This broker trades no coins." if command.is_of_coins else "This broker trades coins alone."
        raise Invalid([FieldError(field="broker_mode", message=message)])
    account = rules.account(mode)
    assert account is not None, "where new trades go an account is named"
    return account


def open_trade(env: Environment, connection: Connection, read_before: UserSettings, entry: Entry) -> UUID:
    """Count an entry against collateral and limits and store it with its intent; returns the trade's id.

    Inside the caller's transaction, at READ COMMITTED. Raises Forbidden, Invalid and RiskLimitReached: then
    nothing is stored.
    """
    username, command, listed = read_before.username, entry.command, entry.listed
    take_turn(connection, username)  # limits are counted alone: hence READ COMMITTED (docs/adr/0003)
    mode = chosen_mode(read_before, command.broker_mode)
    exposure_ahead(connection, username, mode, env.clock.now(), of_coins=command.is_of_coins)
    door_ahead(connection, username)
    if entry.free_cash is not None:
        uncounted_ahead(connection, account_of(read_before, command), entry.free_cash.read_at)
    rules = settings.read(connection, username)
    assert rules is not None, "a signed-in user has settings"
    if rules.state is not UserState.ACTIVE:
        raise Forbidden("This account was ended.")
    door = read_at_the_door(connection, username)
    check_switch(door.rows, entry.originator)
    _check_live_market(rules, command)
    account = account_of(rules, command)
    check_collateral(connection, account, command, listed, entry.free_cash)
    check_netted(connection, account, listed)
    check_limits(env, connection, rules, command, listed, door.max_daily_loss)
    check_book(env, connection, username, mode, listed, command.qty, door.caps)
    if entry.ticket is not None:
        entry.ticket.check(connection, username, listed)
    stops_max = _stops_for(connection, rules, command)
    trade_id = _insert(env, connection, rules, entry, stops_max=stops_max)
    if entry.ticket is not None:
        entry.ticket.use(connection, username, trade_id)
    return trade_id


def open_shadow(
    env: Environment, connection: Connection, read_before: UserSettings, entry: Entry, trade_id: UUID
) -> UUID:
    """Store an entry once more on paper, beside the live trade that it made; returns the shadow's id (B-11).

    In the transaction that stored that one. Nothing is counted against it, and it counts against nothing.
    """
    on_paper = replace(
        entry,
        command=replace(entry.command, broker_mode=BrokerMode.PAPER),
        free_cash=None,
        idempotency_key=None,
        ticket=None,
        shadow_of=trade_id,
    )
    return _insert(env, connection, read_before, on_paper)


def _stops_for(connection: Connection, rules: UserSettings, command: PlaceTrade) -> int | None:
    """Return how many stops may rest for an entry, None for as many as it wants; raises Invalid for none."""
    stops_max = stops_for_entry(connection, account_of(rules, command), command)
    if stops_max == 0:
        raise Invalid([FieldError(field="sl_price", message=NO_STOP_LEFT)])
    return stops_max


def _insert(
    env: Environment,
    connection: Connection,
    rules: UserSettings,
    entry: Entry,
    *,
    stops_max: int | None = None,
) -> UUID:
    """Write a trade with its transition and the intent of its order."""
    username = rules.username
    new = _new_trade(env, rules, entry, stops_max)
    insert_new_trade(connection, new)
    insert_transition(
        connection,
        username,
        new.trade_id,
        transition_id=env.randomness.uuid7(env.clock.now()),
        from_status=None,
        to_status=TradeStatus.PENDING,
        actor=Actor.USER if entry.originator is Originator.PERSON else Actor.SYSTEM,
        reason="asked for",
    )
    insert_order(connection, _entry_order(env, username, new.trade_id, entry))
    touch_portfolio(connection, username, weight_of(entry.command))
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
    env: Environment,
    connection: Connection,
    rules: UserSettings,
    command: PlaceTrade,
    listed: Listed,
    max_daily_loss: Decimal | None,
) -> None:
    """Raise RiskLimitReached for the first limit that this entry would pass."""
    added = listed.heat(command.sl_price, command.qty)
    mode = chosen_mode(rules, command.broker_mode)
    now = exposure(connection, rules.username, mode, env.clock.now(), of_coins=command.is_of_coins)
    kept = Stored(trades=now.stored_trades, bytes=now.stored_bytes)
    limits = limits_of(rules, max_daily_loss)
    for breach in (*breaches(now, limits, added), *quota_breaches(kept, weight_of(command))):
        raise RiskLimitReached(breach.limit, breach.value, breach.allowed)


def limits_of(rules: UserSettings, max_daily_loss: Decimal | None) -> Limits:
    """Return the limits that a user's settings set; of the day's loss their desk's counts too (B-16)."""
    of_desk = rules.daily_loss_limit if max_daily_loss is None else max_daily_loss
    return Limits(
        account_balance=rules.account_balance,
        max_positions=rules.max_positions,
        daily_loss_limit=min(rules.daily_loss_limit, of_desk),
        heat_limit_pct=rules.heat_limit_pct,
    )


def _new_trade(env: Environment, rules: UserSettings, entry: Entry, stops_max: int | None) -> NewTrade:
    command, listed = entry.command, entry.listed
    account = account_of(rules, command)
    now = env.clock.now()
    # No broker here holds a stop over several legs: they are watched by our own clock (W-04).
    watched = command.is_structure or listed.shape in {Shape.SHARES}
    trigger_precision = TriggerPrecision.SNAPSHOT if watched else CAPABILITIES[account.mode].trigger_precision
    return NewTrade(
        trade_id=env.randomness.uuid7(now),
        username=rules.username,
        originator=entry.originator,
        originator_id=entry.originator_id,
        command=command,
        legs=_new_legs(env, listed, command.qty, now),
        target_ids=tuple(env.randomness.uuid7(now) for _ in command.targets),
        structure=listed.shape,
        risk_floor=listed.risk_floor,
        asked_price=listed.entry,
        broker_mode=account.mode,
        account_id=account.account_id,
        trigger_precision=trigger_precision,
        order_book=order_book_of(listed.terms, listed.quotes),
        idempotency_key=entry.idempotency_key,
        shadow_of=entry.shadow_of,
        stops_max=stops_max,
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
            price_step=None if leg.filters is None else leg.filters.tick,
            quantity_step=None if leg.filters is None else leg.filters.lot,
        )
        for number, leg in enumerate(listed.legs, start=1)
    )


def _entry_order(env: Environment, username: str, trade_id: UUID, entry: Entry) -> Order:
    command, listed = entry.command, entry.listed
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
        tag=entry.mark.tag(order_id),
        status=OrderStatus.INTENT,
        type=command.order_type,
        side=command.side.opens_by,
        symbol=command.ticker if command.is_structure else legs[0].symbol,
        quantity=command.qty,
        limit_price=command.limit_price,
        duration=Duration.DAY,
        legs=legs if command.is_structure else (),
    )

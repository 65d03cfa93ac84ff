"""Legs that end by themselves: settled in cash, assigned, exercised (W-05); booked in one transaction.

Each leg is closed by a SETTLEMENT fill of its own and told in the trade's history. Shares that come of it
close short or long shares of the same account first, and are a further leg of the same trade otherwise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.money import ZERO
from chalicelib.domain.spelling import in_dollars
from chalicelib.domain.structures.settlement import Outcome
from chalicelib.domain.trading.changing_facts import OrderFacts
from chalicelib.domain.trading.legs import Leg
from chalicelib.domain.trading.orders import Fill, FillKind, Order, OrderStatus
from chalicelib.domain.trading.position import Position, position_of
from chalicelib.domain.trading.settling import (
    LegEnd,
    ends_early,
    floor_of,
    is_over,
    loss_left,
    what_is_left,
)
from chalicelib.domain.trading.trades import Actor, ChangeState, CloseReason, Trade
from chalicelib.services.environment import Environment
from chalicelib.services.lifecycle.book_news import Booked, restate
from chalicelib.services.raise_alert import Severity, raise_alert
from chalicelib.store.trades.delivered_shares import insert_shares_leg
from chalicelib.store.trades.orders import insert_fill, load_fills, load_orders, save_order
from chalicelib.store.trades.trade_changes import load_pending_change, settle_change
from chalicelib.store.trades.trades import (
    LegFacts,
    load_trade,
    load_working_trades,
    save_leg_facts,
    save_trade,
)
from chalicelib.store.trades.transitions import insert_transition

_WORDS: Final = {Outcome.ASSIGNED: "assigned", Outcome.EXERCISED: "exercised"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling:
    """What ends legs of a trade: when, by what rule of a fill, and who is said to have done it."""

    at: datetime
    rule: str
    actor: Actor


def book_ends(
    env: Environment, connection: Connection, trade: Trade, ends: Sequence[LegEnd], how: Settling
) -> Trade:
    """Book the ends of legs on a trade whose row is locked; its state is its caller's to work out.

    Returns the trade as it stands, with the leg of shares that came; `ends` may be none.
    """
    for end in ends:
        _insert_fill(env, connection, trade, end.leg, abs(end.quantity), end.value, how, is_buy=end.is_buy)
        if trade.is_structure or end.outcome in _WORDS:
            _tell_history(env, connection, trade, end, how)
    for end in ends:
        if end.shares != 0:
            trade = _take_shares(env, connection, trade, end, how)
    return trade


def book_early(
    env: Environment, connection: Connection, trade_id: UUID, symbol: str, count: Decimal, rule: str
) -> Booked:
    """Book so many contracts of a trade's leg as assigned or exercised now, before they expired (W-05)."""
    trade = load_trade(connection, trade_id, lock=True)
    assert trade is not None
    number = trade.leg_of(symbol).leg_no
    book = next(one for one in position_now(connection, trade).books if one.leg.leg_no == number)
    end = ends_early(book, min(count, book.held))
    how = Settling(at=env.clock.now(), rule=rule, actor=Actor.BROKER)
    trade = book_ends(env, connection, trade, [end], how)
    return go_on_without(env, connection, trade, [end], closing=CloseReason.EXERCISED)


def close_legs(connection: Connection, trade: Trade, legs: Sequence[Leg], position: Position) -> None:
    """Keep of an ended structure that these legs ended by themselves: they hold nothing, apart from it."""
    if trade.is_structure:
        ended = [book for book in position.books if book.leg in legs]
        facts = [LegFacts(book.leg, book.entry_price, book.exit_price, ZERO) for book in ended]
        save_leg_facts(connection, facts)


def go_on_without(
    env: Environment, connection: Connection, trade: Trade, ends: Sequence[LegEnd], *, closing: CloseReason
) -> Booked:
    """Restate a trade of which legs ended, renew what it can lose, and tell its owner of a delivery.

    `closing` is why it has ended where nothing is left of it.
    """
    now = env.clock.now()
    position = position_now(connection, trade)
    if is_over(position):
        trade = save_trade(connection, trade, now, {"closing_reason": closing})
    booked = restate(env, connection, trade)
    trade = booked.trade
    if trade.is_ended:
        close_legs(connection, trade, [end.leg for end in ends], position)
    else:
        renew_risk(env, connection, trade)
    tell_deliveries(env, connection, trade, ends, position)
    return booked


def renew_risk(env: Environment, connection: Connection, trade: Trade) -> str:
    """Renew what a trade can lose now that legs went their own way; returns what is left of it in words."""
    position = position_now(connection, trade)
    loss = loss_left(position)
    if loss is not None:
        save_trade(connection, trade, env.clock.now(), {"risk_floor": floor_of(trade, loss)})
    return _rest(position, loss)


def _rest(position: Position, loss: Decimal | None) -> str:
    at_most = "without end" if loss is None else f"at most {in_dollars(loss)}"
    return f"left of the trade is {what_is_left(position)}, and from here it can lose {at_most}"


def position_now(connection: Connection, trade: Trade) -> Position:
    """Return what a trade's stored fills amount to."""
    orders = load_orders(connection, [trade.id]).get(trade.id, ())
    return position_of(load_fills(connection, trade.id), orders, trade.legs)


def tell_deliveries(
    env: Environment, connection: Connection, trade: Trade, ends: Sequence[LegEnd], position: Position
) -> None:
    """Tell of each leg that was assigned or exercised, with what is left and what that can lose."""
    rest = _rest(position, loss_left(position))
    if not trade.is_ended and not trade.protection.is_none:
        rest += "; its stop and target watch nothing any more"
    for end in ends:
        if end.outcome not in _WORDS:
            continue
        moved = "no shares changed hands"
        if end.shares != 0:
            verb = "bought" if end.shares > 0 else "sold"
            strike = end.leg.strike or ZERO
            moved = (
                f"the account {verb} {abs(end.shares).normalize():f} shares of {trade.ticker} "
                f"at {strike.normalize():f}"
            )
        word = _WORDS[end.outcome]
        raise_alert(
            env,
            connection,
            trade.username,
            severity=Severity.CRITICAL,
            kind=word,
            trade_id=trade.id,
            message=f"{end.quantity.normalize():f} of {end.leg.symbol} {word}: {moved}; {rest}.",
        )


def end_orders_over(
    env: Environment, connection: Connection, trade: Trade, legs: Sequence[Leg], why: str
) -> None:
    """Take for over what still works on legs that are gone, and the change that waits for them."""
    numbers = {leg.leg_no for leg in legs}
    for order in load_orders(connection, [trade.id]).get(trade.id, ()):
        if not order.is_ended and numbers & {moved.leg_no for moved in order.moves}:
            save_order(connection, order.id, _over(order, why, env.clock.now()))
    change = load_pending_change(connection, trade.id)
    if change is not None:
        settle_change(connection, change.id, state=ChangeState.FAILED, error=why, now=env.clock.now())


def _over(order: Order, why: str, now: datetime) -> OrderFacts:
    never_left = order.status is OrderStatus.INTENT
    return {
        "status": OrderStatus.CANCELED if never_left else OrderStatus.EXPIRED,
        "reason": why,
        "ended_at": now,
    }


def _take_shares(env: Environment, connection: Connection, trade: Trade, end: LegEnd, how: Settling) -> Trade:
    """Let shares come or go: first against what the account holds the other way, the rest as a new leg."""
    left = _against_own(env, connection, trade, end, end.shares, how)
    if left < 0 and end.leg.side is LegSide.SHORT:
        left = _out_of_the_account(env, connection, trade, end, left, how)
    if left == 0:
        return trade
    side = LegSide.LONG if left > 0 else LegSide.SHORT
    known = next((leg for leg in trade.legs if leg.origin is end.origin and leg.side is side), None)
    if known is None:
        known = insert_shares_leg(
            connection,
            trade,
            leg_id=env.randomness.uuid7(env.clock.now()),
            side=side,
            shares=abs(left),
            ratio=end.shares_per_structure,
            origin=end.origin,
        )
        found = load_trade(connection, trade.id)
        assert found is not None
        trade = found
    _deliver(env, connection, trade, known, abs(left), end, how, opens=True)
    return trade


def _against_own(
    env: Environment, connection: Connection, trade: Trade, end: LegEnd, shares: Decimal, how: Settling
) -> Decimal:
    """Deliver against shares of the same trade that are held the other way; returns what is left."""
    for book in position_now(connection, trade).books:
        leg = book.leg
        if leg.instrument is not Instrument.EQUITY or leg.side.sign * shares >= 0 or book.held <= 0:
            continue
        moved = min(book.held, abs(shares))
        _deliver(env, connection, trade, leg, moved, end, how, opens=False)
        shares += leg.side.sign * moved
    return shares


def _out_of_the_account(
    env: Environment, connection: Connection, trade: Trade, end: LegEnd, shares: Decimal, how: Settling
) -> Decimal:
    """Deliver shares that other trades of the account hold, oldest first: they cover the call (W-01)."""
    for other in load_working_trades(connection, trade.account):
        if other.id == trade.id or other.ticker != trade.ticker or shares == 0:
            continue
        locked = load_trade(connection, other.id, lock=True)
        assert locked is not None
        left = _against_own(env, connection, locked, end, shares, how)
        if left != shares:
            shares = left
            go_on_without(env, connection, locked, (), closing=CloseReason.EXERCISED)
    return shares


def _deliver(
    env: Environment,
    connection: Connection,
    trade: Trade,
    leg: Leg,
    shares: Decimal,
    end: LegEnd,
    how: Settling,
    *,
    opens: bool,
) -> None:
    """Book shares at the strike: they open their leg, or close it."""
    assert end.leg.strike is not None
    side = leg.side.opens_by if opens else leg.side.closes_by
    _insert_fill(env, connection, trade, leg, shares, end.leg.strike, how, is_buy=side.is_buy)


def _insert_fill(
    env: Environment,
    connection: Connection,
    trade: Trade,
    leg: Leg,
    quantity: Decimal,
    price: Decimal,
    how: Settling,
    *,
    is_buy: bool,
) -> None:
    fill = Fill(
        id=env.randomness.uuid7(env.clock.now()),
        username=trade.username,
        trade_id=trade.id,
        order_id=None,
        kind=FillKind.SETTLEMENT,
        is_buy=is_buy,
        quantity=quantity,
        price=price,
        fees=ZERO,
        fill_rule=how.rule,
        filled_at=how.at,
        leg_no=leg.leg_no,
    )
    insert_fill(connection, fill, None)


def _tell_history(env: Environment, connection: Connection, trade: Trade, end: LegEnd, how: Settling) -> None:
    """Record an event of a leg: a row that moves no state (B-16)."""
    insert_transition(
        connection,
        trade.username,
        trade.id,
        transition_id=env.randomness.uuid7(env.clock.now()),
        from_status=trade.status,
        to_status=trade.status,
        actor=how.actor,
        reason=end.outcome.event,
    )

"""Booking what happened: one transaction turns a broker's word into order states, fills and transitions.

Every function runs inside its caller's transaction, under the trade's row lock, and is repeatable: news that
was booked before changes nothing.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.money import ZERO, percent, to_price
from chalicelib.domain.trading.booking import OrderNews
from chalicelib.domain.trading.books import still_missing
from chalicelib.domain.trading.changing_facts import TradeFacts, differing
from chalicelib.domain.trading.excursions import excursions_of
from chalicelib.domain.trading.figures import price_facts, risk_basis_of
from chalicelib.domain.trading.judged_news import JudgedNews, judge
from chalicelib.domain.trading.lifecycle import Move, Standing, standing
from chalicelib.domain.trading.orders import Fill, Order, check_order_edge
from chalicelib.domain.trading.position import LegBook, Position, position_of
from chalicelib.domain.trading.slices import unfinished
from chalicelib.domain.trading.trades import ChangeState, CloseReason, Trade, check_transition
from chalicelib.services.environment import Environment
from chalicelib.services.lifecycle.after_the_end import look_after_the_end
from chalicelib.services.lifecycle.amendments import amend, may_amend
from chalicelib.services.lifecycle.new_fills import fees_of, fill_of
from chalicelib.services.lifecycle.refused_protection import note_refused
from chalicelib.services.lifecycle.told_of_automation import tell_of_automation
from chalicelib.services.lifecycle.told_of_fills import tell_excess, tell_uneven
from chalicelib.services.raise_alert import resolve_alerts_of_trade
from chalicelib.store.market.snapshots import marks_until
from chalicelib.store.trades.orders import (
    fills_ahead,
    in_order,
    insert_fill,
    load_fills,
    load_orders,
    orders_ahead,
    save_order,
)
from chalicelib.store.trades.trade_changes import end_changes
from chalicelib.store.trades.trades import (
    LegFacts,
    legs_ahead,
    load_trade,
    lock_ahead,
    save_leg_facts,
    save_trade,
)
from chalicelib.store.trades.transitions import insert_transition

_LOG: Final = logging.getLogger("papertape.trades")
_SECONDS_PER_HOUR: Final = Decimal(3600)


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """A trade after the news, and what a caller may want to act on."""

    trade: Trade
    opened: bool
    ended: bool


def book_news(
    env: Environment, connection: Connection, trade_id: UUID, news: Sequence[tuple[UUID, OrderNews]]
) -> Booked:
    """Book news of a trade's orders; the trade's row is locked first so that two workers take turns."""
    trade = load_trade(connection, trade_id, lock=True)
    assert trade is not None, "news of a trade that this user does not have"
    orders = load_orders(connection, [trade_id]).get(trade_id, ())
    by_id = {order.id: order for order in orders}
    if trade.is_ended:
        told = [judge(by_id[order_id], one) for order_id, one in news]
        return _book_on_ended(env, connection, trade, told)
    refused: list[tuple[Order, str | None]] = []
    fills = load_fills(connection, trade_id)
    for order_id, one in news:
        judged = judge(by_id[order_id], one)
        refused += [(judged.order, one.reason)] if judged.is_refusal else []
        by_id[order_id], new = _book_order(
            env, connection, trade, judged, fees_before=fees_of(fills, order_id)
        )
        fills += new
        if judged.is_left_uneven:
            tell_uneven(env, connection, trade, by_id[order_id])
    # What was just written is known: it is not read back, and its writes go out with the next ones.
    booked = _restate(env, connection, trade, tuple(by_id.values()), in_order(fills), before=orders)
    if refused:
        note_refused(env, connection, booked.trade, refused)
    return booked


def ahead_of_news(connection: Connection, trade_id: UUID) -> None:
    """Read what booking news begins with together; for transactions that see one snapshot."""
    lock_ahead(connection, trade_id)
    legs_ahead(connection, [trade_id])
    orders_ahead(connection, [trade_id])
    fills_ahead(connection, trade_id)


def _book_on_ended(
    env: Environment, connection: Connection, trade: Trade, told: Sequence[JudgedNews]
) -> Booked:
    """Book what is told of a trade whose facts are final: states as ever, fills as corrections (A-01)."""
    booked = [one for one in told if not one.fills]
    late = [one for one in told if one.fills]
    if late and may_amend(connection):
        booked += late
    before = load_fills(connection, trade.id)
    fills = [
        fill
        for one in booked
        for fill in _book_order(env, connection, trade, one, fees_before=fees_of(before, one.order.id))[1]
    ]
    amend(env, connection, trade, fills)
    return Booked(trade=trade, opened=False, ended=False)


def restate(env: Environment, connection: Connection, trade: Trade) -> Booked:
    """Work out a trade's quantities, money and state from its orders and fills, and store what changed."""
    fills_ahead(connection, trade.id)
    orders = load_orders(connection, [trade.id]).get(trade.id, ())
    return _restate(env, connection, trade, orders, load_fills(connection, trade.id), before=orders)


def _restate(
    env: Environment,
    connection: Connection,
    trade: Trade,
    orders: Sequence[Order],
    fills: Sequence[Fill],
    *,
    before: Sequence[Order],
) -> Booked:
    """Restate with the orders as they stand now; `before` is how they stood."""
    position = position_of(fills, orders, trade.legs)
    stands = standing(trade, orders, position, still_missing(trade, before, orders, position.held))
    status_before, version_before = trade.status, trade.version
    opened = trade.filled_qty == 0 and position.filled_qty > 0
    held = trade
    if stands.close_reason is not None and position.last_at is not None:
        held = _without_later_marks(connection, trade, position, fills)
    if stands.excess_qty > 0 and trade.excess_qty == 0:
        tell_excess(env, connection, trade, stands.excess_qty)
    facts = _facts(held, position, stands) | _next_target(trade, orders)
    if position.lacks_a_leg:
        facts["closing_reason"] = CloseReason.STRATEGY_EXIT
    trade = move(env, connection, trade, stands.moves, facts)
    trade = save_legs(connection, trade, position)
    if trade.version == version_before and _went_apart(position) and not trade.is_ended:
        # What a leg holds is its owner's to decide on like what the trade holds (I-22).
        trade = save_trade(connection, trade, env.clock.now(), {"version": trade.version + 1})
    ended = trade.is_ended and status_before is not trade.status
    tell_of_automation(env, connection, trade, position, opened=opened, ended=ended)
    return Booked(trade=trade, opened=opened, ended=ended)


def _next_target(trade: Trade, orders: Sequence[Order]) -> TradeFacts:
    """Return which of several targets comes next, once one of them has sold its share."""
    if not trade.targets or trade.is_ended:
        return {}
    left = unfinished(trade.protection, orders)
    return {"tp_price": left[0].price if left else None}


def _went_apart(position: Position) -> bool:
    """Say whether a leg holds something else beside the others than it is stored to."""
    return any(position.apart(book) != book.leg.apart_qty for book in position.books)


def save_legs(connection: Connection, trade: Trade, position: Position) -> Trade:
    """Write what each leg was opened at, what it was closed at once it is, and what is held of it apart.

    Returns the trade with its legs as they then are. Of a trade that has ended, legs that went before it hold
    nothing; the others show what was held of them.
    """

    def facts(book: LegBook) -> LegFacts:
        is_closed = trade.is_ended or (book.opened > 0 and book.held <= 0)
        went_before = ZERO if book.leg.apart_qty == 0 else None
        return LegFacts(
            leg=book.leg,
            entry_price=book.entry_price,
            close_price=book.exit_price if is_closed else None,
            apart_qty=went_before if trade.is_ended else position.apart(book),
        )

    known = [facts(book) for book in position.books]
    save_leg_facts(connection, known)
    legs = {
        one.leg.leg_no: replace(
            one.leg, entry_price=one.entry_price, close_price=one.close_price, apart_qty=one.apart_qty
        )
        for one in known
    }
    return replace(trade, legs=tuple(legs.get(leg.leg_no, leg) for leg in trade.legs))


def move(
    env: Environment,
    connection: Connection,
    trade: Trade,
    moves: Sequence[Move],
    changes: TradeFacts | None = None,
) -> Trade:
    """Take a trade along its transitions, each checked and recorded, together with other changed facts.

    All but the last are written alone, so that the database checks every edge too.
    """
    now = env.clock.now()
    for index, one in enumerate(moves):
        check_transition(trade.status, one.to_status)
        insert_transition(
            connection,
            trade.username,
            trade.id,
            transition_id=env.randomness.uuid7(now),
            from_status=trade.status,
            to_status=one.to_status,
            actor=one.actor,
            reason=one.reason,
        )
        _LOG.info(
            "a trade moves",
            extra={"trade_id": str(trade.id), "from": trade.status.value, "to": one.to_status.value},
        )
        is_last = index == len(moves) - 1
        reached: TradeFacts = {"status": one.to_status}
        facts = reached | changes if is_last and changes is not None else reached
        trade = save_trade(connection, trade, now, differing(trade, facts))
    if not moves and changes:
        trade = save_trade(connection, trade, now, differing(trade, changes))
    if moves and trade.is_ended:
        _end_waiting_change(connection, trade, now)
        resolve_alerts_of_trade(connection, trade.username, trade.id)
        look_after_the_end(connection, trade, now)
    return trade


def _end_waiting_change(connection: Connection, trade: Trade, now: datetime) -> None:
    """A change that waited for the session, or for its owner, has nothing left to change (I-28)."""
    detail = "the trade ended before it could be carried out"
    end_changes(connection, trade.id, state=ChangeState.SUPERSEDED, error=detail, now=now)


def _book_order(
    env: Environment, connection: Connection, trade: Trade, judged: JudgedNews, *, fees_before: Decimal
) -> tuple[Order, list[Fill]]:
    """Book what is new of an order; returns it as it then stands, and a fill for each leg that filled.

    `fees_before` is what its fills booked so far have cost.
    """
    now = env.clock.now()
    order = judged.order
    check_order_edge(order.status, judged.status)
    fills = [
        fill_of(env, trade, judged, new, fees_before=None if number else fees_before)
        for number, new in enumerate(judged.fills)
    ]
    for fill, new in zip(fills, judged.fills, strict=True):
        insert_fill(connection, fill, new.units)
    changes = judged.changes(now)
    if changes:
        save_order(connection, order.id, changes)
    return replace(order, **changes), fills


def _facts(trade: Trade, position: Position, stands: Standing) -> TradeFacts:
    facts: TradeFacts = {
        "filled_qty": position.filled_qty,
        "open_qty": stands.open_qty,
        "excess_qty": stands.excess_qty,
        "missing_qty": stands.missing_qty,
        "entry_price": position.entry_price,
        "entry_date": position.first_at,
        "fees": position.fees,
    } | price_facts(trade, position.entry_price, None, position.filled_qty)
    if position.filled_qty > 0 and trade.filled_qty == 0:
        facts |= {"max_gain": ZERO, "max_drawdown": ZERO}
    if stands.close_reason is None:
        if position.realized_so_far is not None:
            facts["realized_pnl"] = position.realized_so_far
        return facts
    facts |= {
        "close_reason": stands.close_reason,
        "close_detail": stands.close_detail,
        "close_requested_at": None,
        "closing_qty": None,
        "cancel_requested_at": None,
        "unprotected_since": None,
    }
    return facts | closing_facts(trade, position) if position.filled_qty > 0 else facts


def _without_later_marks(
    connection: Connection, trade: Trade, position: Position, fills: Sequence[Fill]
) -> Trade:
    """Return the trade with its best and worst as of its last fill: a snapshot may have come between that
    and the sync that learnt of it (I-14).
    """
    assert position.first_at is not None
    assert position.last_at is not None
    if not trade.is_whole:
        return trade  # no mark of the structure says what its legs were worth one by one
    marks = marks_until(connection, trade.id, position.first_at, position.last_at)
    if marks is None:
        return trade
    seen = excursions_of(marks, fills, trade.legs)
    return replace(trade, max_gain=seen.best, max_drawdown=seen.worst)


def closing_facts(trade: Trade, position: Position) -> TradeFacts:
    """Return the outcome's figures: realised net of fees, excursions compared gross (I-13, I-14)."""
    assert position.first_at is not None
    assert position.last_at is not None
    assert position.entry_price is not None
    basis = risk_basis_of(trade, position.entry_price, position.filled_qty)
    held_seconds = Decimal(max((position.last_at - position.first_at).total_seconds(), 0))
    best = max(trade.max_gain or ZERO, position.gross_pnl)
    return {
        "close_price": position.exit_price,
        "close_date": position.last_at,
        "realized_pnl": position.net_pnl,
        "realized_pnl_pct": percent(position.net_pnl, basis),
        "hold_duration_h": to_price(held_seconds / _SECONDS_PER_HOUR),
        "max_gain": best,
        "max_drawdown": min(trade.max_drawdown or ZERO, position.gross_pnl),
        "drawdown_from_peak": min(trade.drawdown_from_peak or ZERO, position.gross_pnl - best),
        "unrealized_pnl": None,
        **price_facts(trade, position.entry_price, position.exit_price, position.filled_qty),
    }

"""Settle what expired (A-06, W-05) at the intrinsic value of its one price, or not until there is one.

All legs of one expiry settle on one price of one time (I-17); legs of a later one live on.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection

from chalicelib.brokers.capabilities import CAPABILITIES
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.instruments.index_classes import is_cash_settled
from chalicelib.domain.money import CENT, ZERO
from chalicelib.domain.structures.exposure import intrinsic
from chalicelib.domain.structures.settlement import delivers_shares
from chalicelib.domain.structures.shapes import Shape, recognise
from chalicelib.domain.trading.changing_facts import TradeFacts
from chalicelib.domain.trading.legs import Leg
from chalicelib.domain.trading.lifecycle import Move
from chalicelib.domain.trading.position import Position
from chalicelib.domain.trading.settling import LegEnd, ends_at_expiry, is_over
from chalicelib.domain.trading.trades import HOLDING, Actor, CloseReason, Trade, TradeStatus
from chalicelib.services.accounts.keeper import AccountKeeper
from chalicelib.services.expiry.exercise import open_exercised_shares
from chalicelib.services.expiry.settlement_prices import SettlementPrices, SettlesAt, why_pending
from chalicelib.services.lifecycle.book_news import Booked, closing_facts, move, save_legs
from chalicelib.services.lifecycle.edge_snapshots import EdgeSnapshots
from chalicelib.services.lifecycle.settle_legs import (
    Settling,
    book_ends,
    close_legs,
    end_orders_over,
    go_on_without,
    position_now,
    tell_deliveries,
)
from chalicelib.services.raise_alert import Severity, raise_alert, resolve_alert
from chalicelib.store.trades.trades import load_trade, load_working_trades
from chalicelib.vendors.errors import VendorError

#: A-06: settlement begins this long after what decides a contract's worth.
SETTLE_AFTER: Final = timedelta(minutes=30)
_PENDING: Final = "settlement_pending"
_WHY: Final = "the contract expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Due:
    """Legs of a trade that settle together, on one price of the underlying."""

    legs: tuple[Leg, ...]
    at: SettlesAt
    price: Decimal


def is_held(trade: Trade, in_doubt: Collection[str]) -> bool:
    """Say whether the account is known to hold all of a trade: nothing else is settled (I-31)."""
    is_lacking = trade.missing_qty > 0 or any(trade.missing_of(leg) > 0 for leg in trade.legs)
    return not is_lacking and trade.symbols.isdisjoint(in_doubt)


class ExpirySettlement:
    """Settles one account's expired legs, under its lease."""

    def __init__(self, keeper: AccountKeeper, calendar: MarketCalendar) -> None:
        self._keeper = keeper
        self._env = keeper.env
        self._prices = SettlementPrices(keeper.env, keeper.username, calendar)
        self._snapshots = EdgeSnapshots(keeper)

    def due(self) -> list[Trade]:
        """Return the account's trades with a leg whose worth was decided 30 minutes ago or more."""
        trades = self._env.database.run(
            lambda connection: load_working_trades(connection, self._keeper.account),
            username=self._keeper.username,
        )
        return [trade for trade in trades if trade.status in HOLDING and self._expired(trade)]

    def _expired(self, trade: Trade) -> dict[SettlesAt, tuple[Leg, ...]]:
        """Return the expired legs that are not settled yet, by what settles them."""
        found: dict[SettlesAt, tuple[Leg, ...]] = {}
        for leg in trade.legs:
            at = None if leg.apart_qty == 0 else self._prices.settles_at(leg)
            if at is not None and self._env.clock.now() >= at.instant + SETTLE_AFTER:
                found[at] = (*found.get(at, ()), leg)
        return found

    def settle(self, trade: Trade) -> bool:
        """Settle a trade's expired legs; False while a price of theirs is not to be had (alerted)."""
        expired = self._expired(trade)
        due = []
        for at, legs in expired.items():
            price = self._prices.of(trade, legs, at)
            if price is not None:
                due.append(_Due(legs=legs, at=at, price=price))
        is_whole = len(due) == len(expired)
        if due and not self._settles_at_broker(due):
            return False
        if due:
            booked: Booked = self._keeper.write(
                lambda connection: self._book(connection, trade, due, is_whole=is_whole)
            )
            self._snapshots.after(booked)
        if not is_whole:
            priced = {one.at for one in due}
            (at, legs), *_ = ((at, legs) for at, legs in expired.items() if at not in priced)
            why = why_pending(legs, at)
            self._keeper.write(lambda connection: self._alert_pending(connection, trade, why))
        return is_whole

    def _settles_at_broker(self, due: Sequence[_Due]) -> bool:
        """Have books of our own settle on the same prices, before ours say so; False when they cannot now.

        What they did once they do not do again: a worker that dies after this leaves the rest to the next.
        """
        if self._keeper.broker.capabilities.is_outside:
            return True
        prices = {leg.symbol: one.price for one in due for leg in one.legs}
        try:
            self._env.paper_floor.clearing(self._keeper.username).settle(prices)
        except VendorError:
            return False
        return True

    def _book(self, connection: Connection, trade: Trade, due: Sequence[_Due], *, is_whole: bool) -> Booked:
        locked = load_trade(connection, trade.id, lock=True)
        if locked is None or locked.status not in HOLDING:
            return Booked(trade=trade, opened=False, ended=False)
        gone = [leg for one in due for leg in one.legs]
        end_orders_over(self._env, connection, locked, gone, _WHY)
        ends: list[LegEnd] = []
        delivers = _delivers(locked)
        before = position_now(connection, locked)
        for one in due:
            numbers = {leg.leg_no for leg in one.legs}
            ended = ends_at_expiry(before.books, numbers, one.price, delivers=delivers)
            locked = book_ends(self._env, connection, locked, ended, _settling(one))
            ends += ended
        position = position_now(connection, locked)
        if is_whole:
            resolve_alert(connection, locked.username, kind=_PENDING, trade_id=locked.id)
        if not is_over(position):
            return go_on_without(self._env, connection, locked, ends, closing=CloseReason.EXERCISED)
        ended_as = self._end_trade(connection, locked, due, ends, position)
        tell_deliveries(self._env, connection, ended_as, ends, position)
        return Booked(trade=ended_as, opened=False, ended=True)

    def _end_trade(
        self,
        connection: Connection,
        trade: Trade,
        due: Sequence[_Due],
        ends: Sequence[LegEnd],
        position: Position,
    ) -> Trade:
        reason = _reason(trade, due)
        last = due[-1]
        expired_as: TradeFacts = {
            "close_reason": reason,
            "close_detail": f"{last.at.name} {last.price.normalize():f}",
            "open_qty": ZERO,
            "excess_qty": ZERO,
            "missing_qty": ZERO,
            "filled_qty": position.filled_qty,
            "close_requested_at": None,
            "cancel_requested_at": None,
            "unprotected_since": None,
        }
        worth = position.exit_price if trade.is_structure else intrinsic(trade.legs[0].terms, last.price)
        at = "" if worth is None else f": settled at {worth.normalize():f}"
        expired = Move(to_status=TradeStatus.EXPIRED, actor=Actor.SYSTEM, reason=f"{reason}{at}")
        ended = move(self._env, connection, trade, [expired], closing_facts(trade, position) | expired_as)
        ended = save_legs(connection, ended, position)
        close_legs(connection, ended, [end.leg for end in ends], position)
        if reason is CloseReason.EXERCISED:
            open_exercised_shares(self._env, connection, trade, last.price, last.at.instant)
        return ended

    def _alert_pending(self, connection: Connection, trade: Trade, why: str) -> None:
        raise_alert(
            self._env,
            connection,
            trade.username,
            severity=Severity.WARNING,
            kind=_PENDING,
            trade_id=trade.id,
            message=f"{trade.ticker} has expired, but {why}.",
            lasting=True,
        )


def _settling(one: _Due) -> Settling:
    return Settling(at=one.at.instant, rule="intrinsic", actor=Actor.SYSTEM)


def _is_exercised_apart(trade: Trade) -> bool:
    """Say whether its shares are a trade of their own, counted from the close: one long option (ADR 0019)."""
    return not trade.is_structure and trade.legs[0].side.sign > 0


def _delivers(trade: Trade) -> bool:
    """Say whether its legs in the money become shares of the same trade."""
    if _is_exercised_apart(trade):
        return False
    can = CAPABILITIES[trade.broker_mode]
    shape = recognise([leg.terms for leg in trade.legs if leg.origin is None])
    # A short call alone is covered by shares of the same account: nothing else could be opened (W-01).
    shape = Shape.COVERED_CALL if shape is Shape.SHORT_CALL else shape
    return delivers_shares(
        broker_delivers=can.delivers_shares,
        is_cash_settled=is_cash_settled(trade.ticker),
        is_on_paper=not can.is_outside,
        shape=shape,
    )


def _reason(trade: Trade, due: Sequence[_Due]) -> CloseReason:
    """Name the outcome: in the money is any leg by a cent."""
    inside = any(intrinsic(leg.terms, one.price) >= CENT for one in due for leg in one.legs)
    if not inside:
        return CloseReason.EXPIRED_OTM
    is_delivered = CAPABILITIES[trade.broker_mode].delivers_shares and not is_cash_settled(trade.ticker)
    if is_delivered and _is_exercised_apart(trade) and trade.open_qty > 0:
        return CloseReason.EXERCISED
    return CloseReason.EXPIRED_ITM

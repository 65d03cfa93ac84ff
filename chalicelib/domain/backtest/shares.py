"""Shares beside structures: what covered calls are written on, and what assignments bring and take."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from chalicelib.domain.backtest.books import Filled, OrderedLeg
from chalicelib.domain.backtest.positions import SHARES, HeldLeg
from chalicelib.domain.backtest.seen import Seen
from chalicelib.domain.desk.strategies.strategy_types import StrategyType
from chalicelib.domain.instruments.sides import LegSide, OrderSide
from chalicelib.domain.money import ZERO

if TYPE_CHECKING:
    from chalicelib.domain.backtest.run import Run

_LOT: Final = Decimal(100)


def begin_with_shares(run: "Run", seen: Seen) -> None:
    """Buy what a covered call writes on, once: the shares of all its calls, as far as cash allows."""
    if run.strategy.type is not StrategyType.COVERED_CALL or run.has_traded or seen.spot is None:
        return
    calls = (run.strategy.sizing.qty or 1) * run.strategy.max_positions
    affordable = int(float(run.books.free_cash()) // (seen.spot * float(_LOT)))
    move_shares(run, OrderSide.BUY_TO_OPEN, min(calls, affordable) * _LOT, seen)


def move_shares(run: "Run", side: OrderSide, quantity: Decimal, seen: Seen) -> Filled | None:
    """Buy shares, or sell them, at the underlying's price."""
    symbol = run.strategy.underlying
    quotes = seen.of_shares(symbol)
    if quantity <= 0 or not quotes:
        return None
    leg = OrderedLeg(symbol=symbol, side=side, ratio=1)
    filled = run.books.trade([leg], quantity, None, quotes, seen.at, symbol)
    if filled is not None and not side.is_closing:
        hold_shares(run, filled.quantity, filled.price, seen.at)
    return filled


def hold_shares(run: "Run", quantity: Decimal, price: Decimal, at: datetime) -> None:
    """Note a lot of shares that came at a price."""
    legs = (HeldLeg(symbol=run.strategy.underlying, side=LegSide.LONG, ratio=1, entry_price=price),)
    run.hold(SHARES, legs, Filled(quantity=quantity, price=price, leg_prices=(price,), fees=ZERO), at)


def give_shares(run: "Run", quantity: Decimal, price: Decimal, at: datetime, reason: str) -> None:
    """Write shares down that went at a price, the oldest lots first."""
    for lot in [one for one in run.open if one.are_shares]:
        gone = min(lot.left, quantity)
        quantity -= gone
        legs: tuple[HeldLeg, ...] = tuple(
            replace(leg, closed_for=leg.closed_for + price * gone) for leg in lot.legs
        )
        left = replace(lot, legs=legs, left=lot.left - gone)
        if left.left > 0:
            run.put_back(left)
        else:
            run.end(left, at, reason)
        if quantity <= 0:
            return

"""What a loss is made of: plan, bracket, excursion, the market's move. Facts and sums; nothing is guessed.

Money is dollars for the whole quantity, cash in positive; prices are per share. What is not known is None.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from chalicelib.domain.money import ZERO, percent, to_cents

#: Vega is per volatility point, and implied volatility a fraction.
_POINTS: Final = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What was planned at the entry: its stop and target, and how much each was worth, gross."""

    stop_price: Decimal | None
    target_price: Decimal | None
    at_stop: Decimal | None
    at_target: Decimal | None


def plan(
    *, entry_price: Decimal, stop_price: Decimal | None, target_price: Decimal | None, shares: Decimal
) -> Plan:
    """Work out what the first stop and target meant.

    `shares` is quantity times multiplier, below 0 if held short.
    """
    return Plan(
        stop_price=stop_price,
        target_price=target_price,
        at_stop=None if stop_price is None else to_cents((stop_price - entry_price) * shares),
        at_target=None if target_price is None else to_cents((target_price - entry_price) * shares),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeks:
    """At the entry, per share: theta a day, vega a volatility point."""

    delta: Decimal | None
    theta: Decimal | None
    vega: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """How the market moved while the trade was held."""

    underlying: Decimal | None
    iv: Decimal | None
    """As a fraction: 0.05 is five points."""
    days: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """A first-order split of the gross result by the Greeks of the entry.

    `rest` is what they leave: curvature, spread, jumps, and that Greeks change on the way. None of a part
    makes `rest` None, too.
    """

    from_underlying: Decimal | None
    from_volatility: Decimal | None
    from_time: Decimal | None
    rest: Decimal | None


def split(gross: Decimal, greeks: Greeks, move: Move, shares: Decimal) -> Parts:
    """Split a result into delta · ΔS, vega · ΔIV and theta · Δt, each times the shares.

    Source: the first-order terms of the Taylor expansion of an option's price; Hull, "Options, Futures, and
    Other Derivatives", chapter on the Greek letters.
    """
    by_delta = _product(greeks.delta, move.underlying, shares)
    by_vega = _product(greeks.vega, None if move.iv is None else move.iv * _POINTS, shares)
    by_theta = _product(greeks.theta, move.days, shares)
    known = [part for part in (by_delta, by_vega, by_theta) if part is not None]
    return Parts(
        from_underlying=by_delta,
        from_volatility=by_vega,
        from_time=by_theta,
        rest=to_cents(gross - sum(known, ZERO)) if len(known) == 3 else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LegMove:
    """What one leg was when it was entered, and what became of its market; `shares` below 0 if short."""

    greeks: Greeks
    move: Move
    shares: Decimal


def split_by_legs(gross: Decimal, legs: Sequence[LegMove]) -> Parts:
    """Split a structure's result: each leg by its own Greeks, volatility and time, the parts added up.

    A part that is not known of one leg is not known of all of them; without legs nothing is.
    """
    each = [split(ZERO, leg.greeks, leg.move, leg.shares) for leg in legs]
    by_delta = _sum(part.from_underlying for part in each)
    by_vega = _sum(part.from_volatility for part in each)
    by_theta = _sum(part.from_time for part in each)
    known = [part for part in (by_delta, by_vega, by_theta) if part is not None]
    return Parts(
        from_underlying=by_delta,
        from_volatility=by_vega,
        from_time=by_theta,
        rest=to_cents(gross - sum(known, ZERO)) if len(known) == 3 else None,
    )


def _sum(parts: Iterable[Decimal | None]) -> Decimal | None:
    told = list(parts)
    known = [part for part in told if part is not None]
    return sum(known, ZERO) if known and len(known) == len(told) else None


def slippage(side_price: Decimal | None, fill_price: Decimal | None, shares: Decimal) -> Decimal | None:
    """Return what a sale brought less than its trigger price promised; negative when it brought more."""
    if side_price is None or fill_price is None:
        return None
    return to_cents((side_price - fill_price) * shares)


def change_pct(before: Decimal | None, after: Decimal | None) -> Decimal | None:
    """Return the change in per cent, None when either is not known or there is no base."""
    if before is None or after is None or before == 0:
        return None
    return percent(after - before, before)


def _product(greek: Decimal | None, move: Decimal | None, shares: Decimal) -> Decimal | None:
    return None if greek is None or move is None else to_cents(greek * move * shares)

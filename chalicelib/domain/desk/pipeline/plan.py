"""EXECUTION: from which price an entry walks, and how far at worst (B-05).

Prices are the trade's own (W-02): of one leg the option's, of several what one pays for a unit, below 0 for
a credit. The worst is the last at which the expected value is above 0 and the least credit is still met.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final

from chalicelib.domain.desk.pipeline.case import Case
from chalicelib.domain.desk.pipeline.sizing import max_loss_of_one, size
from chalicelib.domain.desk.pipeline.verdicts import Stage, Verdict, judged, lacks
from chalicelib.domain.desk.selection.economics import ev_at, mid_credit_of
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.instruments.ticks import COMBINED_TICK, tick_size

STEP: Final = Decimal("0.05")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedLeg:
    """One leg of the order: `ratio` contracts of it in one structure."""

    symbol: str
    side: LegSide
    ratio: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedOrder:
    """What is walked: from `limit_price` to `worst` by `step`, signed as the trade is (W-02)."""

    legs: tuple[ProposedLeg, ...]
    limit_price: Decimal
    worst: Decimal
    step: Decimal
    qty: int
    expiry: date
    structure: str


def execution(case: Case) -> tuple[Verdict, ProposedOrder | None]:
    """Return the stage's verdict, and the order where there is one."""
    if case.worth is None or case.candidate is None:
        return lacks(Stage.EXECUTION, "value", start=None, worst=None, step=float(STEP)), None
    start, worst = _start(case), _worst(case)
    signed = [None if one is None else _signed(case, one) for one in (start, worst)]
    numbers = {"start": _number(signed[0]), "worst": _number(signed[1]), "step": float(STEP)}
    if signed[0] is None or signed[1] is None:
        return judged(Stage.EXECUTION, "no price is worth entering at", **numbers), None
    order = ProposedOrder(
        legs=tuple(
            ProposedLeg(
                symbol=leg.symbol,
                side=LegSide.LONG if leg.units > 0 else LegSide.SHORT,
                ratio=abs(leg.units),
            )
            for leg in case.legs
        ),
        limit_price=signed[0],
        worst=signed[1],
        step=STEP,
        qty=size(case, max_loss_of_one(case)).qty,
        expiry=case.candidate.expiry,
        structure=case.kind.value,
    )
    return judged(Stage.EXECUTION, None, **numbers), order


def _number(price: Decimal | None) -> float | None:
    return None if price is None else float(price)


def _tick(case: Case) -> Decimal:
    if len(case.legs) > 1:
        return COMBINED_TICK
    return tick_size(case.strategy.underlying, Decimal(repr(case.legs[0].mid)))


def _start(case: Case) -> Decimal:
    """Return the credit at mid, on the tick in our favour."""
    tick = _tick(case)
    mid = Decimal(repr(round(mid_credit_of(case.legs), 6)))
    return (mid / tick).to_integral_value(ROUND_CEILING) * tick


def _worst(case: Case) -> Decimal | None:
    """Return the least credit that is taken, None where even the start is too little."""
    tick, minimum = _tick(case), case.entry.min_credit
    top = int(_start(case) / tick)
    assert case.candidate is not None
    if case.kind.is_credit:
        bottom = int(((minimum or Decimal(0)) / tick).to_integral_value(ROUND_CEILING))
    else:
        widest = Decimal(repr(case.legs[-1].strike - case.legs[0].strike)) / 2
        bottom = -int((widest / tick).to_integral_value(ROUND_FLOOR))

    def is_worth_it(ticks: int) -> bool:
        return _ev(case, float(ticks * tick)) > 0

    least = _least(max(bottom, 1) if case.kind.is_credit else bottom, top, is_worth_it)
    return None if least is None else least * tick


def _least(bottom: int, top: int, holds: Callable[[int], bool]) -> int | None:
    """Return the least of a range for which something holds that then holds for all above it."""
    if bottom > top or not holds(top):
        return None
    while bottom < top:
        middle = (bottom + top) // 2
        if holds(middle):
            top = middle
        else:
            bottom = middle + 1
    return top


def _ev(case: Case, credit: float) -> float:
    assert case.view is not None
    assert case.worth is not None
    assert case.candidate is not None
    return ev_at(case.kind, case.legs, credit, case.view, case.worth.friction, case.candidate.multiplier)


def _signed(case: Case, credit: Decimal) -> Decimal:
    return credit if len(case.legs) == 1 else -credit

"""The structure that a strategy would enter, drawn: its result now and at expiry, and the book with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from chalicelib.domain.desk.book import BookWith, Caps
from chalicelib.domain.desk.pipeline.case import Case
from chalicelib.domain.desk.pipeline.evaluate import Rehearsal
from chalicelib.domain.desk.pipeline.sizing import max_loss_of_one, size
from chalicelib.domain.desk.selection.candidate import Candidate
from chalicelib.domain.desk.selection.economics import Economics
from chalicelib.domain.desk.selection.legs import LegQuote
from chalicelib.domain.desk.selection.view import View
from chalicelib.domain.desk.strategies.strategy_types import StrategyType
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.money import to_price
from chalicelib.domain.structures.before_expiry import LegNow, results_now, spread_over
from chalicelib.domain.structures.payoff import Bounds, Payoff
from chalicelib.domain.structures.terms import LegTerms

Points = Sequence[tuple[Decimal, Decimal]]


@dataclass(frozen=True, slots=True, kw_only=True)
class StructurePicture:
    """`qty` structures as they would be entered at the middle less slippage.

    `worth` are the figures of one, as the stages count them. `bounds`, `break_evens` and the curves are of
    all of them in dollars before fees: `at_expiry` straight between its points, `now` empty where a leg's
    volatility is not known. A covered call is drawn with its shares, from today's price.
    """

    kind: StrategyType
    expiry: date
    dte: int
    qty: int
    spot: float
    legs: tuple[LegQuote, ...]
    worth: Economics
    bounds: Bounds
    break_evens: tuple[Decimal, ...]
    at_expiry: Points
    now: Points
    book: BookWith


def picture_of(rehearsal: Rehearsal, caps: Caps) -> StructurePicture | None:
    """Draw the structure that was ranked first; None without one."""
    case = rehearsal.case
    candidate, worth, view = case.candidate, case.worth, case.view
    if candidate is None or worth is None or view is None:
        return None
    qty = max(size(case, max_loss_of_one(case)).qty, 1)
    legs = _legs_now(case, candidate, view)
    payoff = _payoff(case, worth, view, legs, qty)
    spot = to_price(Decimal(view.spot))
    points = payoff.points(spot)
    prices = spread_over(points[0][0], points[-1][0], spot)
    return StructurePicture(
        kind=case.kind,
        expiry=candidate.expiry,
        dte=candidate.dte,
        qty=qty,
        spot=view.spot,
        legs=candidate.legs,
        worth=worth,
        bounds=payoff.bounds(),
        break_evens=payoff.break_evens(),
        at_expiry=points,
        now=results_now(legs, cost=payoff.cost, qty=Decimal(qty), spot=view.spot, prices=prices),
        book=BookWith(before=case.facts.account.book, added=candidate.greeks_of(qty), caps=caps),
    )


def _legs_now(case: Case, candidate: Candidate, view: View) -> list[LegNow]:
    legs = [_leg_now(leg, candidate, view) for leg in candidate.legs]
    if case.kind is not StrategyType.COVERED_CALL:
        return legs
    shares = LegTerms(
        instrument=Instrument.EQUITY,
        side=LegSide.LONG,
        ratio=int(candidate.multiplier),
        multiplier=Decimal(1),
    )
    return [LegNow(terms=shares), *legs]


def _leg_now(leg: LegQuote, candidate: Candidate, view: View) -> LegNow:
    contract = leg.contract
    terms = LegTerms(
        instrument=Instrument.OPTION,
        side=LegSide.LONG if leg.units > 0 else LegSide.SHORT,
        ratio=abs(leg.units),
        multiplier=Decimal(repr(candidate.multiplier)),
        option_type=contract.option_type,
        strike=contract.strike,
        expiry=contract.expiry,
    )
    return LegNow(terms=terms, years=view.years, volatility=leg.iv, mark=leg.mid)


def _payoff(case: Case, worth: Economics, view: View, legs: Sequence[LegNow], qty: int) -> Payoff:
    """Return the result at expiry; of several legs one pays a price, of one the option has one (W-02)."""
    credit = Decimal(repr(worth.credit))
    price = credit if len(legs) == 1 else -credit
    if case.kind is StrategyType.COVERED_CALL:
        price += to_price(Decimal(view.spot))
    return Payoff(legs=tuple(leg.terms for leg in legs), price=price, qty=Decimal(qty))

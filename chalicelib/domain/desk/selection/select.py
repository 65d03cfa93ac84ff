"""One strategy's structure out of a chain: every structure in the ranges, ranked by EV_net (B-04).

What it answers is small and is stored with the evaluation: the legs of the first, and what was seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from chalicelib.domain.desk.selection.candidate import Candidate, Selection
from chalicelib.domain.desk.selection.chains import Chain, ExpiryChain
from chalicelib.domain.desk.selection.commissions import Commission
from chalicelib.domain.desk.selection.ranked_flies import (
    rank_butterflies,
    rank_iron_butterflies,
    rank_iron_flies,
)
from chalicelib.domain.desk.selection.ranked_spreads import rank_condors, rank_singles, rank_spreads
from chalicelib.domain.desk.selection.ranking import Demands, Ranked
from chalicelib.domain.desk.selection.surface import skew_of
from chalicelib.domain.desk.selection.switches import DteRange, dte_range, first_after, put_wing
from chalicelib.domain.desk.selection.verticals import shorts_by_delta, verticals
from chalicelib.domain.desk.selection.view import View, sigma_of, years_left
from chalicelib.domain.desk.stored import as_stored
from chalicelib.domain.desk.strategies.strategy import Between, EntryConditions
from chalicelib.domain.desk.strategies.strategy_types import StrategyType
from chalicelib.domain.instruments.symbols import OptionType


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """What selection needs to know beside the chain; `vix` None: not known, the range stays as it is."""

    at: datetime
    spot: float
    realised_volatility: float
    closes_at: datetime | None = None
    vix: float | None = None
    next_earnings: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Found:
    """The best of one expiry, with the volatilities that it was found under."""

    chain: ExpiryChain
    atm_iv: float
    ranked: Ranked


def select(
    chain: Chain, kind: StrategyType, conditions: EntryConditions, market: Market, commission: Commission
) -> Selection:
    """Return the structure ranked first and what was seen, as it is stored; `kind` is sold now, never WHEEL.

    The chain's IV and Greeks are as they were laid out: what is not told was solved then (`solving`).

    Strategies that ask the same of a chain get one answer: many parameters of a sweep differ elsewhere.
    """
    asked = (kind, conditions, market, commission)
    found: Selection | None = chain.worked_out.get(asked)
    if found is None:
        found = as_stored(_selected(chain, kind, conditions, market, commission))
        chain.worked_out[asked] = found
    return found


def _selected(
    chain: Chain, kind: StrategyType, conditions: EntryConditions, market: Market, commission: Commission
) -> Selection:
    days = dte_range(conditions, market.vix)
    eligible = _eligible(chain, days, conditions, market)
    ranked = _ranked_before(chain, kind, conditions, market, commission)
    for one in eligible:
        if (one.root, one.expiry) not in ranked:
            ranked[one.root, one.expiry] = _rank(chain, one, kind, conditions, market, commission)
    found = [best for best in (ranked[one.root, one.expiry] for one in eligible) if best is not None]
    best = _first(found, conditions)
    seen = [one.ranked.best_credit for one in found if one.ranked.best_credit is not None]
    selection = Selection(
        kind=kind,
        dte_min=days.low,
        dte_max=days.high,
        nearest_dte=min(
            (one.dte for one in chain.expiries), key=lambda dte: (days.apart(dte), dte), default=None
        ),
        strikes=sum(len(one.strikes) for one in eligible),
        candidates=sum(one.ranked.candidates for one in found),
        best_credit=max(seen, default=None),
    )
    if best is None:
        return selection
    return replace(
        selection,
        candidate=Candidate(
            expiry=best.chain.expiry,
            dte=best.chain.dte,
            multiplier=best.chain.multiplier,
            atm_iv=best.atm_iv,
            legs=best.ranked.legs,
        ),
    )


def _eligible(chain: Chain, days: DteRange, conditions: EntryConditions, market: Market) -> list[ExpiryChain]:
    inside = [one for one in chain.expiries if days.contains(one.dte)]
    if not conditions.dynamic_dte or not inside:
        return inside
    after = first_after([one.expiry for one in inside], market.next_earnings, inside[-1].expiry)
    return inside if after is None else [one for one in inside if one.expiry == after]


def _first(found: Sequence[_Found], conditions: EntryConditions) -> _Found | None:
    """Return the best of all; skew-aware, the shortest where the ATM IV falls with the next expiry."""
    ranked = [one for one in found if one.ranked.is_found]
    best = max(ranked, key=lambda one: one.ranked.order(one.chain.dte), default=None)
    if best is None or not conditions.skew_aware:
        return best
    later = [one for one in found if one.chain.expiry > best.chain.expiry]
    if later and best.atm_iv > later[0].atm_iv:
        return min(ranked, key=lambda one: one.chain.dte)
    return best


def _ranked_before(
    whole: Chain, kind: StrategyType, conditions: EntryConditions, market: Market, commission: Commission
) -> dict[tuple[str, date], _Found | None]:
    """Return what each expiry had for strategies that differ in nothing that ranks one expiry.

    Which expiries may be entered does not: a strategy's neighbours of other days share most of them.
    """
    asked = (
        kind,
        conditions.short_delta,
        conditions.wing_width,
        conditions.min_credit,
        conditions.max_gamma_loss_1pct,
        conditions.skew_aware,
        market,
        commission,
    )
    found: dict[tuple[str, date], _Found | None] = whole.worked_out.setdefault(asked, {})
    return found


def _rank(
    whole: Chain,
    chain: ExpiryChain,
    kind: StrategyType,
    conditions: EntryConditions,
    market: Market,
    commission: Commission,
) -> _Found | None:
    years = years_left(chain.dte, market.at, market.closes_at)
    atm_iv = whole.atm_iv(chain, market.spot)
    if atm_iv is None:
        return None
    limit = conditions.max_gamma_loss_1pct
    demands = Demands(
        view=View(spot=market.spot, years=years, sigma=sigma_of(market.realised_volatility, atm_iv)),
        multiplier=chain.multiplier,
        friction=commission.round_trip(_counts(kind)),
        min_credit=float(conditions.min_credit or 0),
        gamma_loss_max=None if limit is None else float(limit),
    )
    return _Found(chain=chain, atm_iv=atm_iv, ranked=_ranked(chain, kind, conditions, demands))


def _counts(kind: StrategyType) -> tuple[int, ...]:
    """Return the contracts of each leg of one structure."""
    match kind:
        case StrategyType.IRON_CONDOR | StrategyType.IRON_FLY | StrategyType.IRON_BUTTERFLY:
            return (1, 1, 1, 1)
        case StrategyType.BUTTERFLY:
            return (1, 2, 1)
        case StrategyType.CREDIT_PUT_SPREAD | StrategyType.CREDIT_CALL_SPREAD:
            return (1, 1)
        case _:
            return (1,)


def _ranked(chain: ExpiryChain, kind: StrategyType, conditions: EntryConditions, demands: Demands) -> Ranked:
    spot = demands.view.spot
    puts, calls = OptionType.PUT, OptionType.CALL
    if kind is StrategyType.CASH_SECURED_PUT or kind is StrategyType.COVERED_CALL:
        right = puts if kind is StrategyType.CASH_SECURED_PUT else calls
        return rank_singles(chain, right, shorts_by_delta(chain, right, _delta(conditions)), demands)
    assert conditions.wing_width is not None
    width = conditions.wing_width
    skew = skew_of(chain) if conditions.skew_aware else None
    below = put_wing(width, skew, skew_aware=conditions.skew_aware)
    match kind:
        case StrategyType.IRON_FLY:
            return rank_iron_flies(chain, spot, width, demands)
        case StrategyType.IRON_BUTTERFLY:
            return rank_iron_butterflies(chain, below, width, demands)
        case StrategyType.BUTTERFLY:
            return rank_butterflies(chain, spot, width, demands)
    delta = _delta(conditions)
    put_spreads = verticals(chain, puts, shorts_by_delta(chain, puts, delta), below)
    if kind is StrategyType.CREDIT_PUT_SPREAD:
        return rank_spreads(chain, put_spreads, demands)
    call_spreads = verticals(chain, calls, shorts_by_delta(chain, calls, delta), width)
    if kind is StrategyType.CREDIT_CALL_SPREAD:
        return rank_spreads(chain, call_spreads, demands)
    return rank_condors(chain, put_spreads, call_spreads, demands)


def _delta(conditions: EntryConditions) -> Between:
    assert conditions.short_delta is not None
    return conditions.short_delta

"""Stages C1 to C3, C5, D, F and G: what the structure ranked first has to show (B-02)."""

from datetime import timedelta

from chalicelib.domain.desk.pipeline.case import Case
from chalicelib.domain.desk.pipeline.verdicts import Stage, Verdict, fails, judged, lacks
from chalicelib.domain.desk.strategies.strategy_types import StrategyType
from chalicelib.domain.instruments.symbols import OptionType


def spread(case: Case) -> Verdict | None:
    """C1: each leg two-sided, uncrossed and narrow, by the strategy's limit or the desk's, the tighter."""
    if case.candidate is None:
        return None
    own = case.liquidity.max_spread_pct
    limit = float(min(own or case.desk.max_bid_ask_spread_percent, case.desk.max_bid_ask_spread_percent))
    spreads = [(leg.spread_pct, leg.symbol) for leg in case.legs]
    blind = next((symbol for found, symbol in spreads if found is None), None)
    if blind is not None:
        return lacks(Stage.C1, "two-sided quote", worst_spread_pct=None, limit_pct=limit, symbol=blind)
    known = [(found, symbol) for found, symbol in spreads if found is not None]
    crossed = min(known)
    worst, symbol = crossed if crossed[0] < 0 else max(known)
    against = "crossed quote" if worst < 0 else "spread too wide" if worst > limit else None
    return judged(Stage.C1, against, worst_spread_pct=worst, limit_pct=limit, symbol=symbol)


def volume(case: Case) -> Verdict | None:
    """C2: each leg has traded today."""
    if case.candidate is None:
        return None
    minimum = case.liquidity.min_volume
    lowest, symbol = _lowest([(leg.volume, leg.symbol) for leg in case.legs])
    if lowest is None:
        return lacks(Stage.C2, "volume", lowest_volume=None, minimum=minimum, symbol=symbol)
    against = "too little traded" if lowest < minimum else None
    return judged(Stage.C2, against, lowest_volume=lowest, minimum=minimum, symbol=symbol)


def open_interest(case: Case) -> Verdict | None:
    """C3: enough of each leg is held."""
    if case.candidate is None:
        return None
    minimum = case.liquidity.min_open_interest
    lowest, symbol = _lowest([(leg.open_interest, leg.symbol) for leg in case.legs])
    if lowest is None:
        return lacks(Stage.C3, "open interest", lowest_open_interest=None, minimum=minimum, symbol=symbol)
    against = "too little open interest" if lowest < minimum else None
    return judged(Stage.C3, against, lowest_open_interest=lowest, minimum=minimum, symbol=symbol)


def _lowest(counts: list[tuple[int | None, str]]) -> tuple[int | None, str]:
    """Return the lowest count and whose it is; the first unknown one before any known."""
    unknown = next((symbol for count, symbol in counts if count is None), None)
    if unknown is not None:
        return None, unknown
    return min((count, symbol) for count, symbol in counts if count is not None)


def age(case: Case) -> Verdict | None:
    """C5: no leg's quote is older than the limit beyond its source's own delay."""
    if case.candidate is None:
        return None
    limit = case.liquidity.max_quote_age_s
    ages = [(leg.age_s, leg.symbol) for leg in case.legs]
    undated = next((symbol for found, symbol in ages if found is None), None)
    if undated is not None:
        return lacks(Stage.C5, "time of a quote", oldest_age_s=None, limit_s=limit, symbol=undated)
    oldest, symbol = max((found, symbol) for found, symbol in ages if found is not None)
    against = "quote too old" if oldest > limit else None
    return judged(Stage.C5, against, oldest_age_s=oldest, limit_s=limit, symbol=symbol)


def eligibility(case: Case) -> Verdict:
    """D: the expiry lies in the range of days, of the candidate or of the nearest that is listed."""
    selection = case.selection
    dte = selection.nearest_dte if case.candidate is None else case.candidate.dte
    numbers = {"dte": dte, "dte_min": selection.dte_min, "dte_max": selection.dte_max}
    if dte is None:
        return lacks(Stage.D, "expiry", **numbers)
    against = None if selection.dte_min <= dte <= selection.dte_max else "no expiry in the range of days"
    return judged(Stage.D, against, **numbers)


def structure(case: Case) -> Verdict:
    """F: there is a structure, its legs different and held by somebody; shares for a call to write."""
    selection, minimum = case.selection, case.entry.min_credit
    numbers = {
        "strikes": selection.strikes,
        "candidates": selection.candidates,
        "best_credit": selection.best_credit,
        "min_credit": None if minimum is None else float(minimum),
    }
    if selection.lacks is not None:
        return lacks(Stage.F, selection.lacks, **numbers)
    if case.candidate is None:
        return fails(Stage.F, _why_none(case), **numbers)
    symbols = {leg.symbol for leg in case.legs}
    against = "legs are not different" if len(symbols) < len(case.legs) else None
    if any(leg.open_interest == 0 for leg in case.legs):
        against = "a leg without open interest"
    if case.kind is StrategyType.COVERED_CALL and case.facts.account.free_shares < case.candidate.multiplier:
        against = "no shares to write calls against"
    return judged(Stage.F, against, **numbers)


def _why_none(case: Case) -> str:
    selection, minimum = case.selection, case.entry.min_credit
    if selection.best_credit is None:
        return "no strikes for every leg"
    if minimum is not None and selection.best_credit < float(minimum):
        return "every credit is below the minimum"
    return "every structure loses too much in a one per cent move"


def earnings(case: Case) -> Verdict:
    """G1: none between now and the expiry and so many days more; a fund is known to have none."""
    assert case.candidate is not None
    until = case.candidate.expiry + timedelta(days=case.entry.earnings_after_days)
    found = case.facts.earnings
    if found is None:
        return lacks(Stage.G1, "earnings dates", known=False, next_earnings=None, until=until)
    is_near = found.on is not None and case.today <= found.on <= until
    return judged(
        Stage.G1,
        "earnings before the expiry" if is_near else None,
        known=True,
        next_earnings=found.on,
        until=until,
    )


def ex_dividend(case: Case) -> Verdict:
    """G2: a covered call is not exercised for a dividend: none before expiry, or worth less than time."""
    assert case.candidate is not None
    found = case.facts.dividend
    is_call = case.kind is StrategyType.COVERED_CALL
    time_value = _time_value(case) if is_call else None
    numbers = {
        "known": found is not None,
        "next_ex_date": None if found is None else found.ex_date,
        "amount": None if found is None else found.amount,
        "time_value": time_value,
    }
    if not is_call:
        return judged(Stage.G2, None, **numbers)
    if found is None:
        return lacks(Stage.G2, "dividend dates", **numbers)
    if found.ex_date is None or not case.today <= found.ex_date <= case.candidate.expiry:
        return judged(Stage.G2, None, **numbers)
    if found.amount is None or time_value is None:
        return lacks(Stage.G2, "amount of the dividend", **numbers)
    against = "the dividend is worth more than the call's time value" if time_value < found.amount else None
    return judged(Stage.G2, against, **numbers)


def _time_value(case: Case) -> float | None:
    if case.spot is None:
        return None
    short = next(leg for leg in case.legs if leg.units < 0)
    assert short.right is OptionType.CALL
    return short.mid - max(case.spot - short.strike, 0.0)


def value(case: Case) -> Verdict:
    """G3: what is expected of it is above nothing."""
    found = case.worth
    if found is None:
        names = ("ev_net", "ev_mean", "pop", "pop_implied", "max_profit", "max_loss", "friction")
        return lacks(Stage.G3, "volatility", **dict.fromkeys(names))
    return judged(
        Stage.G3,
        None if found.ev_net > 0 else "the expected value is not above 0",
        ev_net=found.ev_net,
        ev_mean=found.ev_mean,
        pop=found.pop,
        pop_implied=found.pop_implied,
        max_profit=found.max_profit,
        max_loss=found.max_loss,
        friction=found.friction,
    )

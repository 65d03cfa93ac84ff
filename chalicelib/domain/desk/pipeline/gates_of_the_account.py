"""What comes after H: the strategy's filters, how many, and the book with them in it (B-02, B-09)."""

from collections.abc import Iterator
from decimal import Decimal

from chalicelib.domain.desk.book import Book, breaches
from chalicelib.domain.desk.pipeline.case import Case
from chalicelib.domain.desk.pipeline.sizing import Room, max_loss_of_one, premium_pct, room_for, size
from chalicelib.domain.desk.pipeline.verdicts import Stage, Verdict, judged, lacks, passes
from chalicelib.domain.desk.strategies.strategy import MovingAverageRule


def filters(case: Case) -> Iterator[Verdict]:
    """FILTER: the moving-average rule, then the minimum premium; one verdict for each that is set."""
    rule, minimum = case.entry.ma_rule, case.entry.min_premium_pct
    if rule is MovingAverageRule.NONE and minimum is None:
        yield passes(Stage.FILTER, rule=rule.value, value=None, required=None)
    if rule is not MovingAverageRule.NONE:
        yield _moving_average(case, rule)
    if minimum is not None:
        yield _premium(case, minimum)


def _moving_average(case: Case, rule: MovingAverageRule) -> Verdict:
    spot, average = case.spot, case.facts.technicals.sma50
    if spot is None or average is None:
        return lacks(Stage.FILTER, "moving average", rule=rule.value, value=spot, required=average)
    holds = spot > average if rule is MovingAverageRule.ABOVE_SMA50 else spot < average
    against = None if holds else "on the wrong side of the 50-day average"
    return judged(Stage.FILTER, against, rule=rule.value, value=spot, required=average)


def _premium(case: Case, minimum: Decimal) -> Verdict:
    found = premium_pct(case)
    against = "too little premium" if found < float(minimum) else None
    return judged(Stage.FILTER, against, rule="min_premium_pct", value=found, required=float(minimum))


def sizing(case: Case) -> Verdict:
    """SIZING: how many structures; zero means no entry."""
    of_one = max_loss_of_one(case)
    sized = size(case, of_one)
    numbers = {
        "qty": sized.qty,
        "risk_usd": sized.risk_usd,
        "max_loss_usd": of_one * sized.qty,
    }
    if sized.lacks is not None:
        return lacks(Stage.SIZING, sized.lacks, **numbers)
    room = room_for(case, sized.qty, of_one)
    if room is Room.COLLATERAL_UNKNOWN:
        return lacks(Stage.SIZING, "free cash", **numbers)
    if room is not Room.ENOUGH:
        return judged(Stage.SIZING, room.value, **numbers)
    return judged(Stage.SIZING, None if sized.qty > 0 else "not even one structure", **numbers)


def book(case: Case) -> Verdict:
    """BOOK: net delta, gamma and vega with the candidate in the book against the caps.

    A book that cannot be computed refuses everything, and a cap that is not set every live entry.
    """
    held, added = case.facts.account.book, _added(case)
    if held is None or added is None:
        names = ("net_delta_shares", "net_gamma_shares_per_dollar", "net_vega_usd_per_1vol")
        return lacks(Stage.BOOK, "Greeks of the book", **dict.fromkeys(names), breaches=[])
    after, caps = held.with_added(added), case.desk.caps
    found = [breach.name for breach in breaches(after, caps)]
    against = f"past the cap of {', '.join(found)}" if found else None
    if case.strategy.mode.risks_money and not caps.are_all_set:
        against = "no caps are set for live entries"
    return judged(
        Stage.BOOK,
        against,
        net_delta_shares=after.delta,
        net_gamma_shares_per_dollar=after.gamma,
        net_vega_usd_per_1vol=after.vega,
        breaches=found,
    )


def _added(case: Case) -> Book | None:
    """Return the candidate's Greeks for its whole quantity; None where a leg's are not known."""
    assert case.candidate is not None
    return case.candidate.greeks_of(size(case, max_loss_of_one(case)).qty)

"""Every stage at, below and above its limit, and without its data (B-02, B-16)."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import pytest

from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.desk.book import Book
from chalicelib.domain.desk.pipeline.company_dates import NextDividend, NextEarnings
from chalicelib.domain.desk.pipeline.evaluate import Decision, Evaluation
from chalicelib.domain.desk.pipeline.facts import DailyClose, MacroWindow, Reading
from chalicelib.domain.desk.pipeline.verdicts import Stage, Verdict
from chalicelib.domain.desk.selection.chains import Chain
from chalicelib.domain.desk.strategies.settings import DeskSettings
from chalicelib.domain.desk.strategies.strategy import DeskMode
from chalicelib.domain.desk.strategies.strategy_types import StrategyType
from chalicelib.domain.desk.volatility.iv_history import IvRange
from tests.domain.desk.desk_support import (
    AT,
    ATM_IV,
    QUIET,
    SPOT,
    TODAY,
    chain,
    judged,
    of_symbol,
    strategy,
)

CONDOR: Final = StrategyType.IRON_CONDOR
PUTS: Final = StrategyType.CREDIT_PUT_SPREAD
CALLS: Final = StrategyType.CREDIT_CALL_SPREAD
#: What the builder's condor sells on the quiet morning.
SHORT_PUT: Final = "SPY260417P00560000"

NUMBERS: Final = {
    Stage.A: "spot expirations",
    Stage.B: "window from until rows_in_month",
    Stage.C1: "worst_spread_pct limit_pct symbol",
    Stage.C2: "lowest_volume minimum symbol",
    Stage.C3: "lowest_open_interest minimum symbol",
    Stage.C4: "share_pct minimum_pct",
    Stage.C5: "oldest_age_s limit_s symbol",
    Stage.D: "dte dte_min dte_max",
    Stage.E1: "vix vix3m",
    Stage.E2: "vrp min_vrp trend adx adx_max",
    Stage.E3: "iv_rank ivr_min ivr_max days",
    Stage.F: "strikes candidates best_credit min_credit",
    Stage.G1: "known next_earnings until",
    Stage.G2: "known next_ex_date amount time_value",
    Stage.G3: "ev_net ev_mean pop pop_implied max_profit max_loss friction",
    Stage.H: "session_open minutes_to_close",
    Stage.FILTER: "rule value required",
    Stage.SIZING: "qty risk_usd max_loss_usd",
    Stage.BOOK: "net_delta_shares net_gamma_shares_per_dollar net_vega_usd_per_1vol breaches",
    Stage.EXECUTION: "start worst step",
}


def told(evaluation: Evaluation, stage: Stage) -> Verdict:
    (found,) = [one for one in evaluation.verdicts if one.stage is stage]
    return found


def technicals(**changes: Any) -> dict[str, Any]:
    return {"technicals": replace(QUIET.technicals, **changes)}


def quote(**changes: Any) -> Callable[[], Chain]:
    return lambda: chain(of_symbol(SHORT_PUT, **changes))


def window(start: int, end: int) -> dict[str, Any]:
    """A release window so many seconds from now."""
    one = MacroWindow(
        name="CPI", starts_at=AT + timedelta(seconds=start), ends_at=AT + timedelta(seconds=end)
    )
    return {"windows": (one,)}


def caps(each: int) -> DeskSettings:
    return DeskSettings(
        portfolio_max_abs_delta_shares=Decimal(each),
        portfolio_max_abs_gamma=Decimal(each),
        portfolio_max_abs_vega=Decimal(each),
    )


def reading(value: float, **ago: float) -> Reading:
    return Reading(value=value, at=AT - timedelta(**ago))


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of the table: a stage, what is different, and what it says of that."""

    stage: Stage
    of: str
    passes: bool
    missing: bool = False
    kind: StrategyType = CONDOR
    facts: dict[str, Any] = field(default_factory=dict)
    entry: dict[str, Any] = field(default_factory=dict)
    market: Callable[[], Chain] = chain
    desk: DeskSettings = field(default_factory=DeskSettings)
    more: dict[str, Any] = field(default_factory=dict)


def fine(stage: Stage, of: str, **row: Any) -> Row:
    return Row(stage=stage, of=of, passes=True, **row)


def bad(stage: Stage, of: str, **row: Any) -> Row:
    return Row(stage=stage, of=of, passes=False, **row)


def gone(stage: Stage, of: str, **row: Any) -> Row:
    return Row(stage=stage, of=of, passes=False, missing=True, **row)


S = Stage
TABLE: Final = [
    fine(S.A, "a price and one expiration", facts={"expirations": 1}),
    bad(S.A, "no expiration", facts={"expirations": 0}),
    bad(S.A, "a price of nothing", facts={"spot": reading(0.0)}),
    gone(S.A, "no price", facts={"spot": None}),
    gone(S.A, "a price of 301 s ago", facts={"spot": reading(SPOT, seconds=301)}),
    fine(S.A, "a price of 300 s ago", facts={"spot": reading(SPOT, seconds=300)}),
    gone(S.A, "expirations not told", facts={"expirations": None}),
    fine(S.B, "a window that begins in a second", facts=window(1, 60)),
    bad(S.B, "a window that begins now", facts=window(0, 60)),
    bad(S.B, "a window with a second left", facts=window(-60, 1)),
    fine(S.B, "a window that ends now", facts=window(-60, 0)),
    gone(S.B, "a month without rows", facts={"window_rows_in_month": 0}),
    gone(S.B, "rows not told", facts={"window_rows_in_month": None}),
    fine(S.C1, "9.5 %", market=quote(bid=Decimal("3.81"), ask=Decimal("4.19"))),
    fine(S.C1, "10 %", market=quote(bid=Decimal("3.80"), ask=Decimal("4.20"))),
    bad(S.C1, "10.5 %", market=quote(bid=Decimal("3.79"), ask=Decimal("4.21"))),
    fine(S.C1, "locked", market=quote(bid=Decimal(4), ask=Decimal(4))),
    bad(S.C1, "crossed", market=quote(bid=Decimal("4.01"), ask=Decimal(4))),
    gone(S.C1, "no bid", market=quote(bid=None)),
    gone(S.C1, "nobody bids", market=quote(bid=Decimal(0))),
    gone(S.C1, "no ask", market=quote(ask=None), entry={"dte_min": 57}),
    bad(S.C1, "the strategy's own limit is tighter", entry={"liquidity": {"max_spread_pct": 1}}),
    bad(S.C1, "the desk's limit is tighter", desk=DeskSettings(max_bid_ask_spread_percent=Decimal(1))),
    fine(S.C2, "one traded", market=quote(volume=1)),
    bad(S.C2, "none traded", market=quote(volume=0)),
    gone(S.C2, "volume not told", market=quote(volume=None)),
    fine(S.C3, "100 open", market=quote(open_interest=100)),
    fine(S.C3, "101 open", market=quote(open_interest=101)),
    bad(S.C3, "99 open", market=quote(open_interest=99)),
    gone(S.C3, "open interest not told", market=quote(open_interest=None)),
    fine(S.C4, "50 %", facts=technicals(volume_share_pct=50.0)),
    bad(S.C4, "49.9 %", facts=technicals(volume_share_pct=49.9)),
    fine(S.C4, "50.1 %", facts=technicals(volume_share_pct=50.1)),
    gone(S.C4, "no volume", facts=technicals(volume_share_pct=None)),
    fine(S.C4, "an index", facts={"underlying": "SPX", **technicals(volume_share_pct=None)}),
    fine(S.C4, "its members' volume", facts={"underlying": "SPX", **technicals(volume_share_pct=1.0)}),
    fine(S.C5, "300 s", market=quote(quoted_at=AT - timedelta(seconds=300))),
    bad(S.C5, "301 s", market=quote(quoted_at=AT - timedelta(seconds=301))),
    fine(S.C5, "beyond its delay", market=quote(quoted_at=AT - timedelta(seconds=1200), delay_seconds=900)),
    bad(S.C5, "beyond delay, late", market=quote(quoted_at=AT - timedelta(seconds=1201), delay_seconds=900)),
    gone(S.C5, "no time", market=quote(quoted_at=None)),
    fine(S.D, "57 days of 57", entry={"dte_min": 57, "dte_max": 57}),
    bad(S.D, "58 days at least", entry={"dte_min": 58, "dte_max": 90}),
    bad(S.D, "between two expiries", entry={"dte_min": 44, "dte_max": 56}),
    fine(S.E1, "a hair below", facts={"vix": reading(17.99)}),
    bad(S.E1, "level", facts={"vix": reading(18.0)}),
    bad(S.E1, "above", facts={"vix": reading(18.01)}),
    fine(S.E1, "yesterday's close stands in", facts={"vix": None}),
    gone(S.E1, "no VIX3M", facts={"vix3m": None}),
    gone(S.E1, "a VIX3M of 301 s ago", facts={"vix3m": reading(18.0, seconds=301)}),
    fine(S.E2, "no premium, none asked", facts={"implied_volatility": 0.10}),
    bad(S.E2, "premium below 0", facts={"implied_volatility": 0.099}),
    bad(S.E2, "premium below its minimum", entry={"min_vrp": 0.061}),
    fine(
        S.E2, "a butterfly asks no premium", kind=StrategyType.BUTTERFLY, facts={"implied_volatility": 0.05}
    ),
    gone(S.E2, "no implied volatility", facts={"implied_volatility": None}),
    fine(S.E2, "ADX 25", facts=technicals(adx14=25.0)),
    bad(S.E2, "ADX 25.1", facts=technicals(adx14=25.1)),
    gone(S.E2, "no ADX for a condor", facts=technicals(adx14=None)),
    fine(S.E2, "no ADX for a spread", kind=PUTS, facts=technicals(adx14=None)),
    bad(S.E2, "puts in a downtrend", kind=PUTS, facts=technicals(ema20=601.0, sma50=602.0)),
    fine(S.E2, "calls in a downtrend", kind=CALLS, facts=technicals(ema20=601.0, sma50=602.0)),
    bad(S.E2, "calls in an uptrend", kind=CALLS, facts=technicals(ema20=599.0, sma50=598.0)),
    fine(S.E2, "puts in an uptrend", kind=PUTS, facts=technicals(ema20=599.0, sma50=598.0)),
    gone(S.E2, "no trend for a spread", kind=PUTS, facts=technicals(sma50=None)),
    fine(S.E2, "no trend for a condor", facts=technicals(sma50=None)),
    fine(S.E3, "rank 30 of 30 to 30", entry={"ivr_min": 30, "ivr_max": 30}),
    bad(S.E3, "rank 30 of 30.1 up", entry={"ivr_min": 30.1}),
    bad(S.E3, "rank 30 of 29.9 down", entry={"ivr_max": 29.9}),
    gone(S.E3, "no history", entry={"ivr_min": 0}, facts={"iv_range": None}),
    gone(
        S.E3,
        "12 days of history",
        entry={"ivr_min": 0},
        facts={"iv_range": IvRange(days=12, low=0.1, high=0.3)},
    ),
    bad(S.F, "no strikes", market=lambda: chain(strikes=[600.0])),
    bad(S.F, "too little credit", entry={"min_credit": 4.99}),
    bad(S.F, "gamma loses too much", entry={"max_gamma_loss_1pct": 0.01}),
    bad(
        S.F,
        "a leg that nobody holds",
        entry={"liquidity": {"min_open_interest": 0}},
        market=quote(open_interest=0),
    ),
    bad(S.F, "no shares", kind=StrategyType.COVERED_CALL),
    bad(S.F, "99 shares", kind=StrategyType.COVERED_CALL, facts={"account__free_shares": 99}),
    fine(S.F, "100 shares", kind=StrategyType.COVERED_CALL, facts={"account__free_shares": 100}),
    fine(S.G1, "earnings two days after", facts={"earnings": NextEarnings(on=date(2026, 4, 19))}),
    bad(S.G1, "earnings the day after", facts={"earnings": NextEarnings(on=date(2026, 4, 18))}),
    bad(S.G1, "earnings today", facts={"earnings": NextEarnings(on=TODAY)}),
    fine(S.G1, "earnings yesterday", facts={"earnings": NextEarnings(on=TODAY - timedelta(days=1))}),
    fine(S.G1, "known to have none", facts={"earnings": NextEarnings(on=None)}),
    gone(S.G1, "earnings not known", facts={"earnings": None}),
    gone(
        S.G1, "earnings not known, for a butterfly too", kind=StrategyType.BUTTERFLY, facts={"earnings": None}
    ),
    fine(S.G2, "dividends of a condor not known", facts={"dividend": None}),
    gone(
        S.G2,
        "dividends of a covered call not known",
        kind=StrategyType.COVERED_CALL,
        facts={"account__free_shares": 100, "dividend": None},
    ),
    *(
        Row(
            stage=S.G2,
            of=f"an ex-date on {day} worth {amount}",
            passes=passes,
            missing=amount is None,
            kind=StrategyType.COVERED_CALL,
            facts={
                "account__free_shares": 100,
                "dividend": NextDividend(ex_date=day, amount=amount),
            },
        )
        for day, amount, passes in (
            (date(2026, 4, 17), 2.95, True),
            (date(2026, 4, 17), 2.96, False),
            (date(2026, 4, 18), 9.00, True),
            (date(2026, 2, 19), 9.00, False),
            (date(2026, 4, 1), None, False),
        )
    ),
    bad(S.G3, "not worth it", facts=technicals(realised_volatility=0.155)),
    fine(S.H, "31 minutes left", facts={"closes_at": AT + timedelta(minutes=31)}),
    bad(S.H, "30 minutes left", facts={"closes_at": AT + timedelta(minutes=30)}),
    bad(S.H, "29 minutes left", facts={"closes_at": AT + timedelta(minutes=29)}),
    bad(S.H, "before the open", facts={"opens_at": AT + timedelta(seconds=1)}),
    fine(S.H, "at the open", facts={"opens_at": AT}),
    bad(S.H, "after the close", facts={"closes_at": AT}),
    bad(S.H, "a holiday", facts={"opens_at": None, "closes_at": None}),
    fine(S.FILTER, "no rule"),
    bad(S.FILTER, "below its average", entry={"ma_rule": "above_sma50"}),
    fine(S.FILTER, "below its average, as asked", entry={"ma_rule": "below_sma50"}),
    bad(
        S.FILTER,
        "on its average",
        entry={"ma_rule": "below_sma50"},
        facts=technicals(sma50=SPOT),
    ),
    gone(S.FILTER, "no average", entry={"ma_rule": "above_sma50"}, facts=technicals(sma50=None)),
    fine(S.FILTER, "26.8 % of 26.8", entry={"min_premium_pct": 26.8}),
    bad(S.FILTER, "26.8 % of 26.81", entry={"min_premium_pct": 26.81}),
    fine(S.SIZING, "367 of 366.67", more={"sizing": {"kind": "risk", "pct": 0.367}}),
    bad(S.SIZING, "366 of 366.67", more={"sizing": {"kind": "risk", "pct": 0.366}}),
    gone(
        S.SIZING,
        "no balance",
        more={"sizing": {"kind": "risk", "pct": 1}},
        facts={"account__balance": None},
    ),
    bad(
        S.SIZING,
        "nothing left",
        more={"sizing": {"kind": "risk", "pct": 1}},
        facts={"account__balance": Decimal(0)},
    ),
    bad(S.SIZING, "the strategy is full", facts={"account__open_of_strategy": 1}),
    bad(S.SIZING, "the desk is full", facts={"account__open_of_desk": 10}),
    fine(S.SIZING, "one place left", facts={"account__open_of_desk": 9}),
    bad(S.SIZING, "three condors", facts={"account__condors_by_expiry": ((date(2026, 4, 17), 3),)}),
    fine(S.SIZING, "three of another day", facts={"account__condors_by_expiry": ((date(2026, 4, 3), 3),)}),
    bad(S.SIZING, "cash is promised", facts={"account__free_cash": Decimal(366)}),
    gone(S.SIZING, "cash that nobody tells", facts={"account__free_cash": None}),
    fine(S.SIZING, "cash is there", facts={"account__free_cash": Decimal(367)}),
    bad(
        S.SIZING,
        "cash for a put is promised",
        kind=StrategyType.CASH_SECURED_PUT,
        facts={"account__free_cash": Decimal(55_999)},
    ),
    bad(
        S.SIZING,
        "shares for two calls",
        kind=StrategyType.COVERED_CALL,
        facts={"account__free_shares": 199},
        more={"sizing": {"kind": "fixed", "qty": 2}},
    ),
    fine(S.BOOK, "no caps on paper"),
    gone(S.BOOK, "a book that cannot be computed", facts={"account__book": None}),
    bad(S.BOOK, "no caps for live money", more={"mode": "live"}),
    bad(S.BOOK, "no caps for a shadow", more={"mode": "shadow"}),
]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.stage}: {row.of}")
def test_each_stage_says_what_the_table_says(row: Row) -> None:
    """B-02: passes, fails, or fails closed for want of data; the first failure ends the scan."""
    entry = {f"entry_conditions__{name}": value for name, value in row.entry.items()}
    evaluation = judged(strategy(row.kind, **entry, **row.more), row.desk, row.market(), **row.facts)
    verdict = told(evaluation, row.stage)

    assert (verdict.passed, verdict.is_missing) == (row.passes, row.missing)
    assert list(verdict.numbers) == NUMBERS[row.stage].split()
    if not row.passes:
        assert evaluation.verdicts[-1] == verdict
        assert (evaluation.decision, evaluation.order) == (Decision.REJECT, None)
        assert evaluation.reason == verdict.reason != ""


def test_the_table_fails_every_stage_and_keeps_every_one_from_failing() -> None:
    """B-02: each gate has a row that fails it and one that passes at its edge."""
    failed = {row.stage for row in TABLE if not row.passes}
    passed = {stage for stage in Stage if any(row.stage is stage and row.passes for row in TABLE)}

    assert failed == set(Stage) - {Stage.EXECUTION}
    assert passed >= set(Stage) - {Stage.G3, Stage.EXECUTION}


@pytest.mark.parametrize("figure", ["delta", "gamma", "vega"])
@pytest.mark.parametrize("sign", [1, -1])
def test_the_book_holds_the_candidate_against_each_cap(figure: str, sign: int) -> None:
    """B-09: at the cap it passes, past it the breach is named; with the candidate in the book."""
    free = told(judged(), Stage.BOOK).numbers
    added = {
        "delta": free["net_delta_shares"],
        "gamma": free["net_gamma_shares_per_dollar"],
        "vega": free["net_vega_usd_per_1vol"],
    }
    own = added[figure]
    assert isinstance(own, float)
    for beyond, breaches in ((-0.01, []), (0.01, [figure])):
        held = replace(Book(delta=0.0, gamma=0.0, vega=0.0), **{figure: sign * (100 + beyond) - own})
        verdict = told(judged(strategy(mode="live"), caps(100), account__book=held), Stage.BOOK)

        assert verdict.numbers["breaches"] == breaches
        assert verdict.passed is (not breaches)


def test_a_live_entry_needs_all_caps() -> None:
    """B-09: unset means no live entry."""
    all_set = caps(500)
    live = strategy(mode=DeskMode.LIVE.value)

    assert judged(live, all_set).decision is Decision.ENTER
    for lacking in (
        replace(all_set, portfolio_max_abs_delta_shares=None),
        replace(all_set, portfolio_max_abs_gamma=None),
        replace(all_set, portfolio_max_abs_vega=None),
    ):
        assert judged(live, lacking).decision is Decision.REJECT


def test_a_vix_quote_of_yesterday_is_no_quote_of_today() -> None:
    """B-02: yesterday's quote is missing data today; yesterday's stored close may stand in, marked so."""
    yesterday = Reading(value=16.0, at=AT - timedelta(days=1))
    found = judged(vix=yesterday)

    assert told(found, Stage.E1).numbers["vix"] == 16.5
    assert "yesterday's close" in told(found, Stage.E1).reason
    assert told(judged(vix=yesterday, vix_close=None), Stage.E1).is_missing


def test_what_stood_in_once_does_not_stand_in_twice() -> None:
    """B-02: the close of the session before last is missing data."""
    older = DailyClose(day=date(2026, 2, 17), value=16.5)

    assert told(judged(vix=None, vix_close=older), Stage.E1).is_missing
    assert told(judged(vix=None, previous_session=None), Stage.E1).is_missing


@pytest.mark.parametrize(("minutes", "passes"), [(-31, True), (-30, False), (59, False), (60, True)])
def test_a_release_closes_half_an_hour_before_and_an_hour_after(minutes: int, *, passes: bool) -> None:
    """B-02 B: 30 minutes before to 60 after, unless its row says another."""
    release = MacroWindow.around("CPI", AT - timedelta(minutes=minutes))

    assert told(judged(windows=(release,)), Stage.B).passed is passes


def test_nothing_stands_in_for_vix3m() -> None:
    """B-02: VIX3M has no stand-in."""
    assert told(judged(vix3m=Reading(value=18.0, at=AT - timedelta(days=1))), Stage.E1).is_missing


@pytest.mark.parametrize(
    ("hour", "minute", "passes"), [(12, 29, True), (12, 30, False), (12, 59, False), (13, 0, False)]
)
def test_a_half_days_last_30_minutes_are_not_traded(hour: int, minute: int, passes: bool) -> None:
    """B-02 H: the day after Thanksgiving ends at 13:00."""
    session = MarketCalendar().session(date(2026, 11, 27))
    assert session is not None
    at = datetime(2026, 11, 27, hour + 5, minute, tzinfo=UTC)
    market = chain(lambda one: replace(one, quoted_at=at))
    found = judged(
        market=market,
        at=at,
        spot=Reading(value=SPOT, at=at),
        vix=Reading(value=16.0, at=at),
        vix3m=Reading(value=18.0, at=at),
        opens_at=session.opens_at,
        closes_at=session.closes_at,
    )

    assert told(found, Stage.H).passed is passes


def test_without_a_candidate_f_fails_and_what_looks_at_legs_is_left_out() -> None:
    """B-16: C1 to C3 and C5 are left out; F tells the best credit that there was."""
    found = judged(strategy(entry_conditions__min_credit=4.99))

    assert [one.stage.value for one in found.verdicts] == ["A", "B", "C4", "D", "E1", "E2", "F"]
    assert told(found, Stage.F).numbers["best_credit"] == pytest.approx(1.34)


def test_a_chain_that_was_not_told_fails_closed() -> None:
    """B-02: no chain, no entry; said as missing data."""
    found = judged(market=Chain(expiries=()))

    assert (found.verdicts[-1].stage, found.verdicts[-1].is_missing) == (Stage.D, True)


def test_stages_are_judged_in_their_order() -> None:
    """B-16: A to H, then the filters, sizing, the book and the execution plan."""
    found = judged(strategy(entry_conditions__ivr_min=0))

    assert [one.stage for one in found.verdicts] == list(Stage)
    assert found.decision is Decision.ENTER


def test_e3_runs_only_where_the_strategy_sets_a_range() -> None:
    """B-02: off by default, whatever the history says."""
    assert Stage.E3 not in {one.stage for one in judged(iv_range=None).verdicts}


def test_the_wheel_is_judged_by_what_it_sells_now() -> None:
    """B-01: puts without shares, calls with them; puts are not sold in a downtrend, calls are."""
    falling = technicals(ema20=601.0, sma50=602.0)
    wheel = strategy(StrategyType.WHEEL)
    without, having = judged(wheel, **falling), judged(wheel, account__free_shares=100, **falling)

    assert without.reason == "puts are not sold in a downtrend"
    assert having.order is not None
    assert having.order.structure == "covered_call"


def test_the_walk_is_from_the_mid_to_the_last_price_worth_it() -> None:
    """B-05: a cent past the worst the expected value is no longer above 0; signed as the trade is."""
    found = judged()
    order = found.order
    assert order is not None
    g3 = told(found, Stage.G3).numbers
    pop, friction = g3["pop"], g3["friction"]
    assert isinstance(pop, float)
    assert isinstance(friction, float)

    def ev(credit: Decimal) -> float:
        return pop * float(credit) * 100 - (1 - pop) * (5 - float(credit)) * 100 - friction

    assert (order.limit_price, order.step) == (Decimal("-1.34"), Decimal("0.05"))
    assert ev(-order.worst) > 0 >= ev(-order.worst - Decimal("0.01"))
    assert told(found, Stage.EXECUTION).numbers == {
        "start": -1.34,
        "worst": float(order.worst),
        "step": 0.05,
    }


def test_the_walk_never_goes_below_the_least_credit() -> None:
    """B-05: `min_credit` holds at the worst price."""
    order = judged(strategy(entry_conditions__min_credit=1.30)).order

    assert order is not None
    assert order.worst == Decimal("-1.30")


def test_one_leg_has_its_own_price() -> None:
    """W-02: a put sold has the option's price, on its class's tick."""
    order = judged(strategy(StrategyType.CASH_SECURED_PUT)).order

    assert order is not None
    assert 0 < order.worst < order.limit_price
    assert [(leg.side.value, leg.ratio) for leg in order.legs] == [("SHORT", 1)]


def test_implied_volatility_of_the_quiet_morning_is_above_what_was_realised() -> None:
    """The morning of the tests: everything passes and the condor is entered."""
    assert QUIET.implied_volatility == ATM_IV
    assert judged().decision is Decision.ENTER


@pytest.mark.parametrize("kind", StrategyType)
def test_unknown_earnings_let_no_type_in(kind: StrategyType) -> None:
    """B-02, complaint: fail-open on missing earnings: not known is not none, whatever is traded."""
    found = judged(strategy(kind), earnings=None)

    assert found.order is None
    assert found.decision is Decision.REJECT

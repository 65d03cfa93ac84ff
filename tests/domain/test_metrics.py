"""Analytics (A-15) as laws, and against empyrical on random sets of trades, to 1e-9.

Where empyrical's conventions differ from A-15 the difference stands beside the comparison: it wants the
risk-free rate a day, calls a ratio of a series without deviation whatever the rounding makes of it, and has
no notion of an account that lost everything.
"""

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import accumulate
from uuid import UUID

import empyrical
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chalicelib.domain.analysis.metrics.curve import (
    Day,
    daily_series,
    drawdown,
    monthly,
    recovery_days,
    utc_series,
    weekly,
)
from chalicelib.domain.analysis.metrics.groups import (
    KEYS,
    best_and_worst,
    delta_bucket,
    group_by,
    score_bucket,
)
from chalicelib.domain.analysis.metrics.outcome import Outcome
from chalicelib.domain.analysis.metrics.ratios import DAYS_PER_YEAR, RISK_FREE_PER_YEAR, daily_returns, ratios
from chalicelib.domain.analysis.metrics.summary import summarize
from chalicelib.domain.analysis.metrics.verdicts import score_verdicts, takes_side
from chalicelib.domain.clocks.calendar import MarketCalendar, new_york_instant
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.instruments.symbols import OptionType
from chalicelib.domain.money import ZERO

BALANCE = Decimal(5000)
CALENDAR = MarketCalendar()
FIRST = date(2026, 2, 2)
CLOSE_TO = 1e-9
RISK_FREE_PER_DAY = RISK_FREE_PER_YEAR / 252


def ended(
    pnl: Decimal | str | int = 0, *, days: int = 0, at: datetime | None = None, **facts: object
) -> Outcome:
    """Return a trade that ended `days` calendar days after the first, at 11:00 in New York."""
    closed_at = at or datetime(2026, 2, 2, 16, 0, tzinfo=UTC) + timedelta(days=days)
    values: dict[str, object] = {
        "trade_id": UUID(int=1),
        "ticker": "SPY",
        "strategy": "scan",
        "option_type": OptionType.CALL,
        "side": LegSide.LONG,
        "close_reason": "MANUAL_CLOSE",
        "pnl": Decimal(pnl),
        "pnl_pct": None,
        "fees": Decimal("0.70"),
        "entered_at": closed_at - timedelta(hours=1),
        "closed_at": closed_at,
        "hold_hours": Decimal(1),
        "entry_price": Decimal(2),
        "bid": None,
        "ask": None,
        "score": None,
        "delta": None,
        "ai_verdict": None,
        "mfe_pct": None,
        "mae_pct": None,
    }
    return Outcome(**{**values, **facts})  # type: ignore[arg-type]  # a test's own keywords


def series(outcomes: Sequence[Outcome], balance: Decimal = BALANCE) -> list[Day]:
    """Return the daily series of these trades, from the first to the last."""
    return daily_series(outcomes, CALENDAR, balance=balance, first=None, last=None)


#: Trades of a quarter; P&L in cents, losses that the balance survives, breakeven included.
trade_sets = st.lists(
    st.builds(
        lambda cents, days: ended(Decimal(cents) / 100, days=days),
        st.integers(-10_000, 20_000) | st.just(0),
        st.integers(0, 90),
    ),
    min_size=1,
    max_size=40,
)


def close(ours: float | None, theirs: float) -> bool:
    """Say whether two figures agree; ours is None where theirs is not a number, or none that is finite."""
    if ours is None:
        return not math.isfinite(theirs)
    return math.isclose(ours, theirs, rel_tol=CLOSE_TO, abs_tol=CLOSE_TO)


@given(trade_sets)
@settings(max_examples=300, deadline=None)
def test_ratios_agree_with_an_independent_library(outcomes: list[Outcome]) -> None:
    """A-15: Sharpe, Sortino, Calmar and the drawdown are empyrical's, to 1e-9."""
    days = series(outcomes)
    assume(len(days) >= 2)
    fall = drawdown(days, BALANCE)
    ours = ratios(days, BALANCE, fall)
    assert fall is not None
    # Independent of our own series: money by date, over the balance before it.
    pnl = {day: Decimal(0) for day in (one.date for one in days)}
    for outcome in outcomes:
        pnl[outcome.closed_at.date()] += outcome.pnl
    balances = list(accumulate(pnl.values(), initial=BALANCE))
    returns = np.array([float(one / start) for one, start in zip(pnl.values(), balances, strict=False)])

    if len({day.pnl for day in days}) > 1:  # equal returns leave rounding, where empyrical may divide by it
        assert close(ours.sharpe, float(empyrical.sharpe_ratio(returns, risk_free=RISK_FREE_PER_DAY)))
    assert close(ours.sortino, float(empyrical.sortino_ratio(returns, required_return=RISK_FREE_PER_DAY)))
    assert close(float(fall.percent / 100), float(empyrical.max_drawdown(returns)))
    assert close(ours.calmar, float(empyrical.calmar_ratio(returns)))
    total = float(summarize(outcomes).total_pnl)
    assert close(total / float(BALANCE), float(empyrical.cum_returns_final(returns)))


@given(trade_sets)
@settings(max_examples=40, deadline=None)
def test_ratios_of_what_trades_on_all_days_are_times_the_root_of_365(outcomes: list[Outcome]) -> None:
    """C-13: every day of UTC counts, × √365; the way back is as long as the days under its peak."""
    days = utc_series(outcomes, balance=BALANCE, first=None, last=None)
    assume(len(days) >= 2)
    ours = ratios(days, BALANCE, drawdown(days, BALANCE), days_per_year=DAYS_PER_YEAR)
    balances = [BALANCE, *(day.equity for day in days)]
    returns = np.array([float(day.pnl / start) for day, start in zip(days, balances, strict=False)])

    assert len(days) == (days[-1].date - days[0].date).days + 1
    if len({day.pnl for day in days}) > 1:
        theirs = empyrical.sharpe_ratio(returns, risk_free=0.05 / 365, annualization=365)
        assert close(ours.sharpe, float(theirs))
    theirs = empyrical.sortino_ratio(returns, required_return=0.05 / 365, annualization=365)
    assert close(ours.sortino, float(theirs))


@pytest.mark.parametrize(
    ("equities", "expected"),
    [((110, 120), 0), ((110, 99, 105, 110, 90, 95), None), ((110, 88, 100, 111, 105), 2), ((90, 100), 1)],
)
def test_the_way_back_begins_at_the_deepest_point(equities: tuple[int, ...], expected: int | None) -> None:
    """C-09: recovery days."""
    days = [
        Day(date=date(2026, 3, number), pnl=Decimal(0), equity=Decimal(equity))
        for number, equity in enumerate(equities, start=1)
    ]

    assert recovery_days(days, Decimal(100)) == expected


@given(trade_sets)
def test_counts_rates_and_sums_agree_with_plain_arithmetic(outcomes: list[Outcome]) -> None:
    """A-15: win rate, profit factor, averages, expectancy, payoff ratio, best and worst."""
    summary = summarize(outcomes)
    money = np.array([float(one.pnl) for one in outcomes])
    won, lost = money[money > 0], money[money < 0]

    assert (summary.trades, summary.wins, summary.losses) == (len(money), len(won), len(lost))
    assert summary.wins + summary.losses + summary.breakeven == summary.trades
    assert close(float(summary.win_rate or 0), float(np.mean(money > 0)))
    assert close(float(summary.expectancy or 0), float(np.mean(money)))
    assert (summary.profit_factor is None) == (len(lost) == 0)
    assert (summary.payoff_ratio is None) == (len(lost) == 0 or len(won) == 0)
    if len(lost):
        assert close(float(summary.profit_factor or 0), float(won.sum() / -lost.sum()))
        assert close(float(summary.avg_loss or 0), float(lost.mean()))
    if len(won):
        assert close(float(summary.avg_win or 0), float(won.mean()))
    assert (float(summary.best or 0), float(summary.worst or 0)) == (money.max(), money.min())
    assert summary.total_pnl == sum(one.pnl for one in outcomes)


@given(trade_sets)
def test_days_weeks_months_and_every_grouping_add_up_to_the_total(outcomes: list[Outcome]) -> None:
    """Nothing is counted twice or left out, whatever the cut."""
    total = summarize(outcomes).total_pnl
    days = series(outcomes)

    assert sum(day.pnl for day in days) == total
    assert days[-1].equity == BALANCE + total
    assert sum(weekly(days).values()) == sum(monthly(days).values()) == total
    for key in KEYS.values():
        groups = group_by(outcomes, key)
        assert sum(group.total_pnl for group in groups) == total
        assert sum(group.trades for group in groups) == len(outcomes)


@given(trade_sets)
def test_the_drawdown_is_the_deepest_fall_from_the_peak_before_it(outcomes: list[Outcome]) -> None:
    """By comparing every pair of days, which a running peak must agree with."""
    days = series(outcomes)
    equities = [BALANCE, *(day.equity for day in days)]
    falls = [later - earlier for i, earlier in enumerate(equities) for later in equities[i:]]
    fall = drawdown(days, BALANCE)

    assert fall is not None
    assert fall.amount == min(falls)
    assert (fall.days == 0) == (fall.percent == 0) == (fall.amount == 0)


def test_nothing_is_defined_without_trades() -> None:
    """A-15: undefined is null, not 0; sums of nothing are 0."""
    summary = summarize([])

    assert (summary.trades, summary.total_pnl, summary.fees) == (0, ZERO, ZERO)
    assert summary.win_rate is summary.expectancy is summary.profit_factor is summary.best is None
    assert series([]) == []
    assert drawdown([], BALANCE) is None
    assert ratios([], BALANCE, None).sharpe is None
    assert group_by([], KEYS["ticker"]) == []
    assert best_and_worst([]) == (None, None)
    assert score_verdicts([]).right_pct is None


@pytest.mark.parametrize("pnl", [50, -50, 0])
def test_one_trade_has_sums_but_no_ratios(pnl: int) -> None:
    """A-15: ratios under two days are undefined; one trade is one day."""
    outcomes = [ended(pnl)]
    days = series(outcomes)
    fall = drawdown(days, BALANCE)
    summary = summarize(outcomes)
    figures = ratios(days, BALANCE, fall)

    assert [(day.date, day.pnl, day.equity) for day in days] == [(FIRST, Decimal(pnl), BALANCE + pnl)]
    assert {summary.expectancy, summary.best, summary.worst} == {Decimal(pnl)}
    assert summary.profit_factor == (0 if pnl < 0 else None)
    assert (figures.sharpe, figures.sortino, figures.calmar) == (None, None, None)
    assert fall is not None
    assert (fall.amount, fall.days) == (Decimal(min(pnl, 0)), int(pnl < 0))


def test_trading_days_without_trades_count_as_nothing_gained() -> None:
    """A-15: a holiday and a weekend are no days at all; a quiet trading day is one at 0."""
    outcomes = [ended(10, days=10), ended(20, days=15)]  # Thursday; Tuesday after Presidents' Day
    days = series(outcomes)

    assert [(day.date.day, int(day.pnl)) for day in days] == [(12, 10), (13, 0), (17, 20)]


def test_an_asked_period_has_all_its_trading_days() -> None:
    """From and to bound the series, whether or not something ended on those days."""
    days = daily_series(
        [ended(10, days=2)], CALENDAR, balance=BALANCE, first=FIRST, last=FIRST + timedelta(days=6)
    )

    assert [day.pnl for day in days] == [0, 0, 10, 0, 0]


def test_a_trade_that_ended_on_a_day_without_session_keeps_its_day() -> None:
    """An import or a coin may end on a Sunday: the curve still adds up."""
    days = series([ended(10), ended(5, days=6)])

    assert (days[-1].date, days[-1].equity) == (date(2026, 2, 8), BALANCE + 15)


def test_a_day_ends_at_midnight_in_new_york() -> None:
    """23:30 in New York is the next day in UTC, and still that day's result."""
    late = ended(10, at=datetime(2026, 2, 4, 4, 30, tzinfo=UTC))

    assert series([late])[0].date == date(2026, 2, 3)


def test_a_period_is_bounded() -> None:
    """A period of centuries costs no more than thirty years."""
    days = daily_series([ended(10)], CALENDAR, balance=BALANCE, first=date(1900, 1, 1), last=date(2026, 2, 2))

    assert days[0].date.year == 1996
    assert days[-1].equity == BALANCE + 10


@pytest.mark.parametrize(
    ("pnls", "amount", "length"),
    [
        ([100, -50, -50, 200, -10], -100, 2),
        ([-100, 50, 50, 1], -100, 2),
        ([100, -300, 100, 100], -300, 3),
        ([10, 20, 30], 0, 0),
        ([-10, 20, -500, 600], -500, 1),
    ],
)
def test_the_length_of_a_drawdown_is_its_days_below_the_peak(
    pnls: list[int], amount: int, length: int
) -> None:
    """Until the peak is regained, or the series ends."""
    fall = drawdown(series([ended(pnl, days=index) for index, pnl in enumerate(pnls)]), BALANCE)

    assert fall is not None
    assert (fall.amount, fall.days) == (Decimal(amount), length)


def test_equal_returns_have_no_deviation_and_no_sharpe() -> None:
    """A-15: undefined without deviation, also where floats would leave a trace of one."""
    days = daily_series([], CALENDAR, balance=BALANCE, first=FIRST, last=FIRST + timedelta(days=4))
    figures = ratios(days, BALANCE, drawdown(days, BALANCE))

    assert (figures.sharpe, figures.calmar) == (None, None)
    assert figures.sortino is not None  # each day earned less than the risk-free rate
    assert figures.sortino < 0


def test_an_account_that_lost_everything_has_no_ratios() -> None:
    """A day that begins with nothing has no return; the drawdown is still told."""
    days = series([ended(-6000), ended(100, days=1), ended(100, days=2)])
    fall = drawdown(days, BALANCE)

    assert daily_returns(days, BALANCE) is None
    assert fall is not None
    assert (fall.amount, fall.percent) == (Decimal(-6000), Decimal(-120))
    assert ratios(days, BALANCE, fall).sharpe is None


def test_a_growth_beyond_all_numbers_is_not_defined() -> None:
    """Two days that make a million out of one dollar are not a yearly rate."""
    days = series([ended(10**9), ended(-1, days=1)], Decimal(1))

    assert ratios(days, Decimal(1), drawdown(days, Decimal(1))).calmar is None


@pytest.mark.parametrize(
    ("entry", "bid", "ask", "side", "expected"),
    [
        ("2.05", "1.90", "2.10", LegSide.LONG, "2.5"),
        ("1.95", "1.90", "2.10", LegSide.LONG, "-2.5"),
        ("1.95", "1.90", "2.10", LegSide.SHORT, "2.5"),
        ("2.05", "2.10", "1.90", LegSide.LONG, None),
        ("2.05", "0", "2.10", LegSide.LONG, None),
        ("2.05", None, "2.10", LegSide.LONG, None),
    ],
)
def test_slippage_is_what_the_entry_cost_against_the_mid(
    entry: str, bid: str | None, ask: str, side: LegSide, expected: str | None
) -> None:
    """In per cent of the mid, positive is worse; a quote that has no mid tells nothing."""
    outcome = ended(
        entry_price=Decimal(entry), bid=None if bid is None else Decimal(bid), ask=Decimal(ask), side=side
    )

    assert outcome.slippage_pct == (None if expected is None else Decimal(expected))


def test_slippage_is_averaged_over_the_trades_that_have_a_quote() -> None:
    """Missing is not zero."""
    quoted = ended(entry_price=Decimal("2.05"), bid=Decimal("1.9"), ask=Decimal("2.1"))

    assert summarize([quoted, ended()]).slippage_pct == Decimal("2.5")
    assert summarize([ended()]).slippage_pct is None


@pytest.mark.parametrize(
    ("score", "bucket"),
    [
        ("75", "70-80"),
        ("70", "70-80"),
        ("79.99", "70-80"),
        ("100", "90-100"),
        ("0", "0-10"),
        ("-5", "-10-0"),
        ("120", "120-130"),
        (None, None),
    ],
)
def test_scores_fall_into_tens(score: str | None, bucket: str | None) -> None:
    """Half open; a full 100 is no bucket of its own."""
    assert score_bucket(None if score is None else Decimal(score)) == bucket


@pytest.mark.parametrize(
    ("delta", "bucket"),
    [("0.35", "0.3-0.4"), ("-0.35", "0.3-0.4"), ("0.3", "0.3-0.4"), ("1", "0.9-1.0"), ("0.05", "0.0-0.1")],
)
def test_deltas_fall_into_tenths_by_size(delta: str, bucket: str) -> None:
    """A put of −0.35 and a call of 0.35 are as near to the money."""
    assert delta_bucket(Decimal(delta)) == bucket


def test_groups_come_in_their_keys_order_with_the_unknown_last() -> None:
    """Monday before Friday, 9 before 10, 90-100 after 70-80, names by alphabet."""
    outcomes = [
        ended(1, days=4, score=Decimal(95), ticker="SPY"),
        ended(2, days=0, score=Decimal(75), ticker="AAPL"),
        ended(3, days=1, score=None, ticker="QQQ", entered_at=None),
        ended(4, days=1, score=Decimal(-5), entered_at=new_york_instant(FIRST, time(9, 31))),
    ]

    def keys(name: str) -> list[str | None]:
        return [group.key for group in group_by(outcomes, KEYS[name])]

    assert keys("weekday") == ["Monday", "Friday", None]
    assert keys("hour") == ["09", "10", None]
    assert keys("score") == ["-10-0", "70-80", "90-100", None]
    assert keys("ticker") == ["AAPL", "QQQ", "SPY"]


def test_best_and_worst_strategy_are_by_expectancy_and_marked_when_few() -> None:
    """A-15: trade counts with each, under 10 marked; trades without a strategy are none."""
    outcomes = [
        *(ended(10, strategy="steady") for _ in range(10)),
        ended(100, strategy="lucky"),
        ended(-50, strategy="bad"),
        ended(-900, strategy=None),
    ]
    best, worst = best_and_worst(group_by(outcomes, KEYS["strategy"]))

    assert best is not None
    assert worst is not None
    assert (best.key, best.trades, best.too_few) == ("lucky", 1, True)
    assert (worst.key, worst.expectancy) == ("bad", Decimal(-50))
    assert [group.too_few for group in group_by(outcomes, KEYS["strategy"]) if group.key == "steady"] == [
        False
    ]


@pytest.mark.parametrize(
    ("verdict", "option_type", "side"),
    [
        ("BUY", OptionType.CALL, True),
        ("Strong Buy", OptionType.PUT, True),
        ("avoid", OptionType.CALL, False),
        ("BULLISH", OptionType.CALL, True),
        ("BULLISH", OptionType.PUT, False),
        ("bearish", OptionType.PUT, True),
        ("no-trade", OptionType.CALL, False),
        ("42", OptionType.CALL, None),
        (None, OptionType.CALL, None),
    ],
)
def test_a_verdict_takes_a_side(verdict: str | None, option_type: OptionType, side: bool | None) -> None:
    """Words for or against the trade, or for a direction, which a put turns round."""
    assert takes_side(ended(ai_verdict=verdict, option_type=option_type)) is side


def test_the_ai_was_right_when_it_was_for_a_win_or_against_a_loss() -> None:
    """A-15: how often was the AI right; breakeven trades and unknown words judge nobody."""
    score = score_verdicts(
        [
            ended(10, ai_verdict="BUY"),
            ended(-10, ai_verdict="BUY"),
            ended(-10, ai_verdict="AVOID"),
            ended(0, ai_verdict="BUY"),
            ended(10, ai_verdict="???"),
        ]
    )

    assert (score.agree, score.right) == (3, 2)
    assert score.right_pct is not None
    assert close(float(score.right_pct), 200 / 3)


def test_slippage_of_a_credit_is_against_its_signed_mid() -> None:
    """W-02: a condor sold for 1.15 where the mid was 1.20 cost 5 cents of 1.20; one at 1.23 gained."""
    bid, ask = Decimal("-1.25"), Decimal("-1.15")
    worse = ended(structure="IRON_CONDOR", bid=bid, ask=ask, entry_price=Decimal("-1.15"))
    better = ended(structure="IRON_CONDOR", bid=bid, ask=ask, entry_price=Decimal("-1.23"))

    assert worse.slippage_pct == Decimal("0.05") / Decimal("1.20") * 100
    assert better.slippage_pct == -Decimal("0.03") / Decimal("1.20") * 100
    assert ended(structure="VERTICAL", bid=Decimal("-0.05"), ask=Decimal("0.05")).slippage_pct is None


def test_a_lone_contract_needs_a_bid_whatever_a_structure_does() -> None:
    """A-15: nobody's bid makes no mid of one leg; a short put that brought less than the mid slipped."""
    assert ended(structure="LONG_CALL", bid=Decimal(0), ask=Decimal(1)).slippage_pct is None
    short = ended(
        structure="SHORT_PUT",
        side=LegSide.SHORT,
        entry_price=Decimal("1.90"),
        bid=Decimal("1.90"),
        ask=Decimal("2.10"),
    )
    assert short.slippage_pct == 5


@pytest.mark.parametrize(
    ("delta", "word", "side_taken"),
    [
        ("0.12", "BULLISH", True),
        ("-0.12", "BULLISH", False),
        ("-0.12", "BEARISH", True),
        (None, "BULLISH", None),
        ("0", "BEARISH", None),
        ("-0.12", "BUY", True),
    ],
)
def test_a_structures_deltas_in_sum_say_which_way_it_was_held(
    delta: str | None, word: str, side_taken: bool | None
) -> None:
    """A-15: a bull put spread, short a put first, gains from a rise; without a delta no word counts."""
    spread = ended(
        structure="VERTICAL",
        option_type=None,
        side=LegSide.SHORT,
        delta=None if delta is None else Decimal(delta),
        ai_verdict=word,
    )
    assert takes_side(spread) is side_taken


def test_trades_are_grouped_by_their_structure() -> None:
    """api.md, performance: `by.structure`; what was never named stands last."""
    trades = [ended(5, structure="VERTICAL"), ended(-3, structure="IRON_CONDOR"), ended(2), ended(1)]
    groups = group_by([*trades, ended(1, structure="VERTICAL")], KEYS["structure"])

    assert [(group.key, group.trades, group.total_pnl) for group in groups] == [
        ("IRON_CONDOR", 1, Decimal(-3)),
        ("VERTICAL", 2, Decimal(6)),
        (None, 2, Decimal(3)),
    ]

"""Checks for bias (issue 14): each finds what it is there for, and says so in plain words."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from chalicelib.domain.backtest import moments
from chalicelib.domain.backtest.bias.checks import checks_of
from chalicelib.domain.backtest.bias.crises import crises_in, worst_of
from chalicelib.domain.backtest.bias.look_ahead import ScrambledFuture, changed_decisions
from chalicelib.domain.backtest.bias.neighbours import neighbours
from chalicelib.domain.backtest.bias.significance import bootstrap
from chalicelib.domain.backtest.history import Bars
from chalicelib.domain.backtest.kept import EquityPoint
from chalicelib.domain.backtest.march import March
from chalicelib.domain.backtest.results import Check
from chalicelib.domain.backtest.run import Run
from chalicelib.domain.desk.strategies.settings import DeskSettings
from chalicelib.domain.desk.volatility.technicals import Technicals
from chalicelib.services.backtests.paper_books import opened
from tests.domain.backtest.backtest_support import CALENDAR, asked, days_of, marched, market

QUARTER = asked(to="2025-03-31")


@pytest.fixture(scope="module")
def quarter() -> March:
    return marched(QUARTER)


def _checks(march: March) -> dict[str, Check]:
    return {one.name: one for one in checks_of(march, days_of(march.runs[0].asked))}


def test_every_check_is_named_in_plain_words(quarter: March) -> None:
    """Issue 14: six of them, on the first page."""
    found = _checks(quarter)
    assert list(found) == ["look_ahead", "data_gaps", "significance", "crises", "fills", "sensitivity"]
    assert found["look_ahead"].passed
    assert found["data_gaps"].words == "Each of 60 sessions has a chain."
    assert found["fills"].words.startswith("Fills better than bids and asks at the time brought $0.00 of")
    assert (found["crises"].passed, found["sensitivity"].passed) == (False, None)


def test_a_decision_that_reads_the_evening_is_found(quarter: March, monkeypatch: pytest.MonkeyPatch) -> None:
    """Look-ahead: a bar of the same day, which the desk cannot have at 15:29."""
    honest = moments._technicals
    monkeypatch.setattr(
        moments, "_technicals", lambda bars, previous: _of_the_evening(honest, bars, previous)
    )
    looked_at, changed = changed_decisions(quarter.runs[0], quarter.history, days_of(QUARTER), QUARTER.seed)
    assert looked_at == 8
    assert changed
    assert "knows the future" in _checks(quarter)["look_ahead"].words


def _of_the_evening(honest: object, bars: Bars | None, previous: date) -> Technicals:
    assert callable(honest)
    following = previous
    while not CALENDAR.is_trading_day(following) or following == previous:
        following = date.fromordinal(following.toordinal() + 1)
    found = honest(bars, following)
    assert isinstance(found, Technicals)
    return found


def test_what_was_done_does_not_hang_on_what_came_after() -> None:
    """Look-ahead, whole: trades and curve up to a day are the same whatever its future is."""
    days = days_of(QUARTER)
    middle = days[len(days) // 2]
    kept = []
    for history in (market(QUARTER), ScrambledFuture(market(QUARTER), middle, 5)):
        run = Run(QUARTER, QUARTER.strategy, DeskSettings(), CALENDAR, opened(QUARTER))
        march = March(history=history, calendar=CALENDAR, runs=[run])
        for day in days[: days.index(middle)]:
            march.day(day)
        run_of_middle = march.moments(CALENDAR.session(middle))  # type: ignore[arg-type]  # a trading day
        run.look(next(run_of_middle))
        kept.append(run.kept())
    assert kept[0].open
    assert kept[0] == kept[1]


def test_luck_is_told_from_skill() -> None:
    """Significance: trades that all win are no luck, trades around nothing may be; few say nothing."""
    skill = bootstrap([50.0, 40.0, 60.0, 55.0] * 5, 1)
    luck = bootstrap([100.0, -98.0] * 10, 1)
    assert skill is not None
    assert luck is not None
    assert (skill.without_profit, skill.low > 40) == (0.0, True)
    assert 0.3 < luck.without_profit < 0.7
    assert bootstrap([1.0] * 9, 1) is None


def test_crises_and_worst_weeks_are_of_the_curve() -> None:
    """A range with spring 2020 in it names it with its loss."""
    days = [date(2020, 2, 3), date(2020, 2, 19), date(2020, 3, 23), date(2020, 4, 1)]
    equity = [Decimal(one) for one in (1000, 1010, 700, 900)]
    points = [EquityPoint(day=day, equity=one) for day, one in zip(days, equity, strict=True)]
    assert [(one.name, one.pnl) for one in crises_in(points, Decimal(1000))] == [
        ("spring 2020", Decimal(-310))
    ]
    worst = worst_of(points, Decimal(1000), 1)
    assert worst is not None
    assert (worst.name, worst.pnl) == ("1 sessions to 2020-03-23", Decimal(-310))


def test_profit_of_the_fill_rule_alone_is_named() -> None:
    """Fills: at the mid instead of the touch, half spreads are the profit; said in dollars."""
    at_mid = marched(asked(to="2025-03-31", fill_rule="mid_pct", slippage_pct=0))
    trade = at_mid.runs[0].trades[0]
    assert trade.better > 0
    found = _checks(at_mid)["fills"]
    assert {one.name: one.value for one in found.numbers}["better_than_natural"] == pytest.approx(
        float(sum(one.better for one in at_mid.runs[0].trades))
    )
    natural = replace(trade, better=Decimal(0))
    at_mid.runs[0].trades = [natural]
    assert _checks(at_mid)["fills"].passed


def test_neighbours_differ_in_one_thing_and_are_strategies() -> None:
    """Sensitivity: a fifth less and more of delta, target and stop, five days nearer and further."""
    found = neighbours(asked().strategy)
    assert [sorted(one) for one in found] == [
        *[["entry_conditions.short_delta"]] * 2,
        *[["exit_conditions.profit_target_pct"]] * 2,
        *[["exit_conditions.stop_pct"]] * 2,
        *[["entry_conditions.dte_max", "entry_conditions.dte_min"]] * 2,
    ]

"""Traders as they are told and read, and what their rules do (C-01, C-03)."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.ai.rules.drawdown import daily_pct, looked, total_pct
from chalicelib.domain.ai.rules.levels import Ridden, is_held_too_long, ruled_stop
from chalicelib.domain.ai.traders.reading import read_trader, trader_body
from chalicelib.domain.ai.traders.timeframes import Timeframe
from chalicelib.domain.ai.traders.trader import SizingRule, Trader, Trading
from chalicelib.domain.instruments.sides import LegSide

D = Decimal
ID: Final = UUID("01890000-0000-7000-8000-000000000001")
BODY: Final = {"name": "Trend", "symbols": ["BTCUSDT", "ETHUSDT"], "timeframe": "15m"}
OPENED: Final = datetime(2026, 2, 19, 12, 0, tzinfo=UTC)
TODAY: Final = OPENED.date()
DAY: Final = timedelta(days=1)


def read(**changes: Any) -> Trader | dict[str, str]:  # Any: a body
    found = read_trader({**BODY, **changes}, ID, 1)
    return found if isinstance(found, Trader) else {one.field: one.message for one in found}


def test_what_is_left_out_has_the_specs_defaults() -> None:
    """C-01."""
    found = read()

    assert isinstance(found, Trader)
    assert found.trading == Trading()
    assert (found.trading.enabled, found.trading.require_approval, found.trading.veto_seconds) == (
        False,
        True,
        60,
    )
    assert (found.trading.sizing, found.trading.max_positions) == (SizingRule.FIXED, 3)
    assert (found.filter, found.timeframe) == (None, Timeframe.M15)


def test_a_trader_is_told_as_it_is_read() -> None:
    found = read(trading={"trailing_pct": 1.5, "breakeven_at_pct": None, "max_positions": 7})
    assert isinstance(found, Trader)

    again = read_trader(json.loads(json.dumps(trader_body(found))), ID, 1)

    assert again == found


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": None}, "name"),
        ({"symbols": []}, "symbols"),
        ({"symbols": ["btcusdt"]}, "symbols"),
        ({"symbols": ["BTCUSDT", "BTCUSDT"]}, "symbols"),
        ({"symbols": ["BTCUSDT"] * 101}, "symbols"),
        ({"timeframe": "2h"}, "timeframe"),
        ({"analysis": {"model": "openrouter/auto"}}, "analysis.model"),
        ({"analysis": {"model": "~anthropic/claude-latest"}}, "analysis.model"),
        ({"analysis": {"model": "llama3:latest"}}, "analysis.model"),
        ({"trading": {"max_risk_pct": 2.01}}, "trading.max_risk_pct"),
        ({"trading": {"min_confidence": 1.01}}, "trading.min_confidence"),
        ({"trading": {"veto_seconds": 3601}}, "trading.veto_seconds"),
        ({"trading": {"max_positions": 1001}}, "trading.max_positions"),
        ({"trading": {"mode": "live"}}, "trading.exchange"),
        ({"trading": {"leverage": 5}}, "trading.leverage"),
        ({"owner": "mallory"}, "owner"),
    ],
)
def test_what_is_wrong_is_named_by_its_field(changes: dict[str, Any], field: str) -> None:  # Any: a body
    """C-01, C-02: a moving alias is no model."""
    found = read(**changes)

    assert isinstance(found, dict)
    assert field in found


def _ridden(
    best: str, stop: str | None = "97", side: LegSide = LegSide.LONG, **more: Any
) -> Ridden:  # Any: fields
    return Ridden(
        side=side,
        entry_price=D(100),
        stop=None if stop is None else D(stop),
        best=D(best),
        opened_at=OPENED,
        fee_rate=D("0.001"),
        **more,
    )


@pytest.mark.parametrize(
    ("trading", "held", "stop"),
    [
        (Trading(), _ridden("101.99"), None),
        (Trading(), _ridden("102"), D("100.2")),
        (Trading(), _ridden("102", "100.2"), None),
        (Trading(breakeven_at_pct=None), _ridden("150"), None),
        (Trading(trailing_pct=D(3)), _ridden("100.5"), D("97.485")),
        (Trading(trailing_pct=D(3)), _ridden("110"), D("106.7")),
        (Trading(), _ridden("110", trailing_pct=D(5)), D("104.5")),
        (Trading(), _ridden("98", "103", LegSide.SHORT), D("99.8")),
        (Trading(trailing_pct=D(3)), _ridden("90", "103", LegSide.SHORT), D("92.7")),
    ],
)
def test_rules_keep_the_entry_and_follow(trading: Trading, held: Ridden, stop: Decimal | None) -> None:
    """C-01: breakeven is the entry plus fees; a rule never loosens."""
    assert ruled_stop(trading, held) == stop


@given(
    best=st.decimals("80", "150", places=2),
    old=st.decimals("80", "150", places=2),
    side=st.sampled_from(LegSide),
)
def test_no_rule_loosens_a_stop(best: Decimal, old: Decimal, side: LegSide) -> None:
    """I-41."""
    held = replace(_ridden("100", side=side), best=best, stop=old)
    found = ruled_stop(Trading(trailing_pct=D(2)), held)

    assert found is None or (found - old) * side.sign > 0


def test_the_longest_holding_ends_at_its_minute() -> None:
    """C-01."""
    trading = Trading(max_holding_minutes=90)

    assert not is_held_too_long(trading, _ridden("100"), OPENED + timedelta(minutes=89, seconds=59))
    assert is_held_too_long(trading, _ridden("100"), OPENED + timedelta(minutes=90))
    assert not is_held_too_long(Trading(), _ridden("100"), OPENED + timedelta(days=900))


def test_falls_are_measured_from_midnight_and_from_the_peak() -> None:
    """C-03, C-13: 200 under the nothing of its start, 1,000 under the peak, of 10,000."""
    first = looked(None, TODAY, D(100), D(10_100))
    fall = looked(looked(first, TODAY, D(800), D(10_800)), TODAY, D(-200), D(9_800))

    assert (fall.at_midnight, fall.peak) == (D(0), D(800))
    assert daily_pct(fall, D(-200)) == D(2)
    assert total_pct(fall, D(-280)) == D(1080) / D(10_800) * 100
    assert daily_pct(fall, D(500)) == D(2)  # what comes back on the same day opens no door
    assert (daily_pct(fall, None), total_pct(fall, None)) == (None, None)


def test_a_day_begins_anew_and_a_resume_begins_the_peak_anew() -> None:
    """C-03, C-13: the first look of a UTC day is what the day is measured from."""
    before = looked(None, TODAY, D(0), D(10_000))
    tomorrow = looked(looked(before, TODAY, D(-600), D(9_400)), TODAY + DAY, D(-600), D(9_400))
    resumed = looked(replace(tomorrow, peak=None), TODAY + DAY, D(-700), D(9_300))

    assert (daily_pct(tomorrow, D(-600)), total_pct(tomorrow, D(-600))) == (D(0), D(6))
    assert (daily_pct(resumed, D(-700)), total_pct(resumed, D(-700))) == (D(100) / D(9_400) * 100, D(0))

"""Strategies as values, their faults by field, the builder's proposals, the desk's settings (B-01, B-16)."""

from copy import deepcopy
from dataclasses import replace
from datetime import time
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.desk.strategies.proposals import proposed_body
from chalicelib.domain.desk.strategies.reading import body_of, read_strategy
from chalicelib.domain.desk.strategies.settings import DeskSettings, read_settings
from chalicelib.domain.desk.strategies.strategy import Between, DeskBroker, DeskMode, Strategy
from chalicelib.domain.desk.strategies.strategy_types import StrategyType, sold_now

ID: Final = UUID(int=7)


def read(body: object) -> Strategy:
    """Read a body that has no fault."""
    found = read_strategy(body, ID, 1)
    assert isinstance(found, Strategy), found
    return found


def faults(body: object) -> dict[str, str]:
    """Return what is wrong with a body, by field."""
    found = read_strategy(body, ID, 1)
    assert isinstance(found, tuple)
    return {one.field: one.message for one in found}


def condor(**changes: Any) -> dict[str, Any]:
    """Return the builder's condor, a block's fields changed by `block__field`; ... takes one out."""
    body: dict[str, Any] = deepcopy(proposed_body(StrategyType.IRON_CONDOR, "SPY"))
    for path, value in changes.items():
        *blocks, name = path.split("__")
        place = body
        for block in blocks:
            place = place.setdefault(block, {})
        if value is ...:
            del place[name]
        else:
            place[name] = value
    return body


@pytest.mark.parametrize("kind", StrategyType)
def test_what_the_builder_proposes_is_taken_for_each_of_the_nine_types(kind: StrategyType) -> None:
    """B-01: DTE 30 to 60, delta 0.16, target 50 %, stop 200 %, time stop 21 DTE; on paper at Tradier."""
    found = read(proposed_body(kind, "spy"))

    entry, leaving = found.entry_conditions, found.exit_conditions
    assert (entry.dte_min, entry.dte_max) == (30, 60)
    assert found.underlying == "SPY"
    assert entry.short_delta == (
        Between(low=Decimal("0.16"), high=Decimal("0.16")) if kind.is_sold_by_delta else None
    )
    assert (leaving.profit_target_pct, leaving.stop_pct) == (Decimal(50), Decimal(200))
    assert leaving.time_stop_dte == 21
    assert (found.mode, found.preferred_broker) == (DeskMode.PAPER, DeskBroker.TRADIER)
    assert leaving.vix_exit is (kind is not StrategyType.BUTTERFLY)


def test_defaults_are_those_of_the_specification() -> None:
    """B-01, B-02: ADX 25, VRP 0, spread by the desk, volume 1, open interest 100, 50 %, 300 s, 1 day."""
    entry = read(condor()).entry_conditions

    assert (entry.adx_max, entry.min_vrp) == (Decimal(25), Decimal(0))
    assert entry.earnings_after_days == 1
    assert (entry.skew_aware, entry.dynamic_dte, entry.asks_iv_rank) == (False, False, False)
    lively = entry.liquidity
    assert (lively.max_spread_pct, lively.min_volume, lively.min_open_interest) == (None, 1, 100)
    assert lively.min_underlying_volume_pct == 50
    assert lively.max_quote_age_s == 300


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"colour": "red"}, "colour"),
        ({"entry_conditions__luck": 1}, "entry_conditions.luck"),
        ({"entry_conditions__liquidity__depth": 1}, "entry_conditions.liquidity.depth"),
        ({"exit_conditions__hope": True}, "exit_conditions.hope"),
        ({"sizing__all_in": True}, "sizing.all_in"),
        ({"type": "strangle"}, "type"),
        ({"type": ...}, "type"),
        ({"name": ""}, "name"),
        ({"underlying": ...}, "underlying"),
        ({"underlying": "S&P"}, "underlying"),
        ({"mode": "dream"}, "mode"),
        ({"preferred_broker": "binance"}, "preferred_broker"),
        ({"enabled": "yes"}, "enabled"),
        ({"max_positions": ...}, "max_positions"),
        ({"max_positions": 0}, "max_positions"),
        ({"max_positions": 1.5}, "max_positions"),
        ({"entry_conditions": 5}, "entry_conditions"),
        ({"entry_conditions__dte_min": ...}, "entry_conditions.dte_min"),
        ({"entry_conditions__dte_max": ...}, "entry_conditions.dte_max"),
        ({"entry_conditions__dte_min": 61}, "entry_conditions.dte_min"),
        ({"entry_conditions__short_delta": ...}, "entry_conditions.short_delta"),
        ({"entry_conditions__short_delta": 0}, "entry_conditions.short_delta"),
        ({"entry_conditions__short_delta": {"min": 0.3, "max": 0.2}}, "entry_conditions.short_delta"),
        ({"entry_conditions__short_delta": {"min": 0.1}}, "entry_conditions.short_delta.max"),
        ({"entry_conditions__wing_width": ...}, "entry_conditions.wing_width"),
        ({"entry_conditions__wing_width": -5}, "entry_conditions.wing_width"),
        ({"entry_conditions__min_credit": ...}, "entry_conditions.min_credit"),
        ({"entry_conditions__ivr_min": 60, "entry_conditions__ivr_max": 40}, "entry_conditions.ivr_min"),
        ({"entry_conditions__ivr_max": 101}, "entry_conditions.ivr_max"),
        ({"entry_conditions__ma_rule": "above_sma200"}, "entry_conditions.ma_rule"),
        ({"entry_conditions__entry_from": "9:30"}, "entry_conditions.entry_from"),
        (
            {"entry_conditions__entry_from": "15:00", "entry_conditions__entry_to": "10:00"},
            "entry_conditions.entry_from",
        ),
        ({"exit_conditions__trail_pct": 20}, "exit_conditions.trail_from_pct"),
        ({"exit_conditions__trail_from_pct": 20}, "exit_conditions.trail_pct"),
        ({"exit_conditions__time_stop_dte": 60}, "exit_conditions.time_stop_dte"),
        ({"exit_conditions": {"profit_target_pct": 50}}, "exit_conditions"),
        ({"exit_conditions": {}}, "exit_conditions"),
        ({"sizing": ...}, "sizing"),
        ({"sizing": {"kind": "fixed"}}, "sizing.qty"),
        ({"sizing": {"kind": "risk"}}, "sizing.pct"),
        ({"sizing": {"kind": "risk", "pct": 2, "qty": 1}}, "sizing.qty"),
        ({"sizing": {"kind": "fixed", "qty": True}}, "sizing.qty"),
        ({"sizing": {"kind": "kelly"}}, "sizing.kind"),
        ({"entry_conditions__min_credit": float("nan")}, "entry_conditions.min_credit"),
    ],
)
def test_what_is_wrong_is_named_by_its_field(changes: dict[str, Any], field: str) -> None:
    """B-01: an unknown field, an inconsistent range or a missing required one is refused."""
    assert field in faults(condor(**changes))


def test_all_faults_are_told_at_once() -> None:
    """B-01: nobody mends one field to hear of the next."""
    found = faults(condor(colour=1, entry_conditions__dte_min=...))

    assert found == {"colour": "is not known", "entry_conditions.dte_min": "is missing"}


def test_what_a_type_does_not_have_is_not_asked_of_it() -> None:
    """B-01: required where the type has them: no wing of a short put, no delta of a fly, no credit to pay."""
    put = condor(type="cash_secured_put", entry_conditions__wing_width=...)
    fly = condor(type="iron_fly", entry_conditions__short_delta=...)
    butterfly = condor(type="butterfly", entry_conditions__short_delta=..., entry_conditions__min_credit=...)

    assert all(read(body) for body in (put, fly, butterfly))


@given(
    kind=st.sampled_from(StrategyType),
    dte=st.tuples(st.integers(0, 400), st.integers(0, 400)).map(sorted),
    delta=st.integers(1, 99).map(lambda hundredths: Decimal(hundredths) / 100),
    width=st.lists(st.integers(1, 50), min_size=2, max_size=2).map(sorted),
    at=st.none() | st.times().map(lambda one: one.replace(second=0, microsecond=0)),
)
def test_a_strategy_is_written_as_the_body_that_reads_back_the_same(
    kind: StrategyType, dte: list[int], delta: Decimal, width: list[int], at: time | None
) -> None:
    """B-01, B-02: what is stored as `config` is judged again as it was."""
    body = condor(
        type=kind.value,
        entry_conditions__dte_min=dte[0],
        entry_conditions__dte_max=dte[1],
        entry_conditions__short_delta=delta,
        entry_conditions__wing_width={"min": width[0], "max": width[1]},
        exit_conditions={"stop_usd": 100, "time_stop_at": at and f"{at:%H:%M}"},
    )
    strategy = read(body)

    assert read_strategy(body_of(strategy), ID, 1) == strategy


def test_the_wheel_sells_calls_only_once_it_has_the_shares() -> None:
    """B-01: a wheel never writes calls before the shares are there."""
    assert sold_now(StrategyType.WHEEL, 0) is StrategyType.CASH_SECURED_PUT
    assert sold_now(StrategyType.WHEEL, 99) is StrategyType.CASH_SECURED_PUT
    assert sold_now(StrategyType.WHEEL, 100) is StrategyType.COVERED_CALL
    assert sold_now(StrategyType.IRON_CONDOR, 100) is StrategyType.IRON_CONDOR


def test_desk_settings_have_defaults_and_change_by_field() -> None:
    """B-01, B-16: spread 10, buffer 5, 30 minutes, caps unset; a field named changes, null is the default."""
    found = read_settings({"portfolio_max_abs_vega": 500, "max_positions": 3}, DeskSettings())

    assert isinstance(found, DeskSettings)
    assert (found.max_bid_ask_spread_percent, found.fill_price_buffer_pct) == (Decimal(10), Decimal(5))
    assert found.zero_dte_close_buffer_minutes == 30
    assert (found.max_positions, found.portfolio_max_abs_vega, found.version) == (3, Decimal(500), 2)
    assert not found.caps.are_all_set
    again = read_settings({"portfolio_max_abs_vega": None, "version": 2}, found)
    assert again == replace(found, portfolio_max_abs_vega=None, version=3)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"max_positions": 0}, "max_positions"),
        ({"max_daily_loss": "1000"}, "max_daily_loss"),
        ({"portfolio_max_abs_gamma": -1}, "portfolio_max_abs_gamma"),
        ({"zero_dte_close_buffer_minutes": 391}, "zero_dte_close_buffer_minutes"),
        ({"luck": 1}, "luck"),
        ([], ""),
    ],
)
def test_a_wrong_setting_is_named(body: object, field: str) -> None:
    """B-16: desk settings out of bounds, unknown or unreadable."""
    found = read_settings(body, DeskSettings())

    assert isinstance(found, tuple)
    assert [one.field for one in found] == [field]

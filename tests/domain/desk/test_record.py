"""A stored evaluation judged again says the same (B-02), and is small."""

import json
import math
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.desk.pipeline.company_dates import NextEarnings
from chalicelib.domain.desk.pipeline.evaluate import Evaluation, Snapshot, evaluate
from chalicelib.domain.desk.pipeline.facts import MacroWindow, Reading
from chalicelib.domain.desk.pipeline.record import UnreadableRow, failure_key, judge_again, row_of
from chalicelib.domain.desk.stored import as_stored, from_json, to_json
from chalicelib.domain.desk.strategies.settings import DeskSettings
from chalicelib.domain.desk.strategies.strategy import Strategy
from tests.domain.desk.desk_support import AT, QUIET, SPOT, judged, strategy
from tests.domain.desk.drawn import MARKETS, some_desks, some_facts, some_strategies


def stored(evaluation: Evaluation, strategy_: Strategy, desk: DeskSettings) -> dict[str, Any]:
    """Return the row after its way through JSON."""
    row: dict[str, Any] = json.loads(json.dumps(row_of(evaluation, strategy_, desk), allow_nan=False))
    return row


@settings(max_examples=150, deadline=None)
@given(some_facts, some_strategies, some_desks, st.sampled_from(MARKETS))
def test_a_row_judged_again_says_the_same(
    known: Any, strategy_: Strategy, desk: DeskSettings, market: Any
) -> None:
    """B-02: verdicts, numbers, order and decision, to the digit, from the stored inputs alone."""
    first = evaluate(Snapshot(facts=known, chain=market), strategy_, desk)
    row = stored(first, strategy_, desk)
    again = judge_again(row)

    assert again == first
    assert stored(again, strategy_, desk) == row


@settings(max_examples=60, deadline=None)
@given(some_facts, some_strategies, some_desks)
def test_nothing_is_entered_on_missing_data(known: Any, strategy_: Strategy, desk: DeskSettings) -> None:
    """B-02: who enters knows spot, VIX3M, what was realised, earnings and the book."""
    found = evaluate(Snapshot(facts=known, chain=MARKETS[0]), strategy_, desk)
    needed = (
        known.spot,
        known.vix3m,
        known.technicals.realised_volatility,
        known.technicals.volume_share_pct,
        known.earnings,
        known.account.book,
    )

    assert (found.order is None) is (not all(verdict.passed for verdict in found.verdicts))
    assert found.order is None or None not in needed


def test_a_row_is_small() -> None:
    """Two kilobytes on average, beside the configuration that many rows share; most end early."""
    early = judged(windows=(MacroWindow(name="CPI", starts_at=AT, ends_at=AT + timedelta(hours=1)),))
    rejected = judged(technicals=replace(QUIET.technicals, adx14=40.0))
    sizes = {}
    for name, one in (("early", early), ("rejected", rejected)):
        row = row_of(one, strategy(), DeskSettings())
        row.pop("config")
        sizes[name] = len(json.dumps(row, separators=(",", ":")))

    assert sizes["early"] < 1300
    assert sizes["rejected"] < 2400


def test_the_configuration_keeps_what_was_set() -> None:
    """B-02: the strategy's version and the desk's settings are part of the row."""
    found = judged()
    row = stored(found, strategy(), DeskSettings(max_positions=3))

    assert row["config"]["strategy"]["version"] == 1
    assert row["config"]["desk"] == {"max_positions": 3}
    assert row["proposed_order"] == {
        "legs": [
            {"symbol": "SPY260417P00555000", "side": "LONG", "ratio": 1},
            {"symbol": "SPY260417P00560000", "side": "SHORT", "ratio": 1},
            {"symbol": "SPY260417C00640000", "side": "SHORT", "ratio": 1},
            {"symbol": "SPY260417C00645000", "side": "LONG", "ratio": 1},
        ],
        "limit_price": -1.34,
        "worst": row["proposed_order"]["worst"],
        "qty": 1,
        "expiry": "2026-04-17",
        "structure": "iron_condor",
    }


def test_the_evaluation_of_the_docs_is_this_one() -> None:
    """B-02: what the page walks through is what is decided."""
    page = (Path(__file__).parents[3] / "docs/how-the-desk-decides.md").read_text(encoding="utf-8")
    for verdict in judged().verdicts:
        told = ", ".join(f"{name} {json.dumps(figure)}" for name, figure in verdict.numbers.items())
        assert f"| {verdict.stage} | {told} |\n" in page


def test_a_configuration_that_is_none_is_not_judged() -> None:
    """B-02: an unreadable row is said to be one."""
    row = stored(judged(), strategy(), DeskSettings())
    row["config"]["strategy"]["type"] = "strangle"

    with pytest.raises(UnreadableRow, match="type"):
        judge_again(row)
    with pytest.raises(UnreadableRow):
        judge_again({"config": None, "inputs": {}})


def test_failures_that_are_alike_have_one_key_whatever_their_numbers() -> None:
    """B-02: identical failures in a row may be stored once with a count."""
    hot, hotter = (judged(technicals=replace(QUIET.technicals, adx14=adx)) for adx in (30.0, 40.0))
    other = judged(vix=Reading(value=20.0, at=AT))

    assert failure_key(hot) == failure_key(hotter) == ("E2", "the market trends too strongly")
    assert failure_key(other) != failure_key(hot)
    assert failure_key(judged()) is None


@pytest.mark.parametrize(
    "value",
    [
        QUIET,
        Reading(value=SPOT, at=AT, delay_s=900),
        NextEarnings(on=date(2026, 4, 1)),
        NextEarnings(),
        DeskSettings(portfolio_max_abs_vega=Decimal("12.50")),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_are_read_back_as_they_were_written(value: Any) -> None:
    """What is stored is read back equal, and is what is judged."""
    assert as_stored(value) == from_json(type(value), to_json(value))
    assert from_json(type(value), json.loads(json.dumps(to_json(value)))) == value


@pytest.mark.parametrize("figure", [math.nan, math.inf, -math.inf])
def test_a_figure_that_is_no_number_is_never_judged(figure: float) -> None:
    """B-02: NaN is below no minimum and above no limit, and would pass each gate: it fails closed instead."""
    with pytest.raises(ValueError, match="none"):
        judged(technicals=replace(QUIET.technicals, volume_share_pct=figure))


def test_what_was_not_written_as_a_value_is_refused() -> None:
    """A row of another shape is no row."""
    with pytest.raises(TypeError):
        from_json(NextEarnings, "tomorrow")
    with pytest.raises(KeyError):
        from_json(NextEarnings, {"when": None})
    with pytest.raises(TypeError):
        to_json(object())

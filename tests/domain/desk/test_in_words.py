"""Each gate in a plain sentence with its figures (B-02): nobody has to know what E2 is."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.domain.desk.pipeline.company_dates import NextDividend, NextEarnings
from chalicelib.domain.desk.pipeline.facts import Reading
from chalicelib.domain.desk.pipeline.in_words import TITLES, in_words, title_of
from chalicelib.domain.desk.pipeline.verdicts import Stage
from chalicelib.domain.desk.strategies.strategy_types import StrategyType
from tests.domain.desk.desk_support import AT, EXPIRIES, QUIET, judged, strategy


def last(**changes: Any) -> str:
    """Return the sentence of the stage that ended an evaluation."""
    return in_words(judged(**changes).verdicts[-1].as_json()).sentence


def test_every_stage_of_an_entry_is_told_with_its_figures() -> None:
    """B-02: no figure is left out, none is told as a name of ours."""
    told = [in_words(verdict.as_json()) for verdict in judged().verdicts]

    assert all(one.passed for one in told)
    assert [one.sentence for one in told][:4] == [
        "The underlying passed (price 600, 4 expirations listed).",
        "The macro calendar passed (4 releases known this month, none of them now).",
        "The legs' spreads passed (the widest, SPY260417P00555000, 2.22 % of its mid; at most 10 %).",
        "The legs' volume passed (the least, SPY260417C00640000, 500 contracts today; at least 1).",
    ]
    assert not [one.sentence for one in told if "_" in one.sentence.replace("iron_condor", "")]


def test_an_index_is_not_asked_for_volume() -> None:
    """B-02 C4: the row says why it passed, and no figure that is none."""
    (told,) = [
        in_words(verdict.as_json())
        for verdict in judged(underlying="SPX").verdicts
        if verdict.stage is Stage.C4
    ]

    assert told.sentence == "The underlying's volume passed: an index has no volume of its own."


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"technicals": replace(QUIET.technicals, adx14=30.0)},
            "The regime ended it: the market trends too strongly (implied less realised volatility 0.06, "
            "at least 0; trend none; ADX 30, at most 25).",
        ),
        (
            {"vix": Reading(value=20.0, at=AT)},
            "The term structure of volatility ended it: backwardation (VIX 20, VIX3M 18; contango wanted).",
        ),
        (
            {"earnings": None},
            "Earnings ended it: earnings dates not known, and what is not known lets nothing be entered "
            "(looked for until 2026-04-18).",
        ),
        (
            {"earnings": NextEarnings(on=EXPIRIES[0])},
            "Earnings ended it: earnings before the expiry (the next on 2026-03-06, "
            "watched until 2026-04-18).",
        ),
        ({"closes_at": None}, "The time of day ended it: no session today (the market is closed all day)."),
        (
            {"account__book": None},
            "The book with it ended it: Greeks of the book not known, and what is not known lets nothing be "
            "entered (delta not known shares, gamma not known shares a dollar, "
            "vega not known dollars a point; past its cap: none).",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_ended_it_is_told_with_its_reason(changes: dict[str, Any], sentence: str) -> None:
    """B-02: missing data are told apart from what data say."""
    assert last(**changes) == sentence


def test_dividends_are_told_where_there_are_any() -> None:
    """G2: date, amount and the call's time value."""
    found = judged(
        strategy(StrategyType.COVERED_CALL, entry_conditions__min_credit=0.01),
        dividend=NextDividend(ex_date=EXPIRIES[0], amount=50.0),
        account__free_shares=100,
    )
    told = in_words(found.verdicts[-1].as_json()).sentence

    assert told.startswith(
        "Dividends ended it: the dividend is worth more than the call's time value (50 a share"
    )


def test_every_stage_has_a_title() -> None:
    """A stage of a later release is told by its letter."""
    assert TITLES.keys() == set(Stage)
    assert title_of("Z9") == "Z9"


def test_a_verdict_of_another_release_is_told_by_what_it_has() -> None:
    """Rows outlive the code that wrote them."""
    strange: dict[str, Any] = {"stage": "C1", "passed": True, "reason": "", "numbers": {"width": 3}}
    unknown: dict[str, Any] = {"stage": "Z9", "passed": False, "reason": "too late", "numbers": {}}

    assert in_words(strange).sentence == "The legs' spreads passed (width 3)."
    assert in_words(unknown).sentence == "Z9 ended it: too late."

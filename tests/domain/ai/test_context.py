"""What a model is told (C-02): tokens are counted before, outside text is data, results are one line."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.ai.candles import Series
from chalicelib.domain.ai.context.frames import ATR, Frame, frames_of
from chalicelib.domain.ai.context.results import results_line
from chalicelib.domain.ai.context.situation import LimitWords, Situation, TooLong
from chalicelib.domain.ai.context.tokens import PROMPT_TOKENS_MAX, tokens_of
from chalicelib.domain.ai.correlation import correlation, is_correlated
from chalicelib.domain.ai.traders.timeframes import Timeframe
from chalicelib.domain.market.coins import CoinCandle
from chalicelib.models.prompt_files import prompt, versions

D = Decimal
NOW: Final = datetime(2026, 2, 19, 15, 0, tzinfo=UTC)
LIMITS: Final = LimitWords(
    free_slots=3,
    largest_usd=D(2000),
    max_risk_pct=D(2),
    min_confidence=D("0.7"),
    fee_pct_a_side=D("0.1"),
    shorts_allowed=True,
    may_move_stop=True,
    may_move_targets=True,
)


def candles(timeframe: Timeframe, count: int, closes: list[float] | None = None) -> tuple[CoinCandle, ...]:
    made = []
    for number in range(count):
        close = D(str(closes[number])) if closes else D("96123.45") + number
        ends_at = NOW - (count - 1 - number) * timeframe.length
        made.append(
            CoinCandle(
                starts_at=ends_at - timeframe.length,
                ends_at=ends_at,
                opening=close,
                high=close + 2,
                low=close - 2,
                closing=close,
                volume=D("1234.56789"),
            )
        )
    return tuple(made)


SITUATION: Final = Situation(
    symbol="BTCUSDT",
    now=NOW,
    price=D("96123.45"),
    setup_score=D("0.75"),
    frames=tuple(Frame(timeframe=one, series=Series(candles(one, 60))) for one in frames_of(Timeframe.M15)),
    held=None,
    limits=LIMITS,
    results="6W/4L, avg +2.5 %",
)


@pytest.mark.parametrize("version", versions())
def test_what_is_sent_fits_with_every_version_of_the_prompts(version: str) -> None:
    """C-02: at most 4,000 tokens, counted before sending."""
    told = SITUATION.told(prompt(version))

    assert told.tokens <= PROMPT_TOKENS_MAX
    assert len(told.document["candles"]["15m"]) >= 12  # type: ignore[index,call-overload,arg-type]
    assert len(SITUATION.told(prompt(version), spent=1200).situation) < len(told.situation)


def test_a_prompt_that_cannot_fit_is_not_sent() -> None:
    """C-02."""
    with pytest.raises(TooLong):
        SITUATION.told("word " * PROMPT_TOKENS_MAX)


def test_the_same_situation_has_the_same_hash() -> None:
    """C-02: the context's hash is kept with the decision."""
    told = SITUATION.told("p")

    assert told.hash == SITUATION.told("p").hash
    assert told.hash != replace(SITUATION, price=D(1)).told("p").hash


@settings(max_examples=40)
@given(note=st.text(max_size=2500))
def test_outside_text_stays_inside_its_own_field(note: str) -> None:
    """C-02: whatever it says it is one JSON string, shortened, and nothing beside it changes."""
    told = replace(SITUATION, outside={"note": note, "price": 96000}).told("p")
    said = json.loads(told.situation)

    assert set(said.pop("outside_text")) == {"note", "price"}
    assert said.keys() == SITUATION.told("p").document.keys() - {"outside_text"}
    assert (said["limits"], said["position"]) == (SITUATION.told("p").document["limits"], None)
    assert told.tokens <= PROMPT_TOKENS_MAX


def test_tokens_are_counted_on_the_safe_side() -> None:
    """C-02: four letters, three digits, one sign."""
    assert tokens_of("") == 4
    assert tokens_of("word") == 5
    assert tokens_of('{"a":96123.45}') == 4 + 10


def test_indicators_are_of_closed_candles_and_unknown_with_few() -> None:
    """C-02, C-13: Wilder's ATR(14); ranges of 4 have one of 4."""
    assert Series(candles(Timeframe.M15, 60)).last(ATR) == 4
    assert set(Frame(timeframe=Timeframe.M15, series=Series()).indicators().values()) == {None}
    assert Series(candles(Timeframe.M15, 9)).last(ATR) is None


def test_results_are_one_line() -> None:
    """C-02: what is not above zero was lost."""
    assert results_line([]) == "no closed trades yet"
    assert results_line([D(5)] * 6 + [D("-1.25")] * 4) == "6W/4L, avg +2.5 %"
    assert results_line([D(0)]) == "0W/1L, avg +0.0 %"


def test_coins_that_move_together_count_together() -> None:
    """C-01: hourly returns over thirty days above 0.7; no history counts as correlated."""
    swings = [100 + (number * 7919 % 13) for number in range(721)]
    one = candles(Timeframe.H1, 721, [float(x) for x in swings])
    twin = candles(Timeframe.H1, 721, [3.0 * x for x in swings])
    opposite = candles(Timeframe.H1, 721, [10_000 / x for x in swings])
    still = candles(Timeframe.H1, 721, [50.0] * 721)

    assert (is_correlated(one, twin), is_correlated(one, opposite), is_correlated(one, still)) == (
        True,
        False,
        False,
    )
    assert correlation(one, twin) == pytest.approx(1)
    assert correlation(one, twin[-200:]) is None
    assert is_correlated(one, twin[-200:])
    assert is_correlated(one, ())


def test_wider_lengths_come_after_the_traders_own() -> None:
    """C-02: candles over several timeframes."""
    assert [frames_of(one)[0] for one in Timeframe] == list(Timeframe)
    assert frames_of(Timeframe.M15) == (Timeframe.M15, Timeframe.H1, Timeframe.H4)
    assert all(later.length > earlier.length for one in Timeframe for earlier, later in _pairs(one))


def _pairs(timeframe: Timeframe) -> list[tuple[Timeframe, Timeframe]]:
    told = frames_of(timeframe)
    return list(pairwise(told))


def test_a_candle_closes_next_where_it_should() -> None:
    """C-07: an approval lapses at the next candle close."""
    assert Timeframe.M15.next_close(NOW) == NOW + timedelta(minutes=15)
    assert Timeframe.M15.next_close(NOW + timedelta(minutes=14, seconds=59)) == NOW + timedelta(minutes=15)

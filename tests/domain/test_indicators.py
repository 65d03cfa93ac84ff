"""The capsule's indicators (A-08) against plain implementations of docs/formulas.md, without TA-Lib."""

from itertools import pairwise
from math import isclose, sqrt

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chalicelib.domain.market import indicators
from chalicelib.domain.market.indicators import Direction, Squeeze

PRICES = st.lists(st.floats(min_value=5, max_value=500), min_size=60, max_size=150)
FEW = settings(max_examples=60, deadline=None)


def averages(values: list[float], period: int, begin: int) -> list[float]:
    """An exponential average that begins at `begin` with the simple one of the `period` values up to it."""
    found = [sum(values[begin - period + 1 : begin + 1]) / period]
    for value in values[begin + 1 :]:
        found.append(found[-1] + 2 / (period + 1) * (value - found[-1]))
    return found


def plain_rsi(closes: list[float]) -> float:
    changes = [later - earlier for earlier, later in pairwise(closes)]
    gain = sum(max(one, 0.0) for one in changes[:14]) / 14
    loss = sum(max(-one, 0.0) for one in changes[:14]) / 14
    for one in changes[14:]:
        gain = (gain * 13 + max(one, 0.0)) / 14
        loss = (loss * 13 + max(-one, 0.0)) / 14
    return 0.0 if gain + loss == 0 else 100 * gain / (gain + loss)


def plain_macd_histogram(closes: list[float]) -> float:
    fast, slow = averages(closes, 12, 25), averages(closes, 26, 25)
    lines = [one - other for one, other in zip(fast, slow, strict=True)]
    return lines[-1] - averages(lines, 9, 8)[-1]


def room_inside(highs: list[float], lows: list[float], closes: list[float]) -> float:
    """Return by how much 2 standard deviations of 20 closes are less than 1.5 average true ranges."""
    last = closes[-20:]
    middle = sum(last) / 20
    deviation = sqrt(sum((one - middle) ** 2 for one in last) / 20)
    ranges = [
        max(high - low, abs(high - before), abs(low - before))
        for high, low, before in zip(highs[-20:], lows[-20:], closes[-21:-1], strict=True)
    ]
    return 1.5 * sum(ranges) / 20 - 2 * deviation


@FEW
@given(PRICES)
def test_rsi_is_wilders_and_lies_between_0_and_100(closes: list[float]) -> None:
    found = indicators.rsi(closes)

    assert found is not None
    assert 0 <= found <= 100
    assert isclose(found, plain_rsi(closes), rel_tol=1e-9, abs_tol=1e-9)


@FEW
@given(PRICES)
def test_macd_histogram_is_the_line_less_its_signal(closes: list[float]) -> None:
    found = indicators.macd_histogram(closes)

    assert found is not None
    assert isclose(found, plain_macd_histogram(closes), rel_tol=1e-9, abs_tol=1e-9)


@FEW
@given(PRICES)
def test_averages_are_the_plain_ones_and_lie_between_the_extremes(closes: list[float]) -> None:
    fast, slow = indicators.ema(closes, 20), indicators.sma(closes, 50)

    assert fast is not None
    assert slow is not None
    assert isclose(fast, averages(closes, 20, 19)[-1], rel_tol=1e-9)
    assert isclose(slow, sum(closes[-50:]) / 50, rel_tol=1e-9)
    assert min(closes) - 1e-9 <= fast <= max(closes) + 1e-9


@FEW
@given(PRICES)
def test_the_cross_names_the_side_of_the_faster_average_and_how_long_it_has_been_there(
    closes: list[float],
) -> None:
    crossing = indicators.ema_cross(closes)
    fast, slow = averages(closes, 9, 8)[12:], averages(closes, 21, 20)
    sides = [one > other for one, other in zip(fast, slow, strict=True)]
    since = next((ago for ago in range(1, len(sides)) if sides[-1 - ago] != sides[-1]), None)

    assert crossing is not None
    if abs(fast[-1] - slow[-1]) > 1.001e-4 * slow[-1]:
        assert crossing.direction is (Direction.BULLISH if sides[-1] else Direction.BEARISH)
        assert crossing.candles_since == (None if since is None else since - 1)
    if abs(fast[-1] - slow[-1]) < 0.999e-4 * slow[-1]:
        assert crossing.direction is Direction.NEUTRAL


@FEW
@given(PRICES, st.lists(st.floats(min_value=0, max_value=3), min_size=150, max_size=150))
def test_squeeze_is_bollinger_inside_keltner_now_or_one_candle_ago(
    closes: list[float], reach: list[float]
) -> None:
    highs = [close + up for close, up in zip(closes, reach, strict=False)]
    lows = [close - down for close, down in zip(closes, reversed(reach), strict=False)]
    now = room_inside(highs, lows, closes)
    before = room_inside(highs[:-1], lows[:-1], closes[:-1])
    assume(min(abs(now), abs(before)) > 1e-6)  # at the very edge floats decide
    expected = Squeeze.ON if now > 0 else Squeeze.FIRING if before > 0 else Squeeze.OFF

    assert indicators.squeeze(highs, lows, closes) is expected


def test_a_quiet_range_squeezes_and_the_candle_that_leaves_it_fires() -> None:
    closes = [100 + 0.1 * (-1) ** index for index in range(40)]
    highs, lows = [one + 1 for one in closes], [one - 1 for one in closes]

    assert indicators.squeeze(highs, lows, closes) is Squeeze.ON
    assert indicators.squeeze([*highs, 116], [*lows, 100], [*closes, 115]) is Squeeze.FIRING
    assert indicators.squeeze([*highs, 116, 118], [*lows, 100, 114], [*closes, 115, 117]) is Squeeze.OFF


def test_a_trend_is_price_over_fast_over_slow() -> None:
    rising = [100 + index for index in range(60)]
    falling = rising[::-1]

    assert indicators.trend(200, rising) is Direction.BULLISH
    assert indicators.trend(50, falling) is Direction.BEARISH
    assert indicators.trend(120, rising) is Direction.NEUTRAL
    assert indicators.trend(100, [100.0] * 60) is Direction.NEUTRAL


@FEW
@given(PRICES)
def test_correlation_is_one_with_itself_and_minus_one_with_the_opposite(closes: list[float]) -> None:
    opposite = [1.0]
    for earlier, later in pairwise(closes):
        opposite.append(opposite[-1] * (1 - 0.001 * (later / earlier - 1)))
    itself, against = indicators.correlation(closes, closes), indicators.correlation(closes, opposite)
    moves = {round(later / earlier, 6) for earlier, later in pairwise(closes[-31:])}

    if len(moves) > 1:
        assert itself == pytest.approx(1)
        assert against == pytest.approx(-1, abs=1e-6)


def test_too_few_candles_give_nothing_rather_than_a_guess() -> None:
    rising = [100.0 + index for index in range(300)]

    assert indicators.rsi(rising[:14]) is None
    assert indicators.rsi(rising[:15]) == 100
    assert indicators.macd_histogram(rising[:33]) is None
    assert indicators.macd_histogram(rising[:34]) is not None
    assert indicators.ema_cross(rising[:20]) is None
    assert indicators.trend(100, rising[:49]) is None
    assert indicators.squeeze(rising[:21], rising[:21], rising[:21]) is None
    assert indicators.sma(rising[:199], 200) is None
    assert indicators.correlation(rising[:30], rising[:30]) is None
    assert indicators.correlation([5.0] * 31, rising[:31]) is None

"""Indicators of many symbols at once are TA-Lib's of each (C-01, C-10; docs/formulas.md)."""

from decimal import Decimal
from typing import Any, Final

import numpy as np
import pytest
import talib
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.ai.filters.rules import Indicator, IndicatorKind
from chalicelib.domain.ai.filters.series import CandleArrays
from chalicelib.domain.ai.filters.stacks import Stack

K: Final = IndicatorKind


def candles(seed: int, count: int) -> CandleArrays:
    """Return a random walk's candles."""
    random = np.random.default_rng(seed)
    closes = 100 * np.exp(np.cumsum(random.normal(0, 0.01, count)))
    opens = np.concatenate([[100.0], closes[:-1]])
    return CandleArrays(
        opens=opens,
        highs=np.maximum(opens, closes) * (1 + random.uniform(0, 0.01, count)),
        lows=np.minimum(opens, closes) * (1 - random.uniform(0, 0.01, count)),
        closes=closes,
        volumes=random.uniform(1, 100, count),
    )


def by_talib(one: Indicator, of: CandleArrays) -> Any:  # Any: TA-Lib has no types
    """Return the whole series of one symbol."""
    high, low, close, period = of.highs, of.lows, of.closes, one.period
    match one.kind:
        case K.PRICE:
            return {"open": of.opens, "high": high, "low": low, "close": close}[one.output]
        case K.VOLUME:
            return of.volumes
        case K.ATR | K.ADX:
            return getattr(talib, one.kind.value)(high, low, close, timeperiod=period)
        case K.MACD:
            lines = talib.MACD(close, fastperiod=one.fast, slowperiod=one.slow, signalperiod=one.signal)
            return dict(zip(("macd", "signal", "histogram"), lines, strict=True))[one.output]
        case K.BOLLINGER:
            width = float(one.deviations)
            bands = talib.BBANDS(close, timeperiod=period, nbdevup=width, nbdevdn=width)
            return dict(zip(("upper", "middle", "lower"), bands, strict=True))[one.output]
        case _:
            return getattr(talib, one.kind.value)(close, timeperiod=period)


PERIODS = st.integers(2, 60)
INDICATORS = st.one_of(
    st.builds(Indicator, kind=st.sampled_from([K.EMA, K.SMA, K.RSI, K.ATR, K.ADX]), period=PERIODS),
    st.builds(Indicator, kind=st.just(K.PRICE), output=st.sampled_from(["open", "high", "low", "close"])),
    st.builds(
        Indicator,
        kind=st.just(K.MACD),
        fast=st.integers(2, 12),
        slow=st.integers(13, 40),
        signal=st.integers(2, 15),
        output=st.sampled_from(["macd", "signal", "histogram"]),
    ),
    st.builds(
        Indicator,
        kind=st.just(K.BOLLINGER),
        period=PERIODS,
        deviations=st.sampled_from([Decimal("0.5"), Decimal(2)]),
        output=st.sampled_from(["upper", "middle", "lower"]),
    ),
    st.just(Indicator(kind=K.VOLUME)),
)


@given(one=INDICATORS, seeds=st.lists(st.integers(0, 9), min_size=1, max_size=3), count=st.integers(2, 160))
def test_many_at_once_are_each_by_itself(one: Indicator, seeds: list[int], count: int) -> None:
    """C-10: the last two values; not known exactly where TA-Lib does not know them."""
    of = [candles(seed, count) for seed in seeds]
    found = Stack(of).last_two(one)

    for number, each in enumerate(of):
        np.testing.assert_allclose(found[:, number], by_talib(one, each)[-2:], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("kind", [K.EMA, K.SMA, K.BOLLINGER])
@pytest.mark.parametrize("price", [0.1, 0.3, 64_250.37])
def test_where_nothing_moves_an_average_is_the_price(kind: IndicatorKind, price: float) -> None:
    """C-01: no price is above its own average by a rounding."""
    still = np.full(1000, price)
    of = CandleArrays(opens=still, highs=still, lows=still, closes=still, volumes=still)
    found = Stack([of]).last_two(Indicator(kind=kind, period=20, deviations=Decimal(2), output="upper"))

    assert found.tolist() == [[price], [price]]


def test_where_nothing_moves_there_is_neither_strength_nor_range() -> None:
    """As TA-Lib says: RSI 0, ATR 0."""
    still = np.full(1000, 0.1)
    stack = Stack([CandleArrays(opens=still, highs=still, lows=still, closes=still, volumes=still)])

    assert [stack.last_two(Indicator(kind=kind, period=14)).tolist() for kind in (K.RSI, K.ATR)] == [
        [[0], [0]]
    ] * 2


def test_one_candle_says_nothing() -> None:
    """C-01: fails closed."""
    assert np.isnan(Stack([candles(1, 1)]).last_two(Indicator(kind=K.PRICE, output="close"))).all()

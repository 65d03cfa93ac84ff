"""Filters: rules as data over closed candles (C-01)."""

import json
from decimal import Decimal
from typing import Any, Final

import numpy as np
import pytest

from chalicelib.domain.ai.filters.reading import filter_body, read_filter
from chalicelib.domain.ai.filters.rules import Filter
from chalicelib.domain.ai.filters.series import CandleArrays
from chalicelib.domain.ai.filters.setups import Asked, Setup, setups
from chalicelib.domain.ai.traders.timeframes import Timeframe
from chalicelib.domain.body_reader import BodyReader, FieldFault

CLOSE: Final = {"indicator": "price"}


def candles(closes: list[float]) -> CandleArrays:
    prices = np.array(closes, dtype=np.float64)
    return CandleArrays(
        opens=prices, highs=prices + 1, lows=prices - 1, closes=prices, volumes=np.full(len(prices), 7.0)
    )


def read(body: object) -> Filter | list[FieldFault]:
    faults: list[FieldFault] = []
    found = read_filter(BodyReader({"filter": body}, faults), "filter")
    assert found is not None
    return faults or found


def look(body: object, closes: list[float], timeframe: Timeframe = Timeframe.M15) -> Setup:
    one = read(body)
    assert isinstance(one, Filter)
    asked = Asked(filter=one, timeframe=timeframe, symbols=("BTCUSDT",))
    return setups([asked], {("BTCUSDT", timeframe): candles(closes)})[0]["BTCUSDT"]


def rule(left: object, op: str, right: object) -> dict[str, Any]:  # Any: a body
    return {"left": left, "op": op, "right": right}


@pytest.mark.parametrize(
    ("op", "closes", "holds"),
    [
        ("<", [10, 9], True),
        ("<", [10, 10], False),
        ("<=", [10, 10], True),
        (">", [10, 10], False),
        (">", [10, 11], True),
        (">=", [10, 10], True),
        ("crosses_above", [10, 11], True),
        ("crosses_above", [11, 12], False),
        ("crosses_above", [9, 10], False),
        ("crosses_below", [10, 9], True),
        ("crosses_below", [9, 8], False),
    ],
)
def test_a_comparison_holds_by_the_last_closed_candle(op: str, closes: list[float], *, holds: bool) -> None:
    """C-01: a crossing needs the candle before, on the other side or on the line."""
    assert look({"required": [rule(CLOSE, op, 10)]}, closes).is_signal is holds


def test_all_required_hold_and_the_score_is_the_share_of_all() -> None:
    """C-01."""
    body = {
        "required": [rule(CLOSE, ">", 5), rule({"indicator": "volume"}, ">=", 7)],
        "optional": [rule(CLOSE, ">", 100), rule(CLOSE, "<", 100)],
    }

    assert look(body, [10, 10]) == Setup(is_signal=True, score=Decimal("0.75"))


def test_without_required_rules_nothing_signals() -> None:
    """C-13."""
    assert look({"required": [], "optional": [rule(CLOSE, ">", 1)]}, [10, 10]) == Setup(
        is_signal=False, score=Decimal(1)
    )


def test_what_is_missing_makes_no_rule_hold() -> None:
    """C-01: fails closed with too few candles, and without the other timeframe's."""
    average = {"indicator": "SMA", "params": {"period": 50}}

    assert not look({"required": [rule(average, ">", 0)]}, [10.0] * 49).is_signal
    assert look({"required": [rule(average, ">", 0)]}, [10.0] * 50).is_signal
    elsewhere = {"indicator": "price", "timeframe": "1d"}
    assert not look({"required": [rule(elsewhere, ">", 0)]}, [10.0] * 60).is_signal


def test_indicators_equal_a_hand_calculation() -> None:
    """C-01: the mean of the last three is 12, the bands lie two deviations about it."""
    closes = [10.0, 10, 10, 11, 12, 13]
    band = {"indicator": "BOLLINGER", "params": {"period": 3, "deviations": 2, "output": "upper"}}
    upper = 12 + 2 * (2 / 3) ** 0.5

    for operand, value in (({"indicator": "SMA", "params": {"period": 3}}, 12), (band, upper)):
        near = [rule(operand, ">", value - 1e-6), rule(operand, "<", value + 1e-6)]
        assert look({"required": near}, closes).is_signal


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"required": "x"}, "filter.required"),
        ({"required": [rule(1, ">", 2)]}, "filter.required[0]"),
        ({"required": [rule(CLOSE, "=>", 2)]}, "filter.required[0].op"),
        ({"required": [rule({"indicator": "VWAP"}, ">", 2)]}, "filter.required[0].left.indicator"),
        (
            {"required": [rule({"indicator": "EMA", "params": {"length": 9}}, ">", 2)]},
            "filter.required[0].left.params.length",
        ),
        (
            {"required": [rule({"indicator": "EMA", "params": {"period": 1}}, ">", 2)]},
            "filter.required[0].left.params.period",
        ),
        (
            {"required": [rule({"indicator": "MACD", "params": {"fast": 30}}, ">", 2)]},
            "filter.required[0].left.params.fast",
        ),
        (
            {"required": [rule({"indicator": "price", "params": {"field": "vwap"}}, ">", 2)]},
            "filter.required[0].left.params.field",
        ),
        (
            {"required": [rule({"indicator": "price", "timeframe": "2h"}, ">", 2)]},
            "filter.required[0].left.timeframe",
        ),
        ({"required": [rule(CLOSE, ">", True)]}, "filter.required[0].right"),
        ({"must": []}, "filter.must"),
        ({"required": [rule(CLOSE, ">", 1)] * 41}, "filter"),
    ],
)
def test_what_is_wrong_is_named_by_its_field(body: object, field: str) -> None:
    """C-13."""
    found = read(body)

    assert isinstance(found, list)
    assert field in {one.field for one in found}


def test_a_filter_is_told_as_it_is_read() -> None:
    macd = {"indicator": "MACD", "params": {"output": "histogram"}, "timeframe": "4h"}
    body = {
        "required": [rule(macd, "crosses_above", 0), rule({"indicator": "RSI"}, "<", 30.5)],
        "optional": [],
    }
    found = read(body)
    assert isinstance(found, Filter)

    assert read(json.loads(json.dumps(filter_body(found)))) == found


def test_each_trader_gets_its_own_of_what_is_worked_out_once() -> None:
    """C-01: shared by all traders of a symbol and timeframe."""
    high, low = (read({"required": [rule(CLOSE, op, 10)]}) for op in (">", "<"))
    assert isinstance(high, Filter)
    assert isinstance(low, Filter)
    market = {("A", Timeframe.H1): candles([10, 11]), ("B", Timeframe.H1): candles([10, 9])}
    asked = [
        Asked(filter=high, timeframe=Timeframe.H1, symbols=("A", "B")),
        Asked(filter=low, timeframe=Timeframe.H1, symbols=("B", "C")),
    ]

    found = setups(asked, market)

    assert [{name: one.is_signal for name, one in each.items()} for each in found] == [
        {"A": True, "B": False},
        {"B": True, "C": False},
    ]

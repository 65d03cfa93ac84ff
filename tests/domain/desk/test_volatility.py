"""Indicators of daily bars, ranks of implied volatility, its surface (B-03, B-04)."""

from itertools import pairwise
from math import isclose, log, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.desk.selection.surface import Smile, month_iv, points, skew_of, smiles
from chalicelib.domain.desk.volatility.iv_history import iv_percentile, iv_range
from chalicelib.domain.desk.volatility.technicals import (
    DailyBars,
    Technicals,
    technicals_of,
    volatility_premium,
)
from chalicelib.domain.market import indicators
from chalicelib.domain.market.indicators import Direction
from tests.domain.desk.desk_support import ATM_IV, SPOT, chain, smile

FEW = settings(max_examples=40, deadline=None)
CLOSES = st.lists(st.floats(min_value=5, max_value=500), min_size=60, max_size=150)
BARS = st.lists(
    st.tuples(st.floats(50, 150), st.floats(0.01, 5), st.floats(0.01, 5)), min_size=30, max_size=120
)


def wilder_adx(highs: list[float], lows: list[float], closes: list[float]) -> float:
    """Wilder's index of 14, as TA-Lib begins it: sums of 13 moves, then smoothed by a fourteenth."""
    moves = []
    for (high0, low0, close0), (high, low, _) in pairwise(zip(highs, lows, closes, strict=True)):
        up, down = high - high0, low0 - low
        true_range = max(high - low, abs(high - close0), abs(low - close0))
        moves.append(
            (up if up > down and up > 0 else 0.0, down if down > up and down > 0 else 0.0, true_range)
        )
    plus, minus, total = (sum(one[i] for one in moves[:13]) for i in range(3))
    indices = []
    for up, down, true_range in moves[13:]:
        plus, minus = plus - plus / 14 + up, minus - minus / 14 + down
        total = total - total / 14 + true_range
        plus_di, minus_di = 100 * plus / total, 100 * minus / total
        both = plus_di + minus_di
        indices.append(100 * abs(plus_di - minus_di) / both if both else 0.0)
    found = sum(indices[:14]) / 14
    for one in indices[14:]:
        found = (found * 13 + one) / 14
    return found


@FEW
@given(BARS)
def test_adx_is_wilders(bars: list[tuple[float, float, float]]) -> None:
    """B-03: equal to TA-Lib to 1e-9."""
    closes = [close for close, _, _ in bars]
    highs, lows = [c + up for c, up, _ in bars], [c - down for c, _, down in bars]
    found = indicators.adx(highs, lows, closes)

    assert found is not None
    assert isclose(found, wilder_adx(highs, lows, closes), rel_tol=1e-9, abs_tol=1e-9)


@FEW
@given(CLOSES)
def test_realised_volatility_is_the_sample_deviation_of_20_log_returns(closes: list[float]) -> None:
    """B-03: × √252, a fraction."""
    returns = [log(after / before) for before, after in pairwise(closes[-21:])]
    mean = sum(returns) / 20
    plain = sqrt(sum((one - mean) ** 2 for one in returns) / 19 * 252)
    found = indicators.realised_volatility(closes)

    assert found is not None
    assert isclose(found, plain, rel_tol=1e-9, abs_tol=1e-12)


def test_too_few_bars_are_missing_data() -> None:
    """B-03: none of the figures is guessed."""
    bars = DailyBars(highs=(11.0,) * 20, lows=(9.0,) * 20, closes=(10.0,) * 20, volumes=(5.0,) * 20)
    found = technicals_of(bars)

    assert found.ema20 is not None
    assert (found.sma50, found.adx14, found.macd, found.realised_volatility) == (None,) * 4
    assert found.volume_share_pct is None
    assert found.trend(10.0) is None


@pytest.mark.parametrize(
    ("spot", "ema20", "sma50", "trend"),
    [
        (101, 100, 99, Direction.BULLISH),
        (98, 99, 100, Direction.BEARISH),
        (100, 100, 99, Direction.NEUTRAL),
        (101, 99, 100, Direction.NEUTRAL),
        (99, 99, 100, Direction.NEUTRAL),
    ],
)
def test_trend_is_spot_against_both_averages(
    spot: float, ema20: float, sma50: float, trend: Direction
) -> None:
    """B-03: up when spot > EMA 20 > SMA 50, down for the reverse, else none."""
    assert Technicals(ema20=ema20, sma50=sma50).trend(spot) is trend


def test_volume_is_the_last_full_sessions_against_the_20_before() -> None:
    """B-02 C4: yesterday's 30 over a mean of 40 is 75 per cent; the day before those counts for nothing."""
    ones = (100.0,) * 22
    bars = DailyBars(highs=ones, lows=ones, closes=ones, volumes=(9000.0, *(40.0,) * 20, 30.0))

    assert technicals_of(bars).volume_share_pct == pytest.approx(75.0)


def test_the_premium_is_implied_less_realised() -> None:
    """B-03: VRP; what is not known is not 0."""
    assert volatility_premium(0.16, 0.10) == pytest.approx(0.06)
    assert volatility_premium(None, 0.10) is None
    assert volatility_premium(0.16, None) is None


@pytest.mark.parametrize(("days", "is_known"), [(12, False), (125, False), (126, True), (300, True)])
def test_an_iv_rank_needs_126_days(days: int, is_known: bool) -> None:
    """B-03: IV rank from 12 days of history is missing data."""
    stored = [0.10 + 0.10 * (day % 2) for day in range(days)]
    found = iv_range(stored)

    assert found is not None
    assert found.days == min(days, 252)
    assert (found.rank(0.15) is not None) is is_known
    assert (iv_percentile(0.15, stored) is not None) is is_known


def test_rank_and_percentile_look_back_252_days() -> None:
    """B-03: (now - low) / (high - low) × 100; share of days below."""
    stored = [9.0, *[0.10] * 63, *[0.20] * 126, *[0.30] * 63]
    found = iv_range(stored)

    assert found is not None
    assert (found.low, found.high) == (0.10, 0.30)
    assert found.rank(0.25) == pytest.approx(75.0)
    assert iv_percentile(0.25, stored) == pytest.approx(75.0)
    assert (found.rank(0.05), found.rank(0.95)) == (0.0, 100.0)


def test_without_a_range_there_is_no_rank() -> None:
    """B-03: a history that never moved ranks nothing."""
    flat = iv_range([0.2] * 200)

    assert iv_range([]) is None
    assert flat is not None
    assert flat.rank(0.2) is None


def test_the_surface_finds_the_skew_the_smile_and_the_term_structure() -> None:
    """B-04: IV(25-delta put) - IV(25-delta call) > 0 where puts are dear; each expiry's ATM IV."""
    found = smiles(chain(), SPOT)

    assert all(one.skew is not None and one.skew > 0.01 for one in found)
    assert all(one.width is not None and one.width > 0 for one in found)
    assert [one.atm_iv for one in found] == pytest.approx([ATM_IV] * 4)
    assert month_iv(found) == pytest.approx(ATM_IV)
    assert len(points(chain())) == 4 * 2 * 49


def test_skew_is_between_the_25_delta_strikes() -> None:
    """B-04: by the smile's own formula at the strikes nearest to 25 delta."""
    one = chain().expiries[1]
    put = one.strikes[abs(one.puts.delta + 0.25).argmin()]
    call = one.strikes[abs(one.calls.delta - 0.25).argmin()]

    assert skew_of(one) == pytest.approx(smile(put) - smile(call), abs=1e-5)


def test_thirty_day_iv_lies_on_a_line_of_total_variance() -> None:
    """B-03: 20 % at 15 days and 16 % at 45: (0.5 × 0.04 × 15 + 0.5 × 0.0256 × 45) / 30 = 0.0292."""

    def of(dte: int, iv: float | None) -> Smile:
        return Smile(expiry=chain().expiries[0].expiry, dte=dte, atm_iv=iv, skew=None, width=None)

    assert month_iv([of(15, 0.20), of(45, 0.16)]) == pytest.approx(sqrt(0.0292))
    assert month_iv([of(7, 0.3), of(15, 0.20)]) == 0.20
    assert month_iv([of(40, 0.3), of(70, 0.20)]) == 0.3
    assert month_iv([of(30, 0.25), of(15, 0.1)]) == 0.25
    assert month_iv([of(30, None)]) is None

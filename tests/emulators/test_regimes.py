"""A market's past says what it is asked to say, and a fresh one is quiet (local.md, Systems B and C)."""

from datetime import date
from typing import Any

import numpy as np
import pytest
import talib

from infra.local.emulators.market.instruments import INSTRUMENTS, Kind
from infra.local.emulators.market.regimes import Regime, Trend, Unreachable
from tests.emulators.support import Outside, new_york


@pytest.fixture
def outside() -> Outside:
    """Ten in the morning of the default day."""
    return Outside(seed=1)


def bars(outside: Outside, symbol: str, start: str = "2024-06-01") -> list[dict[str, Any]]:
    """Read the daily bars of full sessions, as the vendor tells them."""
    asked = {"symbol": symbol, "interval": "daily", "start": start, "end": "2026-02-18"}
    rows: list[dict[str, Any]] = outside.sandbox.get("/v1/markets/history", params=asked).json()["history"][
        "day"
    ]
    return rows


def column(rows: list[dict[str, Any]], name: str) -> "np.ndarray[Any, np.dtype[np.float64]]":
    """Return one field of all rows."""
    return np.array([row[name] for row in rows], dtype=np.float64)


class Told:
    """What B-03's indicators, calculated by TA-Lib, say of bars and a price."""

    def __init__(self, rows: list[dict[str, Any]], spot: float) -> None:
        closes = column(rows, "close")
        short, long = talib.EMA(closes, 20)[-1], talib.SMA(closes, 50)[-1]
        self.adx = talib.ADX(column(rows, "high"), column(rows, "low"), closes, 14)[-1]
        self.realised = np.diff(np.log(closes))[-20:].std(ddof=1) * 252**0.5
        self.trend = Trend.UP if spot > short > long else Trend.DOWN if spot < short < long else Trend.NONE


def told(outside: Outside, symbol: str) -> Told:
    """Return what the bars say of the price now."""
    return Told(bars(outside, symbol), outside.quote(symbol)["last"])


def test_every_symbol_of_a_fresh_market_is_quiet(outside: Outside) -> None:
    """ADX under 20, no trend, less realised than implied."""
    for symbol, instrument in INSTRUMENTS.items():
        found = told(outside, symbol)

        assert found.adx < 20, symbol
        assert found.trend is Trend.NONE, symbol
        assert found.realised == pytest.approx(0.625 * instrument.volatility, rel=0.02), symbol


def test_the_default_day_has_the_figures_it_is_named_for(outside: Outside) -> None:
    """B-16: SPY realises 0.10 over 20 days under an ATM IV of 0.16; VIX 16 under VIX3M 18."""
    asked = {"symbol": "SPY", "expiration": "2026-03-20", "greeks": "true"}
    rows = outside.sandbox.get("/v1/markets/options/chains", params=asked).json()["options"]["option"]
    spot = outside.quote("SPY")["last"]
    nearest = min(rows, key=lambda row: abs(row["strike"] - spot))
    vix, longer = outside.quote("VIX"), outside.quote("VIX3M")

    assert told(outside, "SPY").realised == pytest.approx(0.10, abs=0.001)
    assert nearest["greeks"]["mid_iv"] == pytest.approx(0.16, abs=0.003)
    assert (vix["prevclose"], longer["prevclose"]) == (16.0, 18.0)
    assert vix["last"] < longer["last"]
    assert (vix["bid"], longer["bid"]) == (0.0, 0.0)


@pytest.mark.parametrize("symbol", ["SPY", "TSLA"])
@pytest.mark.parametrize("trend", list(Trend))
@pytest.mark.parametrize("adx", [15.0, 22.0, 40.0])
def test_a_regime_is_what_indicators_then_say(
    outside: Outside, symbol: str, trend: Trend, adx: float
) -> None:
    """POST /market/regime; the price itself stays where it is."""
    before = outside.quote(symbol)["last"]
    regime = Regime(trend=trend, adx=adx, realised_volatility=0.33)
    outside.world.simulated.set_regime(symbol, regime)
    found = told(outside, symbol)

    assert outside.quote(symbol)["last"] == before
    assert found.trend is trend
    assert found.adx == pytest.approx(adx, abs=1.0)
    assert found.realised == pytest.approx(0.33, abs=0.005)


def test_a_regime_after_a_jump_is_about_the_price_that_is_there_now(outside: Outside) -> None:
    outside.world.simulated.jump("AAPL", 150.0)
    outside.world.simulated.set_regime("AAPL", Regime(trend=Trend.UP, adx=30, realised_volatility=0.2))

    assert outside.quote("AAPL")["last"] == 150.0
    assert told(outside, "AAPL").trend is Trend.UP


def test_no_bars_say_what_cannot_be(outside: Outside) -> None:
    with pytest.raises(Unreachable):
        outside.world.simulated.set_regime("SPY", Regime(trend=Trend.NONE, adx=99, realised_volatility=0.1))
    assert told(outside, "SPY").adx < 20


def test_laid_days_are_one_market(outside: Outside) -> None:
    """Bars hold together, join without a gap what was before them, and minutes make up their day."""
    for symbol in ("SPY", "XLRE", "VIX"):
        rows = bars(outside, symbol)
        assert len(rows) > 400
        opening, high, low, closing = (column(rows, name) for name in ("open", "high", "low", "close"))
        assert (low <= np.minimum(opening, closing)).all()
        assert (high >= np.maximum(opening, closing)).all()
        widest = 6 * INSTRUMENTS[symbol].volatility / 16
        assert (np.abs(np.diff(np.log(closing))) < widest).all()
    asked = {"symbol": "SPY", "interval": "1min", "start": "2026-02-12 09:30", "end": "2026-02-12 16:00"}
    minutes = outside.sandbox.get("/v1/markets/timesales", params=asked).json()["series"]["data"]
    day = next(row for row in bars(outside, "SPY") if row["date"] == "2026-02-12")

    assert len(minutes) == 390
    assert (minutes[0]["open"], minutes[-1]["close"]) == (day["open"], day["close"])
    assert max(row["high"] for row in minutes) == day["high"]
    assert min(row["low"] for row in minutes) == day["low"]
    assert sum(row["volume"] for row in minutes) == pytest.approx(day["volume"], rel=0.001)


def test_what_a_market_shows_today_does_not_hang_on_its_past(outside: Outside) -> None:
    """The same seed shows the same prices whenever the market began."""
    later = Outside("2026-02-18 10:00", seed=1)
    later.clock.at = new_york("2026-02-19 10:00")

    for symbol in ("SPY", "AAPL", "XLF"):
        assert later.quote(symbol)["last"] == outside.quote(symbol)["last"]


def test_ten_days_of_minutes_are_there(outside: Outside) -> None:
    """Of every underlying, in the wire's form."""
    for symbol in ("SPX", "IWM"):
        asked = {"symbol": symbol, "interval": "1min", "start": "2026-02-09 09:30"}
        rows = outside.sandbox.get("/v1/markets/timesales", params=asked).json()["series"]["data"]

        assert len({row["time"][:10] for row in rows}) == 8
        assert set(rows[0]) == {
            *("time", "timestamp", "price", "open", "high", "low", "close", "volume", "vwap")
        }


def test_300_days_of_volatility_are_ready_of_every_optionable_symbol(outside: Outside) -> None:
    """For the product's IV history; the newest is the day before the market begins."""
    market = outside.world.simulated
    for symbol, instrument in INSTRUMENTS.items():
        history = market.volatility_history(symbol, 300)
        if not instrument.optionable:
            assert history == []
            continue
        days = [day for day, _ in history]
        assert len(history) == 300
        assert (days[-1], days) == (date(2026, 2, 18), sorted(set(days)))
        values = np.array([value for _, value in history])
        assert values[-1] == pytest.approx(instrument.volatility, rel=0.1)
        assert values.std() > 0
    assert INSTRUMENTS["VIX"].kind is Kind.INDEX


def test_a_share_of_the_usual_volume(outside: Outside) -> None:
    """POST /market/volume: B-02's C4 reads the last full session against the 20 before."""
    outside.world.simulated.set_volume("SPY", 0.3)
    rows = bars(outside, "SPY")

    assert rows[-1]["volume"] == pytest.approx(0.3 * column(rows[-21:-1], "volume").mean(), rel=1e-6)
    with pytest.raises(ValueError, match="something that trades"):
        outside.world.simulated.set_volume("VIX", 0.3)


def test_a_market_of_a_former_run_is_the_same(outside: Outside) -> None:
    """Its past, its beginning, what was held and told."""
    market = outside.world.simulated
    market.set_regime("QQQ", Regime(trend=Trend.DOWN, adx=30, realised_volatility=0.4))
    market.set_volume("SPY", 0.5)
    again = Outside("2026-02-23 10:00", seed=1)
    again.world.simulated.restore(market.state())
    outside.clock.at = again.clock.at

    for symbol in ("QQQ", "SPY", "VIX"):
        assert bars(again, symbol) == bars(outside, symbol)
        assert again.quote(symbol) == outside.quote(symbol)

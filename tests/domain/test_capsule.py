"""The capsule's JSON (A-08): every field always there, and a reason beside every null."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from chalicelib.domain.analysis.capsule import (
    Chart,
    Closes,
    Level,
    Series,
    market_regime,
    order_book_state,
    signals_snapshot,
    unseen_order_book,
)
from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.market.candles import Candle
from chalicelib.domain.market.quotes import OptionQuote

AT = datetime(2026, 2, 19, 15, 0, tzinfo=UTC)
#: What A-08 names; a block may carry more.
SIGNALS = {
    "1m": {"rsi", "macd_hist", "ema_9_21_cross"},
    "5m": {"rsi", "macd_hist", "ema_9_21_cross"},
    "15m": {"rsi", "squeeze"},
    "1h": {"trend"},
    "daily": {"trend", "dist_from_200sma"},
}
REGIME = {
    "spy": {"price", "pct_change", "vix"},
    "sector": {"ticker", "pct_change", "correlation_30d"},
    "market_internals": {"ad_line", "put_call_ratio"},
}
GREEKS = {"delta", "gamma", "theta", "vega", "iv"}
QUOTE = OptionQuote(
    symbol="AAPL260306C00250000",
    bid=Decimal("4.90"),
    ask=Decimal("5.10"),
    bid_size=10,
    ask_size=12,
    last=None,
    quoted_at=AT,
    source="orats",
    delay_seconds=0,
    volume=20,
    open_interest=1000,
    delta=Decimal("0.52"),
    gamma=Decimal("0.03"),
    theta=Decimal("-0.17"),
    vega=Decimal("0.21"),
    iv=Decimal("0.23"),
)


def series(count: int, *, step: float = 0.5) -> Series:
    candles = [
        Candle(
            starts_at=AT - timedelta(minutes=count - index),
            ends_at=AT - timedelta(minutes=count - index - 1),
            open=Decimal(100),
            high=Decimal(str(102 + step * index)),
            low=Decimal(str(98 + step * index)),
            close=Decimal(str(100 + step * index)),
            volume=5,
        )
        for index in range(count)
    ]
    return Series(candles=candles)


def closes(count: int, *, step: float = 1.0, missing: str | None = None) -> Closes:
    return Closes(
        by_day={
            date(2026, 2, 18) - timedelta(days=count - index): Decimal(str(100 + step * (index % 7) + index))
            for index in range(count)
        },
        missing=missing,
    )


def chart(count: int, days: int) -> Chart:
    return Chart(
        one=series(count), five=series(count), fifteen=series(count), hours=series(count), daily=closes(days)
    )


def nulls(value: JsonValue, path: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from nulls(inner, f"{path}.{key}" if path else key)
    elif value is None:
        yield path


def check_shape(block: Mapping[str, JsonValue], shape: Mapping[str, set[str]]) -> None:
    for name, fields in shape.items():
        part = block[name]
        assert isinstance(part, dict)
        assert fields <= part.keys()


def reasons_of(block: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    reasons = block["reasons"]
    assert isinstance(reasons, dict)
    return reasons


def test_with_enough_candles_every_signal_is_there() -> None:
    found = signals_snapshot(chart(80, 260))

    check_shape(found, SIGNALS)
    assert reasons_of(found) == {}
    assert found["1m"] == {
        "rsi": 100,
        "macd_hist": pytest.approx(0, abs=1e-6),
        "ema_9_21_cross": "bullish",
        "candles_since_cross": None,
        "as_of": "2026-02-19T15:00:00Z",
    }
    assert found["1h"] == {"trend": "bullish", "as_of": "2026-02-19T15:00:00Z"}


@pytest.mark.parametrize(("count", "days"), [(0, 0), (1, 1), (15, 60), (30, 199)])
def test_every_signal_that_is_null_has_its_reason(count: int, days: int) -> None:
    found = signals_snapshot(chart(count, days))
    named = {f"{name}.{field}" for name, fields in SIGNALS.items() for field in fields}

    check_shape(found, SIGNALS)
    assert {path for path in nulls(dict(found)) if path in named} == set(reasons_of(found))


def test_a_source_that_has_no_candles_is_the_reason() -> None:
    none = Series(missing="no token")
    empty = Chart(one=none, five=none, fifteen=none, hours=none, daily=Closes(missing="no history"))
    reasons = reasons_of(signals_snapshot(empty))

    assert reasons["1m.rsi"] == "no token"
    assert reasons["daily.dist_from_200sma"] == "no history"
    assert signals_snapshot(empty)["price"] is None


def test_distance_from_the_long_average_is_of_the_price_at_entry_in_per_cent() -> None:
    daily = Closes(by_day={date(2025, 1, 1) + timedelta(days=index): Decimal(100) for index in range(200)})
    found = signals_snapshot(replace(chart(80, 0), daily=daily))["daily"]

    assert isinstance(found, dict)
    assert found["dist_from_200sma"] == pytest.approx(39.5)  # the last minute closed at 139.5
    assert found["sma_200"] == 100


def test_the_regime_is_complete_but_for_what_nobody_sells() -> None:
    found = market_regime(
        spy=Level(price=Decimal("600.5"), pct_change=Decimal("-0.4")),
        vix=Level(price=Decimal("17.2"), pct_change=Decimal(3)),
        fund="XLK",
        fund_missing=None,
        sector=Level(price=Decimal(230), pct_change=Decimal("0.8")),
        closes=closes(40),
        fund_closes=closes(40),
    )

    check_shape(found, REGIME)
    assert found["spy"] == {"price": 600.5, "pct_change": -0.4, "vix": 17.2}
    assert found["sector"] == {"ticker": "XLK", "pct_change": 0.8, "correlation_30d": pytest.approx(1)}
    assert set(reasons_of(found)) == {"market_internals.ad_line", "market_internals.put_call_ratio"}


def test_a_ticker_without_a_sector_says_so_in_all_three_fields() -> None:
    found = market_regime(
        spy=Level(missing="the vendor is down"),
        vix=Level(missing="the vendor is down"),
        fund=None,
        fund_missing="SPY is a fund over many sectors",
        sector=Level(),
        closes=closes(40),
        fund_closes=Closes(),
    )
    reasons = reasons_of(found)

    check_shape(found, REGIME)
    assert set(nulls(dict(found))) == set(reasons)
    assert {reasons[f"sector.{name}"] for name in REGIME["sector"]} == {"SPY is a fund over many sectors"}
    assert reasons["spy.price"] == "the vendor is down"


def test_correlation_counts_common_days_only() -> None:
    def correlation(days: int) -> JsonValue:
        found = market_regime(
            spy=Level(),
            vix=Level(),
            fund="XLK",
            fund_missing=None,
            sector=Level(),
            closes=closes(40),
            fund_closes=closes(days),
        )
        assert isinstance(found["sector"], dict)
        return found["sector"]["correlation_30d"]

    assert correlation(31) is not None
    assert correlation(30) is None


def test_the_order_book_is_what_was_seen() -> None:
    found = order_book_state(QUOTE)

    assert found["spread_pct"] == 4.0  # 0.20 of 5.00
    assert (found["bid"], found["ask"], found["volume"], found["open_interest"]) == (4.9, 5.1, 20, 1000)
    assert found["greeks"] == {"delta": 0.52, "gamma": 0.03, "theta": -0.17, "vega": 0.21, "iv": 0.23}
    assert found["reasons"] == {}


@pytest.mark.parametrize("side", ["bid", "ask"])
def test_a_missing_side_is_null_and_so_is_the_spread(side: str) -> None:
    bare = (
        replace(QUOTE, bid=None, delta=None) if side == "bid" else replace(QUOTE, ask=Decimal(0), delta=None)
    )
    found = order_book_state(bare)

    assert (found[side], found["spread_pct"]) == (None, None)
    assert set(reasons_of(found)) == {side, "spread_pct", "greeks.delta"}


def test_a_book_that_nobody_saw_has_the_same_shape() -> None:
    unseen = unseen_order_book("not seen")

    assert set(unseen) <= set(order_book_state(QUOTE))
    assert set(nulls({name: value for name, value in unseen.items() if name != "reasons"})) == set(
        reasons_of(unseen)
    )

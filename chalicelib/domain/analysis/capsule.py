"""What was known when a trade was opened (A-08): candles, quotes and a chain's row become the capsule's JSON.

Pure: the same candles give the same capsule. What is not known is null, and `reasons` of the same object says
why, by the dotted path of the field. Formulas and their sources: docs/formulas.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from chalicelib.domain.instants import rfc3339
from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.market import indicators
from chalicelib.domain.market.candles import Candle
from chalicelib.domain.market.quotes import OptionQuote
from chalicelib.domain.money import percent

Block = dict[str, JsonValue]
#: Figures of indicators are kept to this many decimals: more would be noise of the vendor's prices.
_DECIMALS: Final = 6
NO_INTERNALS: Final = "no data vendor in use has it"
NO_TRADES: Final = "nothing traded in the candles' time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Candles of one length up to the entry, or why there are none."""

    candles: Sequence[Candle] = ()
    missing: str | None = None

    @property
    def closes(self) -> list[float]:
        """Return the closes, oldest first."""
        return [float(one.close) for one in self.candles]


@dataclass(frozen=True, slots=True, kw_only=True)
class Closes:
    """Daily closes of the days before the entry's, or why there are none."""

    by_day: Mapping[date, Decimal] = field(default_factory=dict)
    missing: str | None = None

    @property
    def values(self) -> list[float]:
        """Return the closes, oldest first."""
        return [float(self.by_day[day]) for day in sorted(self.by_day)]

    @property
    def last(self) -> Decimal | None:
        """Return the newest close."""
        return self.by_day[max(self.by_day)] if self.by_day else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A price as of the entry and its change against the close before, in per cent; or why there is none."""

    price: Decimal | None = None
    pct_change: Decimal | None = None
    missing: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """The underlying's candles by length, and its daily closes."""

    one: Series
    five: Series
    fifteen: Series
    hours: Series
    daily: Closes

    @property
    def price(self) -> Decimal | None:
        """Return the last price before the entry: of the shortest candle that there is."""
        for series in (self.one, self.five, self.fifteen):
            if series.candles:
                return series.candles[-1].close
        return self.daily.last


class _Reasons:
    """Collects why fields are null."""

    def __init__(self) -> None:
        self.by_field: Block = {}

    def of(self, path: str, value: JsonValue, reason: str) -> JsonValue:
        """Return the value, and note the reason when there is none."""
        if value is None:
            self.by_field[path] = reason
        return value


def signals_snapshot(chart: Chart) -> Block:
    """Return the indicators of every length; each block says in `as_of` when its last candle ended."""
    reasons = _Reasons()
    price = None if chart.price is None else float(chart.price)
    return {
        "1m": _momentum("1m", chart.one, reasons),
        "5m": _momentum("5m", chart.five, reasons),
        "15m": _compression(chart.fifteen, reasons),
        "1h": _hourly(chart.hours, price, reasons),
        "daily": _daily(chart.daily, price, reasons),
        "price": price,
        "reasons": reasons.by_field,
    }


def _momentum(name: str, series: Series, reasons: _Reasons) -> Block:
    closes = series.closes
    crossing = indicators.ema_cross(closes)

    def noted(key: str, value: JsonValue, needed: int) -> JsonValue:
        return reasons.of(f"{name}.{key}", value, _why(series.missing, len(closes), needed))

    macd_needs = indicators.MACD_SLOW + indicators.MACD_SIGNAL - 1
    return {
        "rsi": noted("rsi", _rounded(indicators.rsi(closes)), indicators.RSI_PERIOD + 1),
        "macd_hist": noted("macd_hist", _rounded(indicators.macd_histogram(closes)), macd_needs),
        "ema_9_21_cross": noted(
            "ema_9_21_cross", None if crossing is None else crossing.direction.value, indicators.CROSS_SLOW
        ),
        "candles_since_cross": None if crossing is None else crossing.candles_since,
        "as_of": _ended(series),
    }


def _compression(series: Series, reasons: _Reasons) -> Block:
    closes = series.closes
    found = indicators.squeeze(
        [float(one.high) for one in series.candles], [float(one.low) for one in series.candles], closes
    )
    why_rsi = _why(series.missing, len(closes), indicators.RSI_PERIOD + 1)
    why_squeeze = _why(series.missing, len(closes), indicators.SQUEEZE_PERIOD + 2)
    return {
        "rsi": reasons.of("15m.rsi", _rounded(indicators.rsi(closes)), why_rsi),
        "squeeze": reasons.of("15m.squeeze", None if found is None else found.value, why_squeeze),
        "as_of": _ended(series),
    }


def _hourly(series: Series, price: float | None, reasons: _Reasons) -> Block:
    why = _why(series.missing, len(series.candles), indicators.TREND_SMA)
    return {
        "trend": reasons.of("1h.trend", _trend(price, series.closes), why),
        "as_of": _ended(series),
    }


def _daily(daily: Closes, price: float | None, reasons: _Reasons) -> Block:
    closes = daily.values
    average = indicators.sma(closes, indicators.LONG_SMA)
    distance = None if average is None or price is None else (price - average) / average * 100
    why_trend = _why(daily.missing, len(closes), indicators.TREND_SMA)
    why_distance = _why(daily.missing, len(closes), indicators.LONG_SMA)
    return {
        "trend": reasons.of("daily.trend", _trend(price, closes), why_trend),
        "dist_from_200sma": reasons.of("daily.dist_from_200sma", _rounded(distance), why_distance),
        "sma_200": _rounded(average),
        "as_of": max(daily.by_day).isoformat() if daily.by_day else None,
    }


def _trend(price: float | None, closes: Sequence[float]) -> str | None:
    found = None if price is None else indicators.trend(price, closes)
    return None if found is None else found.value


def market_regime(
    *,
    spy: Level,
    vix: Level,
    fund: str | None,
    fund_missing: str | None,
    sector: Level,
    closes: Closes,
    fund_closes: Closes,
) -> Block:
    """Return how market and sector stood; `fund_missing` says why there is no sector fund."""
    reasons = _Reasons()
    correlation = _correlation(closes, fund_closes) if fund is not None else None
    why_sector = fund_missing or sector.missing or NO_TRADES
    why_correlation = fund_missing or closes.missing or fund_closes.missing
    too_few = f"fewer than {indicators.CORRELATION_DAYS + 1} common daily closes, or prices that stood still"
    return {
        "spy": {
            "price": _noted(reasons, "spy.price", spy.price, spy.missing),
            "pct_change": _noted(reasons, "spy.pct_change", spy.pct_change, spy.missing),
            "vix": _noted(reasons, "spy.vix", vix.price, vix.missing),
        },
        "sector": {
            "ticker": reasons.of("sector.ticker", fund, why_sector),
            "pct_change": _noted(reasons, "sector.pct_change", sector.pct_change, why_sector),
            "correlation_30d": reasons.of(
                "sector.correlation_30d", _rounded(correlation), why_correlation or too_few
            ),
        },
        "market_internals": {
            "ad_line": reasons.of("market_internals.ad_line", None, NO_INTERNALS),
            "put_call_ratio": reasons.of("market_internals.put_call_ratio", None, NO_INTERNALS),
        },
        "reasons": reasons.by_field,
    }


def _noted(reasons: _Reasons, path: str, value: Decimal | None, why: str | None) -> JsonValue:
    return reasons.of(path, None if value is None else float(value), why or "the vendor does not say")


def _correlation(closes: Closes, fund_closes: Closes) -> float | None:
    common = sorted(closes.by_day.keys() & fund_closes.by_day.keys())
    return indicators.correlation(
        [float(closes.by_day[day]) for day in common], [float(fund_closes.by_day[day]) for day in common]
    )


def order_book_state(quote: OptionQuote) -> Block:
    """Return what was seen of the contract when it was ordered; `spread_pct` = (ask − bid) / mid × 100."""
    reasons = _Reasons()

    def noted(path: str, value: Decimal | None, why: str) -> JsonValue:
        return reasons.of(path, None if value is None else float(value), why)

    bid = quote.bid if quote.has_bid else None
    ask = quote.ask if quote.has_ask else None
    spread = None
    if bid is not None and ask is not None and quote.mid is not None:
        spread = percent(ask - bid, quote.mid)
    unsaid = f"{quote.source} does not say"
    greeks: Mapping[str, Decimal | None] = {
        "delta": quote.delta,
        "gamma": quote.gamma,
        "theta": quote.theta,
        "vega": quote.vega,
        "iv": quote.iv,
    }
    return {
        "bid": noted("bid", bid, "nobody bids"),
        "ask": noted("ask", ask, "nobody offers"),
        "spread_pct": noted("spread_pct", spread, "not quoted on both sides"),
        "volume": reasons.of("volume", quote.volume, unsaid),
        "open_interest": reasons.of("open_interest", quote.open_interest, unsaid),
        "greeks": {name: noted(f"greeks.{name}", value, unsaid) for name, value in greeks.items()},
        "as_of": None if quote.quoted_at is None else rfc3339(quote.quoted_at),
        "source": quote.source,
        "delayed": quote.is_delayed,
        "reasons": reasons.by_field,
    }


def unseen_order_book(reason: str) -> Block:
    """Return the same shape for a trade whose quote nobody kept."""
    fields = ("bid", "ask", "spread_pct", "volume", "open_interest")
    greeks = ("delta", "gamma", "theta", "vega", "iv")
    paths = (*fields, *(f"greeks.{name}" for name in greeks))
    return {
        **dict.fromkeys(fields),
        "greeks": dict.fromkeys(greeks),
        "reasons": dict.fromkeys(paths, reason),
    }


def _why(missing: str | None, there_are: int, needed: int) -> str:
    return missing or f"{needed} candles are needed, there are {there_are}"


def _ended(series: Series) -> str | None:
    return rfc3339(series.candles[-1].ends_at) if series.candles else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DECIMALS)

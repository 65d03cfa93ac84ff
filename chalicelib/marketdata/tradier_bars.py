"""Tradier's bars in papertape's words (wire, 8.7 and 8.8); pure."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from chalicelib.brokers.tradier.payloads import rows
from chalicelib.domain.market.candles import Candle, CandleMinutes
from chalicelib.marketdata.interface import DailyBar
from chalicelib.vendors.wire import Node, UnreadablePayload, as_date, number, whole


def parse_candles(body: Node, minutes: CandleMinutes) -> tuple[Candle, ...]:
    """Return the candles of a time-and-sales answer; a row with a price of `"NaN"` is no candle."""
    length = minutes.length
    found = (_candle(row, length) for row in rows(body, "series", "data"))
    return tuple(one for one in found if one is not None)


def _candle(row: Node, length: timedelta) -> Candle | None:
    opening, high = number(row, "open"), number(row, "high")
    low, close = number(row, "low"), number(row, "close")
    if opening is None or high is None or low is None or close is None:
        return None
    starts_at = _epoch_seconds(row)
    return Candle(
        starts_at=starts_at,
        ends_at=starts_at + length,
        open=opening,
        high=high,
        low=low,
        close=close,
        volume=whole(row, "volume") or 0,
    )


def _epoch_seconds(row: Node) -> datetime:
    seconds = number(row, "timestamp")
    if seconds is None:
        raise UnreadablePayload("a candle without its timestamp")
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise UnreadablePayload("timestamp is not a time") from error


def parse_daily_bars(body: Node) -> tuple[DailyBar, ...]:
    """Return daily bars, oldest first, each day once; a bar with a price of `"NaN"` or 0 is left out."""
    found = (_daily_bar(row) for row in rows(body, "history", "day"))
    by_day = {one.day: one for one in found if one is not None}
    return tuple(by_day[day] for day in sorted(by_day))


def _daily_bar(row: Node) -> DailyBar | None:
    high, low, close = number(row, "high"), number(row, "low"), number(row, "close")
    if not high or not low or not close:
        return None
    return DailyBar(
        day=as_date(row.get("date"), "date"),
        high=high,
        low=low,
        close=close,
        volume=whole(row, "volume"),
    )


def parse_daily_closes(body: Node) -> Mapping[date, Decimal]:
    """Return the closes of daily bars by day; a bar whose close is `"NaN"` or 0 is left out."""
    closes = {as_date(row.get("date"), "date"): number(row, "close") for row in rows(body, "history", "day")}
    return {day: close for day, close in closes.items() if close}

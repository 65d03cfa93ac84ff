"""Daily bars of the past."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from infra.local.emulators.market.feed import Feed
from infra.local.emulators.market.quotes import DailyBar
from infra.local.emulators.market.sessions import new_york_date, trading_days
from infra.local.emulators.orats.problems import OratsRefusal

HISTORY_YEARS: Final = 1


def daily_rows(feed: Feed, asked: Mapping[str, str]) -> list[dict[str, object]]:
    """Return the bars of a year or of one date. Raises OratsRefusal when there are none."""
    market, now = feed.market, feed.market.now()
    # History comes the morning after: today is not in it.
    newest = new_york_date(now) - timedelta(days=1)
    wanted = asked.get("tradeDate", "")
    first = newest.replace(year=newest.year - HISTORY_YEARS, day=min(newest.day, 28))
    if wanted:
        try:
            first = date.fromisoformat(wanted)
        except ValueError as error:
            raise OratsRefusal(400, "Invalid parameter tradeDate.") from error
        newest = min(newest, first)
    symbols = (
        [asked["ticker"].upper()]
        if asked.get("ticker")
        else [instrument.symbol for instrument in market.instruments()]
    )
    rows: list[dict[str, object]] = []
    for symbol in symbols:
        for day in trading_days(first, newest):
            bar = market.daily_bar(symbol, day, now)
            if bar is not None:
                rows.append(_row(symbol, bar))
    if not rows:
        raise OratsRefusal(404, "Not Found.")
    return rows


def _row(symbol: str, bar: DailyBar) -> dict[str, object]:
    day = bar.day.isoformat()
    return {
        "ticker": symbol,
        "tradeDate": day,
        "open": bar.opening,
        "hiPx": bar.high,
        "loPx": bar.low,
        "clsPx": bar.closing,
        "stockVolume": bar.volume,
        "unadjOpen": bar.opening,
        "unadjHiPx": bar.high,
        "unadjLoPx": bar.low,
        "unadjClsPx": bar.closing,
        "unadjStockVolume": bar.volume,
        "updatedAt": f"{day}T21:30:00Z",
    }

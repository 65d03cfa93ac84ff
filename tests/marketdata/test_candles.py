"""Candles and daily closes from Tradier's answers: authentic bodies, and the depth there is."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import httpx
import pytest

from chalicelib.brokers.tradier.client import TradierClient
from chalicelib.brokers.tradier.environment import TradierEnvironment
from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.market.candles import CandleMinutes
from chalicelib.marketdata.interface import MarketDataError, NoHistory
from chalicelib.marketdata.no_source import NoMarketData
from chalicelib.marketdata.tradier_data import CANDLE_DEPTH_DAYS, TradierData
from chalicelib.vendors.http import HttpPool
from tests.brokers.support import BASE, TOKEN, HandClock, OpenBudget, ScriptedVendor, answer, fixture

#: The open of the day of the recorded candles, and a time some days after it.
OPEN = datetime(2019, 5, 9, 13, 30, tzinfo=UTC)
LATER = datetime(2019, 5, 13, 15, 0, tzinfo=UTC)


def tradier_data(vendor: httpx.BaseTransport, at: datetime = LATER) -> TradierData:
    clock = HandClock(at)
    client = TradierClient(
        TradierEnvironment(mode=BrokerMode.TRADIER_LIVE, base_url=BASE, token=TOKEN),
        budget=OpenBudget(),
        clock=clock,
        http=HttpPool(vendor),
    )
    return TradierData(client, clock)


def replies(*names: str) -> ScriptedVendor:
    return ScriptedVendor(*[answer(fixture("tradier", name)) for name in names])


def test_candles_are_of_the_open_session_by_new_york_minutes_and_one_call() -> None:
    vendor = replies("timesales_1min.json")
    found = tradier_data(vendor).candles("AAPL", CandleMinutes.ONE, OPEN, OPEN + timedelta(minutes=2))

    (call,) = vendor.asked
    assert call.url.path == "/v1/markets/timesales"
    assert dict(call.url.params) == {
        "symbol": "AAPL",
        "interval": "1min",
        "start": "2019-05-09 09:30",
        "end": "2019-05-09 09:32",
        "session_filter": "open",
    }
    assert [one.starts_at - OPEN for one in found] == [timedelta(minutes=index) for index in range(3)]
    assert found[0].ends_at == OPEN + timedelta(minutes=1)
    assert (found[0].open, found[0].high, found[0].low, found[0].close, found[0].volume) == (
        Decimal("200.46"),
        Decimal("200.53"),
        Decimal("198.76"),
        Decimal("200.1154"),
        1273841,
    )


@pytest.mark.parametrize(
    "name", ["timesales_null_string.json", "timesales_single.json", "timesales_tick.json"]
)
def test_nothing_and_ticks_are_no_candles(name: str) -> None:
    assert tradier_data(replies(name)).candles("SPY", CandleMinutes.ONE, OPEN, OPEN) == ()


def test_a_missing_series_is_no_empty_one() -> None:
    """I-06: an answer that cannot be read is never taken for an empty one."""
    with pytest.raises(MarketDataError):
        tradier_data(ScriptedVendor(answer({"other": None}))).candles("SPY", CandleMinutes.ONE, OPEN, OPEN)


@pytest.mark.parametrize("minutes", list(CandleMinutes))
def test_what_lies_beyond_the_vendors_depth_is_not_asked_for(minutes: CandleMinutes) -> None:
    deepest = OPEN + timedelta(days=CANDLE_DEPTH_DAYS[minutes])
    asked = ScriptedVendor(answer(fixture("tradier", "timesales_null_string.json")))

    assert tradier_data(asked, deepest).candles("SPY", minutes, OPEN, OPEN) == ()
    with pytest.raises(NoHistory, match="since 2019-05-10"):
        tradier_data(ScriptedVendor(), deepest + timedelta(days=1)).candles("SPY", minutes, OPEN, OPEN)


def test_daily_closes_are_by_day_and_a_nan_is_none() -> None:
    def closes(name: str) -> dict[date, Decimal]:
        return dict(tradier_data(replies(name)).daily_closes("AAPL", date(2019, 1, 2), date(2019, 1, 4)))

    assert closes("pricehistory_many.json")[date(2019, 1, 4)] == Decimal("148.26")
    assert closes("pricehistory_single.json") == {date(2019, 1, 2): Decimal("157.92")}
    assert closes("pricehistory_null.json") == {}
    assert closes("pricehistory_nan_row.json") == {
        date(2025, 3, 5): Decimal("208.4"),
        date(2025, 3, 6): Decimal("206.0"),
    }


def test_a_source_without_candles_says_that_asking_again_is_no_use() -> None:
    with pytest.raises(NoHistory):
        NoMarketData().candles("SPY", CandleMinutes.ONE, OPEN, OPEN)
    with pytest.raises(NoHistory):
        NoMarketData().daily_closes("SPY", date(2019, 1, 2), date(2019, 1, 4))

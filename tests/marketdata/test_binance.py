"""Binance's public data as coins' candles, prices and filters; weights and bans are shared (C-05, C-06)."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import pytest

from chalicelib.domain.ai.candles import arrays_of
from chalicelib.domain.ai.traders.timeframes import Timeframe
from chalicelib.domain.coins.minutes import minutes_of
from chalicelib.domain.market.coins import CoinCandle
from chalicelib.marketdata.binance_coins import BinanceCoins
from chalicelib.marketdata.binance_data import ROWS_MAX
from chalicelib.marketdata.interface import MarketDataError, NoHistory
from chalicelib.vendors.http import HttpPool
from tests.brokers.support import HandClock, OpenBudget, ScriptedVendor, answer, fixture

NOW = datetime(2026, 2, 21, 12, 34, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HTTP_DATE = "%a, %d %b %Y %H:%M:%S GMT"


def coins(
    vendor: httpx.BaseTransport, clock: HandClock | None = None, budget: OpenBudget | None = None
) -> BinanceCoins:
    return BinanceCoins(
        "https://binance.test/",
        budget=budget or OpenBudget(),
        clock=clock or HandClock(NOW),
        http=HttpPool(vendor),
    )


def last_minutes(read: BinanceCoins, count: int = 3, symbol: str = "BTCUSDT") -> tuple[CoinCandle, ...]:
    ends_at = NOW.replace(second=0) + MINUTE
    return read.candles(symbol, Timeframe.M1, ends_at - MINUTE * (count + 1), ends_at)


def row(starts_at: datetime, closing: str = "101", length: timedelta = MINUTE) -> list[object]:
    opened = int(starts_at.timestamp() * 1000)
    closed = opened + int(length.total_seconds() * 1000) - 1
    return [opened, "100", "102", "99.5", closing, "12.5", closed, "1250", 40, "6", "600", "0"]


def rows_until(last: datetime, count: int) -> list[list[object]]:
    return [row(last - MINUTE * back) for back in range(count - 1, -1, -1)]


def test_a_candle_that_is_being_made_is_not_among_the_closed() -> None:
    """A candle counts once it closed."""
    vendor = ScriptedVendor(answer(rows_until(NOW.replace(second=0), 4)))
    read = last_minutes(coins(vendor))

    (asked,) = vendor.asked
    assert asked.url.path == "/api/v3/klines"
    assert asked.url.params["interval"] == "1m"
    assert [one.starts_at.minute for one in read] == [31, 32, 33]
    assert [minute.closing for minute in minutes_of(read)] == [Decimal(101)] * 3
    assert arrays_of(read).highs.tolist() == [102.0] * 3
    assert len(arrays_of(())) == 0


def test_a_candle_closes_by_the_exchanges_clock() -> None:
    """A clock of ours that is ahead judges no candle as closed that still trades."""
    ends_at = NOW.replace(second=0)
    behind = {"Date": (ends_at - timedelta(seconds=1)).strftime(HTTP_DATE)}
    clock = HandClock(ends_at + timedelta(seconds=1))
    read = coins(ScriptedVendor(answer(rows_until(ends_at - MINUTE, 3), headers=behind)), clock)

    assert [one.ends_at.minute for one in last_minutes(read, 4)] == [32, 33]


def test_what_missed_ticks_left_is_read_in_pages() -> None:
    """C-05: a missed tick loses nothing."""
    ends_at = NOW.replace(second=0)
    begun = ends_at - MINUTE * (ROWS_MAX + 2)
    first = [row(begun + MINUTE * count) for count in range(ROWS_MAX)]
    second = [row(begun + MINUTE * (ROWS_MAX + count)) for count in range(2)]
    vendor = ScriptedVendor(answer(first), answer(second))
    read = coins(vendor).candles("BTCUSDT", Timeframe.M1, begun, ends_at)

    assert len(read) == ROWS_MAX + 2
    starts = [int(asked.url.params["startTime"]) for asked in vendor.asked]
    assert starts[1] - starts[0] == ROWS_MAX * 60_000


def test_what_has_not_begun_is_not_asked_for() -> None:
    vendor = ScriptedVendor(answer([]))
    read = coins(vendor).candles("BTCUSDT", Timeframe.M1, NOW, NOW + MINUTE * ROWS_MAX * 50)

    assert read == ()
    assert len(vendor.asked) == 1


def test_the_recorded_candle_can_be_read() -> None:
    recorded = json.loads(fixture("binance", "klines.json"))  # of a week, which begins with a day
    monday = datetime(2017, 7, 3, tzinfo=UTC)
    read = coins(ScriptedVendor(answer(recorded))).candles(
        "BNBBTC", Timeframe.D1, monday, monday + timedelta(days=1)
    )

    (one,) = read
    assert one.starts_at == monday
    assert (one.opening, one.volume) == (Decimal("0.01634790"), Decimal("148976.11427815"))


@pytest.mark.parametrize(
    "bent",
    [
        {"not": "rows"},
        [["now", "1", "1", "1", "1", "1"]],
        [[0, "100", "90", "80", "95", "1"]],
        [[0, "100", "102", "99", "NaN", "1"]],
        [[0, "0", "0", "0", "0", "1"]],
        [[1, "100", "102", "99", "100", "1"]],
        [row(NOW.replace(second=0)), row(NOW.replace(second=0))],
    ],
)
def test_candles_that_contradict_themselves_are_no_candles(bent: object) -> None:
    """I-06: an answer that cannot be read is never taken for an empty one."""
    with pytest.raises(MarketDataError):
        last_minutes(coins(ScriptedVendor(answer(bent))))


def test_filters_are_what_market_orders_too_must_keep_to() -> None:
    """C-03: a step of 0 is off and never divided by; the most of a market order is a multiple of a lot."""
    vendor = ScriptedVendor(answer(fixture("binance", "exchange_info_btcusdt.json")))
    filters = coins(vendor).filters(["BTCUSDT"])["BTCUSDT"]

    assert (filters.tick, filters.lot) == (Decimal("0.01"), Decimal("0.00001"))
    assert (filters.least_quantity, filters.least_notional) == (Decimal("0.00001"), Decimal(5))
    assert filters.most_quantity == Decimal("97.92836")
    assert filters.is_on_lot(filters.to_lot(Decimal(5000)))


def test_a_pair_without_filters_or_that_does_not_trade_is_left_out() -> None:
    body = json.loads(fixture("binance", "exchange_info_docs.json"))
    recorded = json.loads(fixture("binance", "exchange_info_btcusdt.json"))["symbols"][0]
    body["symbols"].append({**recorded, "status": "BREAK"})

    assert coins(ScriptedVendor(answer(body))).filters(["ETHBTC", "BTCUSDT"]) == {}


def test_one_unknown_pair_does_not_hide_the_filters_of_the_others() -> None:
    unknown = answer(fixture("binance", "error_1121_bad_symbol.json"), 400)
    known = answer(fixture("binance", "exchange_info_btcusdt.json"))
    vendor = ScriptedVendor(unknown, known, answer(fixture("binance", "error_1121_bad_symbol.json"), 400))

    assert list(coins(vendor).filters(["BTCUSDT", "NOSUCH"])) == ["BTCUSDT"]
    assert vendor.asked[0].url.params["symbols"] == '["BTCUSDT","NOSUCH"]'


def test_an_unknown_pair_has_no_candles() -> None:
    with pytest.raises(NoHistory):
        last_minutes(coins(ScriptedVendor(answer({"code": -1121, "msg": "Invalid symbol."}, 400))))


def test_prices_are_of_when_they_were_asked_for() -> None:
    read = coins(ScriptedVendor(answer(fixture("binance", "ticker_price_array.json")))).prices(
        ["LTCBTC", "ETHBTC"]
    )

    assert {symbol: one.price for symbol, one in read.items()} == {
        "LTCBTC": Decimal("4.000002"),
        "ETHBTC": Decimal("0.079466"),
    }
    assert {one.as_of for one in read.values()} == {NOW}


def test_one_unknown_pair_does_not_hide_the_prices_of_the_others() -> None:
    unknown = answer(fixture("binance", "error_1121_bad_symbol.json"), 400)
    vendor = ScriptedVendor(unknown, answer(fixture("binance", "ticker_price_array.json")))

    assert list(coins(vendor).prices(["LTCBTC", "NOSUCH"])) == ["LTCBTC"]
    unknown = answer(fixture("binance", "error_1121_bad_symbol.json"), 400)
    assert coins(ScriptedVendor(unknown)).prices(["NOSUCH"]) == {}


def recorded_error(status: int) -> dict[str, object]:
    found: dict[str, object] = next(
        one for one in json.loads(fixture("binance", "errors.json")) if one["http_status"] == status
    )
    return found


@pytest.mark.parametrize(
    ("headers", "seconds"), [({"Retry-After": "120"}, 120), ({}, 90), ({"Retry-After": "soon"}, 90)]
)
def test_a_ban_keeps_every_call_back_until_it_ends(headers: dict[str, str], seconds: int) -> None:
    """C-13: by the header, else by the body's time; a ban is asked about by nobody."""
    banned = recorded_error(418)
    until = int((NOW + timedelta(seconds=90)).timestamp() * 1000)
    body = json.dumps(banned["body"]).replace("1659146400000", str(until))
    vendor, clock, budget = ScriptedVendor(answer(body, 418, headers)), HandClock(NOW), OpenBudget()
    read = coins(vendor, clock, budget)

    with pytest.raises(MarketDataError) as caught:
        last_minutes(read)
    assert caught.value.retry_after_seconds == seconds
    clock.advance(seconds - 1)
    with pytest.raises(MarketDataError):
        read.prices(["ETHUSDT"])
    assert len(vendor.asked) == 1

    clock.advance(1)
    vendor.answers.append(answer({"symbol": "ETHUSDT", "price": "3300"}))
    assert read.prices(["ETHUSDT"])["ETHUSDT"].price == 3300


def test_too_many_calls_are_not_asked_again_at_once() -> None:
    """A 429 that is not heeded becomes a ban; without a time it holds for a minute."""
    vendor, budget = ScriptedVendor(answer({"code": -1003, "msg": "Too much."}, 429)), OpenBudget()

    with pytest.raises(MarketDataError) as caught:
        last_minutes(coins(vendor, budget=budget))
    assert caught.value.retry_after_seconds == 60
    assert list(budget.closed.values()) == [NOW + timedelta(seconds=60)]


def test_the_address_weight_that_others_used_is_ours_too() -> None:
    budget = OpenBudget()
    used = answer(rows_until(NOW.replace(second=0), 2), headers={"X-MBX-USED-WEIGHT-1M": "5399"})
    last_minutes(coins(ScriptedVendor(used), budget=budget))

    assert budget.vendor_said == [0]


def test_many_pairs_are_not_named_in_one_address() -> None:
    symbols = [f"COIN{number}USDT" for number in range(150)]
    everything = answer([{"symbol": symbol, "price": "1"} for symbol in [*symbols, "OTHER"]])
    info = [answer({"symbols": []}), answer({"symbols": []})]
    vendor = ScriptedVendor(everything, *info)
    read = coins(vendor)

    assert list(read.prices(symbols)) == symbols
    assert read.filters(symbols) == {}
    assert [len(str(one.url)) < 2500 for one in vendor.asked] == [True, True, True]
    assert "symbols" not in vendor.asked[0].url.params


def test_filters_weigh_as_ten_reads_of_candles() -> None:
    budget = OpenBudget()
    vendor = ScriptedVendor(
        answer(fixture("binance", "exchange_info_btcusdt.json")), answer(rows_until(NOW, 0))
    )
    read = coins(vendor, budget=budget)
    read.filters(["BTCUSDT"])
    last_minutes(read)

    assert budget.left == 1000 - 10 - 1


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (451, "", "not available from this region"),
        (403, "<html>", "status 403"),
        (400, '{"code":-1100,"msg":"Illegal characters found in parameter"}', "code -1100"),
    ],
)
def test_a_refusal_is_told_without_the_vendors_prose(status: int, body: str, words: str) -> None:
    """C-06: 451 is this region's."""
    with pytest.raises(MarketDataError, match=words):
        last_minutes(coins(ScriptedVendor(answer(body, status))))

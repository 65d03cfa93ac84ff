"""CoinGecko's prices, as marks while the exchange does not answer: its own names and its own times (C-06)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import pytest

from chalicelib.marketdata.coingecko_client import coin_id
from chalicelib.marketdata.interface import MarketDataError
from chalicelib.marketdata.spare_coins import CoinGecko
from chalicelib.vendors.http import HttpPool
from infra.local.emulators.serving.transport import EmulatorTransport
from infra.local.emulators.world import World
from tests.brokers.support import HandClock, OpenBudget, ScriptedVendor, answer

NOW = datetime(2026, 2, 21, 12, 34, 30, tzinfo=UTC)
HOST = "https://api.coingecko.com"


def prices_of(vendor: httpx.BaseTransport) -> CoinGecko:
    return CoinGecko(HOST, budget=OpenBudget(), clock=HandClock(NOW), http=HttpPool(vendor))


def the_world() -> World:
    return World.create(7, lambda: NOW, lambda _: None)


def test_all_pairs_are_asked_for_by_one_call_under_the_vendors_names() -> None:
    """C-06: whole precision, and when each price was worked out."""
    told = {"bitcoin": {"usd": 96123.456789, "last_updated_at": 1771677240}}
    vendor = ScriptedVendor(answer(told))
    found = prices_of(vendor).prices(["BTCUSDT", "ETHUSDT"])

    (asked,) = vendor.asked
    assert (asked.url.host, asked.url.path) == ("api.coingecko.com", "/api/v3/simple/price")
    assert asked.url.params["ids"] == "bitcoin,ethereum"
    assert found.keys() == {"BTCUSDT"}, "a coin that was left out has no price"
    price = found["BTCUSDT"]
    assert (price.price, price.source) == (Decimal("96123.456789"), "coingecko")
    assert price.as_of == datetime.fromtimestamp(1771677240, UTC)
    assert price.delay_seconds == 60


@pytest.mark.parametrize("symbol", ["XYZUSDT", "BTCEUR", "USDT"])
def test_a_coin_without_a_name_there_is_not_asked_for(symbol: str) -> None:
    """C-06: a price of another coin that shares the symbol would be worse than none."""
    vendor = ScriptedVendor()
    assert coin_id(symbol) is None
    assert prices_of(vendor).prices([symbol]) == {}
    assert vendor.asked == []


@pytest.mark.parametrize(
    "told",
    [
        {"bitcoin": {"usd": None, "last_updated_at": 1771677240}},
        {"bitcoin": {"usd": 96000}},
        {"bitcoin": {}},
        {},
    ],
)
def test_what_has_no_price_or_no_time_is_left_out(told: dict[str, object]) -> None:
    """I-15: a price of no time says nothing of now."""
    assert prices_of(ScriptedVendor(answer(told))).prices(["BTCUSDT"]) == {}


@pytest.mark.parametrize(
    "told", [{"bitcoin": {"usd": 0, "last_updated_at": 1771677240}}, {"bitcoin": 1}, [1]]
)
def test_what_cannot_be_read_is_an_error_of_market_data(told: object) -> None:
    """A-02: it affects these coins alone."""
    with pytest.raises(MarketDataError):
        prices_of(ScriptedVendor(answer(told))).prices(["BTCUSDT"])


def test_the_emulator_tells_the_markets_price_of_the_last_whole_minute() -> None:
    """C-06: one market, a second opinion on it; unknown coins are left out, not refused."""
    world = the_world()
    found = prices_of(EmulatorTransport(world.hosts())).prices(["BTCUSDT", "SOLUSDT", "DOGEUSDT"])
    minute = NOW.replace(second=0)

    assert found.keys() == {"BTCUSDT", "SOLUSDT"}
    assert found["BTCUSDT"].as_of == minute
    assert float(found["BTCUSDT"].price) == world.binance.coins.price("BTCUSDT", minute)


def test_more_calls_than_pass_without_a_key_are_refused_for_a_minute() -> None:
    """C-06: 429 is nobody's price."""
    spare = prices_of(EmulatorTransport(the_world().hosts()))
    for _ in range(15):
        spare.prices(["BTCUSDT"])
    with pytest.raises(MarketDataError) as refused:
        spare.prices(["BTCUSDT"])
    assert refused.value.retry_after_seconds == timedelta(minutes=1).total_seconds()

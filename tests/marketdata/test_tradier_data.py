"""Tradier's recorded quotes, chains and bars as market data (A-02, A-06)."""

from datetime import UTC, date, datetime
from decimal import Decimal

import httpx
import pytest

from chalicelib.brokers.tradier.client import TradierClient
from chalicelib.brokers.tradier.environment import TradierEnvironment
from chalicelib.domain.accounts import BrokerMode
from chalicelib.marketdata.interface import MarketDataError
from chalicelib.marketdata.tradier_data import TradierData
from chalicelib.marketdata.tradier_quotes import parse_option_rows
from chalicelib.vendors.http import HttpPool
from tests.brokers.support import BASE, TOKEN, HandClock, OpenBudget, ScriptedVendor, answer, fixture

JANUARY_12 = datetime(2024, 1, 12, 21, 30, tzinfo=UTC)
JANUARY_19 = date(2024, 1, 19)


def tradier_data(
    vendor: httpx.BaseTransport, mode: BrokerMode = BrokerMode.TRADIER_LIVE, at: datetime = JANUARY_12
) -> TradierData:
    clock = HandClock(at)
    client = TradierClient(
        TradierEnvironment(mode=mode, base_url=BASE, token=TOKEN),
        budget=OpenBudget(),
        clock=clock,
        http=HttpPool(vendor),
    )
    return TradierData(client, clock)


def replies(*names: str) -> ScriptedVendor:
    return ScriptedVendor(*[answer(fixture("tradier", name)) for name in names])


def test_a_chain_is_one_call_an_expiry_and_one_for_the_underlying() -> None:
    vendor = replies("chain_with_greeks.json", "quotes_many.json")
    chain = tradier_data(vendor).chain("TSLA", [JANUARY_19])

    quote = chain.quotes["TSLA240119P00290000"]
    assert [(call.method, call.url.path) for call in vendor.asked] == [
        ("GET", "/v1/markets/options/chains"),
        ("GET", "/v1/markets/quotes"),
    ]
    assert (quote.bid, quote.ask, quote.bid_size, quote.ask_size) == (
        Decimal("70.25"),
        Decimal("74.1"),
        51,
        51,
    )
    assert quote.delta == Decimal("-0.99985577")
    assert quote.iv == Decimal("1.282883")
    assert quote.quoted_at == datetime.fromtimestamp(1705079354, UTC)
    assert (quote.source, quote.delay_seconds) == ("tradier", 0)


def test_a_contract_stands_for_what_the_chain_says() -> None:
    """W-05: its size is the chain's; where a row does not say, it is the standard one."""
    row = {"symbol": "GME1260320C00020000", "type": "option"}
    sized = [{**row, "contract_size": 110}, {**row, "symbol": "GME260320C00020000", "contract_size": 100}]
    quotes = parse_option_rows([*sized, {**row, "symbol": "SPY260320C00600000"}], delay_seconds=0)

    assert [quote.multiplier for quote in quotes.values()] == [110, 100, 100]


def test_a_contract_that_never_traded_keeps_its_nothings() -> None:
    chain = tradier_data(replies("chain_spx_nulls.json", "quotes_unmatched_only.json")).chain(
        "SPX", [date(2023, 8, 9)]
    )

    assert chain.underlying_price is None
    assert {symbol[:4] for symbol in chain.quotes} == {"SPXW"}
    assert any(quote.last is None for quote in chain.quotes.values())


def test_quotes_of_contracts_and_their_underlying_are_one_call() -> None:
    vendor = replies("quotes_many.json")
    chain = tradier_data(vendor, BrokerMode.TRADIER_SANDBOX).option_quotes("AAPL", ["TSLA240119P00250000"])

    assert len(vendor.asked) == 1
    assert vendor.asked[0].url.params["symbols"] == "AAPL,TSLA240119P00250000"
    assert vendor.asked[0].url.params["greeks"] == "true"
    assert chain.underlying_price == Decimal("185.565")
    assert chain.quotes["TSLA240119P00250000"].is_delayed


def test_a_long_list_of_contracts_is_one_post() -> None:
    vendor = replies("quotes_many.json")
    symbols = [f"TSLA240119P00{strike}000" for strike in range(100, 300)]
    tradier_data(vendor).option_quotes("TSLA", symbols)

    assert [call.method for call in vendor.asked] == ["POST"]
    assert vendor.form()["symbols"].split(",") == ["TSLA", *symbols]


def test_quotes_are_tried_again_on_passing_trouble() -> None:
    vendor = ScriptedVendor(answer("", 503), answer(fixture("tradier", "quotes_single.json")))

    assert tradier_data(vendor).underlying_quotes(["AAPL"])


def test_one_quote_reads_like_many_and_unknown_symbols_are_left_out() -> None:
    def symbols(name: str) -> list[str]:
        found = tradier_data(replies(name)).underlying_quotes(["AAPL", "SEFDF", "AMZN"])
        return [quote.symbol for quote in found]

    assert symbols("quotes_single.json") == ["AAPL"]
    assert symbols("quotes_partly_unmatched.json") == ["AAPL"]
    assert symbols("quotes_unmatched_only.json") == []


@pytest.mark.parametrize("name", ["quotes_lot_size_2025.json", "quotes_premarket_nulls.json"])
def test_every_recorded_quote_can_be_read(name: str) -> None:
    asked = ["AAPL", "AMZN", "SPY", "MSFT"]

    assert tradier_data(replies(name)).underlying_quotes(asked)


def test_expiries_come_nearest_first_in_either_form_and_empty_for_none() -> None:
    def listed(name: str) -> tuple[date, ...]:
        vendor = replies(name)
        found = tradier_data(vendor).expirations("SPX")
        assert vendor.asked[0].url.params["includeAllRoots"] == "true"
        return found

    dates = listed("expirations_dates.json")
    assert list(dates) == sorted(dates)
    assert dates[0] == date(2024, 1, 12)
    assert listed("expirations_full.json")[:2] == (date(2023, 11, 10), date(2023, 11, 17))
    assert listed("expirations_null.json") == ()
    assert (
        tradier_data(replies("chain_null.json", "quotes_unmatched_only.json"))
        .chain("NONE", [JANUARY_19])
        .quotes
        == {}
    )


def test_todays_close_is_the_quotes_and_only_when_it_traded_today() -> None:
    """A-06: the close must be that of the very day; a session that goes on has none."""
    open_session = replies("quotes_single.json")
    assert tradier_data(open_session).official_close("AAPL", date(2024, 1, 12)) is None
    traded = {"symbol": "AAPL", "type": "stock", "close": 185.92, "trade_date": 1705095000000}
    closed = {"quotes": {"quote": traded}}

    assert tradier_data(ScriptedVendor(answer(closed))).official_close("AAPL", date(2024, 1, 12)) == Decimal(
        "185.92"
    )
    next_day = datetime(2024, 1, 16, 21, 30, tzinfo=UTC)
    stale = tradier_data(ScriptedVendor(answer(closed)), at=next_day)
    assert stale.official_close("AAPL", date(2024, 1, 16)) is None


def test_an_earlier_close_is_the_bar_of_exactly_that_day() -> None:
    def close_on(name: str, day: date) -> Decimal | None:
        return tradier_data(replies(name)).official_close("AAPL", day)

    assert close_on("pricehistory_many.json", date(2019, 1, 2)) == Decimal("157.92")
    assert close_on("pricehistory_many.json", date(2019, 1, 5)) is None
    assert close_on("pricehistory_null.json", date(2019, 1, 2)) is None
    assert close_on("pricehistory_nan_row.json", date(2025, 3, 6)) == Decimal("206.0")


def test_a_failure_says_what_the_vendor_said() -> None:
    vendor = ScriptedVendor(answer(fixture("tradier", "fault_401_expired_token.json"), 401))

    with pytest.raises(MarketDataError) as caught:
        tradier_data(vendor).expirations("SPY")
    assert caught.value.reason == "Access Token expired"

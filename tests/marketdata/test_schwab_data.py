"""Quotes, chains and expiries by a login at Schwab, against its emulator and recorded answers (B-10)."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.instruments.kinds import UnderlyingKind
from chalicelib.domain.instruments.symbols import OptionContract
from chalicelib.domain.market.candles import CandleMinutes
from chalicelib.domain.market.quotes import quote_fault
from chalicelib.marketdata.interface import MarketData, MarketDataError, NoHistory
from chalicelib.marketdata.schwab_data import SchwabData
from chalicelib.marketdata.schwab_rows import (
    parse_chain,
    parse_expirations,
    parse_option_quotes,
    parse_underlyings,
)
from chalicelib.marketdata.selection import build_market_data
from chalicelib.vendors.wire import UnreadablePayload, read_json
from infra.local.emulators.schwab.logins import Application
from tests.brokers.schwab_support import CLIENT_ID, CLIENT_SECRET, schwab_client
from tests.brokers.support import fixture
from tests.marketdata.test_sources import TEN, Outside

APPLICATION = Application(client_id=CLIENT_ID, client_secret=CLIENT_SECRET, redirect_uri="https://p.example/")


@pytest.fixture
def outside() -> Outside:
    """Ten in the morning of a trading day."""
    return Outside()


def schwab_data(outside: Outside, bars: MarketData | None = None) -> SchwabData:
    """Return what a login at the emulator reads; `bars` has what Schwab's data has not."""
    outside.world.schwab.open_account("70000001", "alice")
    outside.world.schwab.register(APPLICATION)
    refresh_token = outside.world.schwab.sign_in(CLIENT_ID, "alice")
    client = schwab_client(outside.wiring.http, outside.clock, refresh_token)
    return SchwabData(client, outside.clock, MarketCalendar(), lambda: bars)


def test_its_chains_are_those_of_the_same_market(outside: Outside) -> None:
    """Sides, sizes, Greeks and times agree with Tradier's; every quote of the money may be used."""
    tradier = build_market_data(outside.wiring, orats=None, tradier=outside.tradier)
    schwab = schwab_data(outside)
    expiries = tradier.expirations("AAPL")[:2]
    assert schwab.expirations("AAPL")[:2] == expiries
    one, other = tradier.chain("AAPL", expiries), schwab.chain("AAPL", expiries)

    assert one.quotes.keys() == other.quotes.keys()
    assert other.underlying_price is not None
    for symbol, quote in one.quotes.items():
        twin = other.quotes[symbol]
        assert ((quote.bid or 0), (quote.ask or 0)) == ((twin.bid or 0), (twin.ask or 0))
        assert (quote.bid_size, quote.open_interest) == (twin.bid_size, twin.open_interest)
        if quote.delta is not None and twin.delta is not None:
            assert abs(quote.delta - twin.delta) < Decimal("0.001")
    near = [quote for quote in other.quotes.values() if quote.delta and abs(quote.delta) > Decimal("0.3")]
    assert near
    assert all(quote_fault(quote, quote.symbol, TEN) is None for quote in near)
    assert all(quote.iv is not None and 0 < quote.iv < 3 for quote in near), "a fraction, not per cent"


def test_contracts_are_read_by_name_with_their_underlying(outside: Outside) -> None:
    """More than fit in an address go by several calls; what is unknown is left out."""
    schwab = schwab_data(outside)
    expiry = schwab.expirations("SPY")[1]
    whole = schwab.chain("SPY", [expiry])
    symbols = [*list(whole.quotes)[:100], "SPY260220C99999000"]
    named = schwab.option_quotes("SPY", symbols)

    assert list(named.quotes) == symbols[:-1]
    assert named.underlying_price == whole.underlying_price
    for symbol, quote in named.quotes.items():
        twin = whole.quotes[symbol]
        assert (quote.bid, quote.ask, quote.delta, quote.iv) == (twin.bid, twin.ask, twin.delta, twin.iv)


def test_indices_bear_a_dollar_sign_there_and_none_here(outside: Outside) -> None:
    schwab = schwab_data(outside)
    found = schwab.underlying_quotes(["SPY", "SPX", "NOSUCH"])

    assert [quote.symbol for quote in found] == ["SPY", "SPX"]
    assert found[1].kind is UnderlyingKind.INDEX
    assert found[1].bid is None
    expiry = schwab.expirations("SPX")[0]
    listed = schwab.chain("SPX", [expiry]).quotes
    assert {OptionContract.parse_occ(symbol).root for symbol in listed} <= {"SPX", "SPXW"}
    assert listed
    assert schwab.expirations("NOSUCH") == ()


def test_closes_without_tradier_are_the_day_befores_once_a_session_has_begun(outside: Outside) -> None:
    """I-17: what a contract settles on is never a price of the moment."""
    tradier = build_market_data(outside.wiring, orats=None, tradier=outside.tradier)
    schwab = schwab_data(outside)
    yesterday, today = date(2026, 2, 17), date(2026, 2, 18)
    assert schwab.official_close("SPY", yesterday) == tradier.official_close("SPY", yesterday) is not None
    assert schwab.official_close("SPY", date(2026, 2, 13)) is None
    outside.clock.at = datetime(2026, 2, 18, 21, 45, tzinfo=UTC)
    assert schwab.official_close("SPY", today) is None
    outside.clock.at = datetime(2026, 2, 19, 13, 0, tzinfo=UTC)
    assert schwab.official_close("SPY", today) is None, "whether it was rolled by then nobody documents"

    with pytest.raises(NoHistory):
        schwab.daily_bars("SPY", yesterday, today)
    with pytest.raises(NoHistory):
        schwab.candles("SPY", CandleMinutes.ONE, TEN, TEN)
    assert (schwab.earnings(["AAPL"]), schwab.dividends(["AAPL"])) == ({}, {})


def test_bars_and_calendars_come_of_tradier_where_there_is_a_token(outside: Outside) -> None:
    tradier = build_market_data(outside.wiring, orats=None, tradier=outside.tradier)
    schwab = schwab_data(outside, tradier)
    yesterday = date(2026, 2, 17)

    assert (schwab.source, schwab.underlyings_source) == ("schwab", "tradier")
    assert schwab.daily_bars("SPY", yesterday, yesterday) == tradier.daily_bars("SPY", yesterday, yesterday)
    assert schwab.earnings(["AAPL"]) == tradier.earnings(["AAPL"])
    assert schwab.official_close("SPY", yesterday) == tradier.official_close("SPY", yesterday)


@pytest.mark.parametrize("code", [401, 503])
def test_tradiers_token_serves_where_schwab_refuses_or_fails(outside: Outside, code: int) -> None:
    """B-10: an application without market data, a login revoked early, an outage: quotes go on."""
    tradier = build_market_data(outside.wiring, orats=None, tradier=outside.tradier)
    schwab, alone = schwab_data(outside, tradier), schwab_data(outside)
    expiries = schwab.expirations("AAPL")[:1]
    what = {"match": {"path": "/marketdata"}, "code": code, "body": "", "times": 99}
    outside.world.faults.arm_from({"vendor": "schwab", "kind": "status", **what})
    chain = schwab.chain("AAPL", expiries)
    before = outside.world.schwab.calls()["total"]
    named = schwab.option_quotes("AAPL", list(chain.quotes)[:2])

    assert {one.source for one in (*chain.quotes.values(), *named.quotes.values())} == {"tradier"}
    assert schwab.underlying_quotes(["SPY"]) == tradier.underlying_quotes(["SPY"])
    assert outside.world.schwab.calls()["total"] == before, "it is asked no more by this call or job"
    for _ in range(2):
        with pytest.raises(MarketDataError) as failed:
            alone.chain("AAPL", expiries)
        assert not isinstance(failed.value, NoHistory)


def test_what_is_no_chain_is_none(outside: Outside) -> None:
    """I-06: cut short, without sides, without a list, of no time: an error, never an empty answer."""
    row = {"symbol": "AAPL  241018C00005000", "bid": 1.0, "ask": 1.1, "quoteTimeInLong": 10**18}
    listed = {"2024-10-18:0": {"5.0": [row]}}
    for body in ({}, {"status": "FAILED"}, {"callExpDateMap": {}, "isChainTruncated": True}):
        with pytest.raises(UnreadablePayload):
            parse_chain(body)
    with pytest.raises(UnreadablePayload):
        parse_chain(as_read({"callExpDateMap": listed}))
    with pytest.raises(UnreadablePayload):
        parse_expirations({})
    schwab = schwab_data(outside)
    outside.world.faults.arm_from(
        {
            "vendor": "schwab",
            "kind": "status",
            "match": {"path": "/chains"},
            "code": 200,
            "body": "{}",
            "times": 9,
        }
    )
    with pytest.raises(MarketDataError):
        schwab.chain("AAPL", [date(2026, 2, 20)])


def test_a_login_that_ended_is_said_so(outside: Outside) -> None:
    schwab = schwab_data(outside)
    outside.clock.at = datetime(2026, 2, 26, 15, 0, tzinfo=UTC)

    with pytest.raises(MarketDataError):
        schwab.underlying_quotes(["SPY"])


def recorded(name: str) -> object:
    """Return an authentic answer."""
    return read_json(fixture("schwab", name))


def as_read(body: object) -> object:
    """Return an answer as it is read off the wire."""
    return read_json(json.dumps(body))


def test_recorded_chains_and_expirations_are_read() -> None:
    """Wire, 5: per cent, sizes, times in milliseconds; deep in the money there is no end to volatility."""
    chain = parse_chain(recorded("chains_aapl_2024_truncated.json"))
    quote = chain["AAPL241018C00005000"]

    assert (quote.bid, quote.ask, quote.bid_size) == (Decimal("228.65"), Decimal("231.95"), 65)
    assert (quote.delta, quote.iv) == (Decimal(1), Decimal("78.05668"))
    assert quote.quoted_at == datetime(2024, 10, 18, 20, 0, 0, 41000, tzinfo=UTC)
    assert (quote.source, quote.delay_seconds, quote.multiplier) == ("schwab", 0, Decimal(100))
    assert date(2024, 10, 18) in parse_expirations(recorded("expirationchain_aapl_2024.json"))


def test_recorded_quotes_are_read() -> None:
    """Wire, 4: indices have no sides, options their Greeks, and -999 is no value."""
    body = recorded("quotes_mixed_options_index_2022.json")
    options = parse_option_quotes(body)
    kinds = {one.symbol: one.kind for one in parse_underlyings(body)}

    assert options["AMZN220617C03170000"].delta == Decimal("0.5106")
    assert options["AMZN220617C03170000"].iv == Decimal("0.328918")
    assert options["DJX231215C00290000"].bid == Decimal("70.9")
    assert (kinds["SPX"], kinds["MRAD"]) == (UnderlyingKind.INDEX, UnderlyingKind.FUND)
    assert all(one.vega is None or one.vega > -1 for one in options.values())
    assert parse_underlyings(recorded("quotes_equities_2024.json"))
    assert parse_underlyings(recorded("quote_single_intc_2024.json"))


def test_what_is_said_to_be_late_is_late_and_zeros_off_hours_are_no_greeks() -> None:
    row = {"symbol": "AAPL  241018C00005000", "bid": 0.0, "ask": 0.0, "quoteTimeInLong": 1}
    greeks = {"delta": 0.0, "gamma": 0.0, "theta": 0.0, "vega": -999.0, "volatility": -999.0}
    strikes = {"2024-10-18:0": {"5.0": [{**row, **greeks}]}}
    (quote,) = parse_chain(as_read({"isDelayed": True, "callExpDateMap": strikes})).values()

    assert (quote.delay_seconds, quote.delta, quote.vega, quote.iv) == (900, None, None, None)
    published = {"symbol": "AAPL  241018C00005000", "bidPrice": 1.5, "askPrice": 1.6, "lastPrice": 1.55}
    told = {"callExpDateMap": {"2024-10-18:0": {"5.0": [published]}}}
    (quote,) = parse_chain(as_read(told)).values()
    assert (quote.bid, quote.ask, quote.last) == (Decimal("1.5"), Decimal("1.6"), Decimal("1.55"))

"""ORATS' recorded rows and a whole chain of the emulator, as quotes (A-02)."""

import logging
from datetime import UTC, date, datetime
from decimal import Decimal

import httpx
import pytest

from chalicelib.domain.market.quotes import QuoteFault, quote_fault
from chalicelib.marketdata.interface import Chain, MarketDataError
from chalicelib.marketdata.orats_client import OratsClient, OratsEnvironment, OratsPlan
from chalicelib.marketdata.orats_data import OratsData
from chalicelib.vendors.http import HttpPool
from tests.brokers.support import HandClock, OpenBudget, ScriptedVendor, answer, fixture

TOKEN = "orats-secret"
NOVEMBER = date(2023, 11, 17)
CALL, PUT = "AAPL231117C00142000", "AAPL231117P00142000"


def orats(vendor: httpx.BaseTransport, plan: OratsPlan = OratsPlan.LIVE) -> OratsData:
    clock = HandClock(datetime(2023, 11, 3, 20, 0, tzinfo=UTC))
    client = OratsClient(
        OratsEnvironment(base_url="https://orats.test/", token=TOKEN, plan=plan),
        budget=OpenBudget(),
        clock=clock,
        http=HttpPool(vendor),
    )
    return OratsData(client, clock)


def chain_of(name: str, expiry: date = NOVEMBER) -> Chain:
    return orats(ScriptedVendor(answer(fixture("orats", name)))).chain("AAPL", [expiry])


def test_a_row_is_a_call_and_a_put_with_their_own_deltas() -> None:
    chain = chain_of("strikes_live.json")

    call, put = chain.quotes[CALL], chain.quotes[PUT]
    assert chain.underlying_price == Decimal("176.78")
    assert (call.bid, call.ask, call.bid_size, call.ask_size) == (Decimal("34.65"), Decimal("35.2"), 12, 17)
    assert (put.bid, put.ask, put.bid_size, put.ask_size) == (Decimal("0.06"), Decimal("0.07"), 134, 27)
    assert (call.delta, put.delta) == (Decimal("0.99770138"), Decimal("-0.00229862"))
    assert (call.iv, put.iv) == (Decimal("0.669167"), Decimal("0.474548"))
    assert call.gamma == put.gamma
    assert (call.open_interest, put.open_interest) == (1, 11)
    assert call.quoted_at == datetime(2023, 11, 3, 19, 59, 44, tzinfo=UTC)
    assert call.source == "orats"


def test_a_zero_iv_is_none_and_a_zero_bid_is_no_bid() -> None:
    chain = chain_of("strikes_delayed.json", date(2019, 12, 27))

    put = chain.quotes["AAPL191227P00180000"]
    call = chain.quotes["AAPL191227C00180000"]
    assert not put.has_bid
    assert (call.delta, put.delta) == (Decimal(1), Decimal(0))
    assert put.quoted_at == datetime(2019, 12, 23, 18, 49, 36, tzinfo=UTC)
    assert chain_of("strikes_live_2020.json", date(2020, 1, 1)).quotes == {}


def test_a_plan_without_quotes_gives_quotes_that_may_not_be_used() -> None:
    """I-15: a theoretical value never stands in for a missing bid and ask."""
    quote = chain_of("strikes_live_derived_nulls.json").quotes[CALL]

    assert (quote.bid, quote.ask, quote.mid) == (None, None, None)
    assert quote_fault(quote, CALL, datetime(2023, 11, 3, 20, 0, tzinfo=UTC)) is QuoteFault.NO_SIDES


def test_several_expiries_are_one_call_and_only_what_was_asked_for_is_kept() -> None:
    vendor = ScriptedVendor(answer(fixture("orats", "strikes_live.json")))
    chain = orats(vendor).option_quotes("AAPL", [PUT, "AAPL231124C00142000", "nonsense"])

    (asked,) = vendor.asked
    assert asked.url.path == "/datav2/live/strikes/monthly"
    assert asked.url.params["expiry"] == "2023-11-17,2023-11-24"
    assert list(chain.quotes) == [PUT]


def test_the_delayed_plan_asks_its_own_path_and_says_how_late_it_is() -> None:
    vendor = ScriptedVendor(answer(fixture("orats", "strikes_live.json")))
    source = orats(vendor, OratsPlan.DELAYED)
    chain = source.chain("BRK/B", [NOVEMBER])

    (asked,) = vendor.asked
    assert (asked.url.path, asked.url.params["ticker"]) == ("/datav2/strikes", "BRK_B")
    low, high = (int(days) for days in asked.url.params["dte"].split(","))
    assert low <= 14 <= 15 <= high
    assert source.delay_seconds == 900
    assert chain.quotes == {}, "a row of another ticker is not a quote of this one"


def test_no_rows_are_an_empty_chain() -> None:
    not_found = answer(fixture("orats", "error_404_not_found.json"), 404)
    for reply in (not_found, answer({"data": []})):
        assert orats(ScriptedVendor(reply)).chain("AAPL", [NOVEMBER]).quotes == {}


@pytest.mark.parametrize(
    "reply",
    [
        answer({"message": "Unauthorized"}, 401),
        answer({"message": "Forbidden"}, 403),
        answer({"message": "bad"}, 400),
        answer("<html>", 200),
        answer({"message": "no data key"}),
        answer({"data": [{"expirDate": "2023-11-17", "strike": "abc"}]}),
        httpx.ReadTimeout(f"https://orats.test/?token={TOKEN}"),
        httpx.ConnectError(f"https://orats.test/?token={TOKEN}"),
    ],
)
def test_a_failure_is_an_error_without_the_token(
    reply: httpx.Response | Exception, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(MarketDataError) as caught:
        orats(ScriptedVendor(reply)).chain("AAPL", [NOVEMBER])

    cause = caught.value.__cause__
    shown = f"{caught.value}{caught.value.reason}{cause!r}{getattr(cause, '__cause__', '')!r}{caplog.text}"
    assert TOKEN not in shown


def test_passing_trouble_is_tried_again() -> None:
    vendor = ScriptedVendor(answer("", 429), answer("", 502), answer(fixture("orats", "strikes_live.json")))

    assert CALL in orats(vendor).chain("AAPL", [NOVEMBER]).quotes


def test_a_close_is_that_days_and_not_adjusted_for_later_splits() -> None:
    rows = [
        {"tradeDate": "2023-11-02", "clsPx": 1, "unadjClsPx": 2},
        {"tradeDate": "2023-11-03", "clsPx": 17.678, "unadjClsPx": 176.78},
    ]

    def close_on(day: date) -> Decimal | None:
        return orats(ScriptedVendor(answer({"data": rows}))).official_close("AAPL", day)

    assert close_on(date(2023, 11, 3)) == Decimal("176.78")
    assert close_on(date(2023, 11, 6)) is None

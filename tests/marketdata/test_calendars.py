"""Earnings, dividends and daily bars as the vendors have them: none, not known, and what is announced."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.desk.pipeline.company_dates import Dividend, EarningsCalendar
from chalicelib.domain.instruments.kinds import UnderlyingKind
from chalicelib.marketdata.interface import MarketData, MarketDataError, Purpose
from chalicelib.marketdata.selection import build_market_data
from chalicelib.marketdata.tradier_calendars import parse_dividends, parse_earnings
from chalicelib.vendors.budget import Urgency
from infra.local.emulators.market.calendars import Dividend as Paid
from tests.brokers.support import ScriptedVendor, answer, fixture
from tests.marketdata.test_sources import Outside
from tests.marketdata.test_tradier_data import replies, tradier_data

TODAY = date(2026, 2, 18)


@pytest.fixture
def outside() -> Outside:
    """Ten in the morning of a trading day."""
    return Outside()


def tradier(outside: Outside) -> MarketData:
    return build_market_data(outside.wiring, orats=None, tradier=outside.tradier)


def test_recorded_calendars_are_read_beside_the_versioned_paths() -> None:
    """B-02, G1 and G2: by Tradier's beta, which has no version in its path."""
    vendor = replies("fundamentals_calendars.json", "fundamentals_dividends.json")
    data = tradier_data(vendor)

    assert data.earnings(["AAPL"]) == {"AAPL": EarningsCalendar(days=(date(2024, 4, 30),))}
    assert data.dividends(["AAPL"]) == {
        "AAPL": (Dividend(ex_date=date(2024, 2, 9), amount=0.24, times_a_year=4),)
    }
    assert [call.url.path for call in vendor.asked] == [
        "/beta/markets/fundamentals/calendars",
        "/beta/markets/fundamentals/dividends",
    ]


def test_calendars_of_many_are_one_call(outside: Outside) -> None:
    before = outside.calls("tradier")
    found = tradier(outside).earnings(["AAPL", "SPY", "SPX", "NOSUCH"])

    assert outside.calls("tradier") - before == 1
    assert found.keys() == {"AAPL", "SPY", "SPX"}
    assert (found["AAPL"].has_table, found["SPY"].has_table, found["SPX"].has_table) == (True, False, False)


def test_none_and_not_known_are_different_answers(outside: Outside) -> None:
    """B-02: "none known" and "not known" are different data."""
    calendars = outside.world.calendars
    calendars.tell_earnings("AAPL", [])
    calendars.tell_earnings("MSFT", None)
    calendars.tell_dividends("AAPL", [])
    calendars.tell_dividends("MSFT", None)
    data = tradier(outside)

    assert data.earnings(["AAPL", "MSFT"]) == {"AAPL": EarningsCalendar(days=())}
    assert data.dividends(["AAPL", "MSFT"]) == {"AAPL": ()}


def test_what_is_told_is_what_is_read(outside: Outside) -> None:
    outside.world.calendars.tell_dividends("SPY", [Paid(ex_date=date(2026, 3, 20), amount=1.75)])

    assert tradier(outside).dividends(["SPY"])["SPY"] == (
        Dividend(ex_date=date(2026, 3, 20), amount=1.75, times_a_year=4),
    )


def element(**table: Any) -> list[object]:  # Any: JSON
    read: list[object] = json.loads(
        json.dumps([{"request": "AAPL", "results": [{"type": "Company", "tables": table}]}])
    )
    return read


def test_a_table_may_be_null_or_one_row() -> None:
    """Wire notes, 13: clients accept missing tables and an object instead of a list."""
    row = {"begin_date_time": "2026-05-01", "event": "Earnings Release", "event_type": 14}

    assert parse_earnings(element(corporate_calendars=row))["AAPL"].days == (date(2026, 5, 1),)
    assert parse_earnings(element(corporate_calendars=None))["AAPL"] == EarningsCalendar(days=())
    assert parse_earnings(element())["AAPL"] == EarningsCalendar(days=(), has_table=False)
    assert parse_dividends(element(cash_dividends=None)) == {"AAPL": ()}
    assert parse_dividends(element()) == {}


def test_other_events_alone_say_nothing_of_earnings() -> None:
    meeting = {"begin_date_time": "2026-05-01", "event": "Annual Meeting", "event_type": 10}

    assert parse_earnings(element(corporate_calendars=[meeting]))["AAPL"].has_table is False


def test_one_that_cannot_be_read_is_not_known_and_the_others_are() -> None:
    bad = {"request": "MSFT", "results": [{"tables": {"corporate_calendars": [{"begin_date_time": "soon"}]}}]}
    refused = {"request": "TSLA", "error": "no such symbol", "results": []}
    good = element(corporate_calendars=[])

    assert parse_earnings([bad, refused, *good]).keys() == {"AAPL"}


@pytest.mark.parametrize("text", ["{}", '{"fault": {"faultstring": "x"}}', "nonsense"])
def test_an_answer_that_is_no_list_is_no_answer(text: str) -> None:
    with pytest.raises(MarketDataError):
        tradier_data(ScriptedVendor(answer(text))).earnings(["AAPL"])


def test_quotes_say_what_an_underlying_is(outside: Outside) -> None:
    """B-02: a fund and an index have no earnings, in the vendor's own data."""
    found = {one.symbol: one.kind for one in tradier(outside).underlying_quotes(["SPY", "AAPL", "VIX"])}

    assert found == {
        "SPY": UnderlyingKind.FUND,
        "AAPL": UnderlyingKind.SHARE,
        "VIX": UnderlyingKind.INDEX,
    }


def test_both_volatility_indices_have_quotes_with_their_time(outside: Outside) -> None:
    """B-02, E1: VIX and VIX3M, each with the quote's own time and its source's delay."""
    near, far = tradier(outside).underlying_quotes(["VIX", "VIX3M"])

    assert near.last is not None
    assert far.last is not None
    assert near.last < far.last
    assert near.as_of is not None
    assert near.as_of == far.as_of
    assert near.as_of.replace(microsecond=0) == outside.clock.now()
    assert {near.delay_seconds, far.delay_seconds} == {outside.tradier.delay_seconds}


def test_daily_bars_have_their_volume_and_leave_out_what_is_no_price() -> None:
    """B-03: bars with a price of `"NaN"` are no bars."""
    many = tradier_data(replies("pricehistory_many.json")).daily_bars("AAPL", TODAY, TODAY)
    one = tradier_data(replies("pricehistory_single.json")).daily_bars("AAPL", TODAY, TODAY)
    none = tradier_data(replies("pricehistory_null.json")).daily_bars("AAPL", TODAY, TODAY)

    assert (many[0].day, many[0].high, many[0].low, many[0].close, many[0].volume) == (
        date(2019, 1, 2),
        Decimal("158.85"),
        Decimal("154.23"),
        Decimal("157.92"),
        37_039_737,
    )
    assert len(one) == 1
    assert none == ()
    assert all(
        bar.high for bar in tradier_data(replies("pricehistory_nan_row.json")).daily_bars("IWM", TODAY, TODAY)
    )


def test_orats_has_the_bars_of_whoever_has_no_tradier_token(outside: Outside) -> None:
    first, last = date(2025, 6, 2), date(2026, 2, 17)
    alone = build_market_data(outside.wiring, orats=outside.orats(), tradier=None)
    ours, theirs = (source.daily_bars("AAPL", first, last) for source in (alone, tradier(outside)))

    assert [(one.day, one.close, one.volume) for one in ours] == [
        (one.day, one.close, one.volume) for one in theirs
    ]
    assert alone.earnings(["AAPL"]) == {}
    assert alone.underlyings_source == "orats"


def test_an_answer_about_another_underlying_is_none_of_ours(outside: Outside) -> None:
    """A chain is of what was asked for, or it is empty."""
    body = json.loads(fixture("tradier", "chain_with_greeks.json"))
    chains = [
        tradier_data(ScriptedVendor(answer(json.dumps(body)))).bare_chain(symbol, [day])
        for symbol, day in (
            ("TSLA", date(2024, 1, 19)),
            ("AAPL", date(2024, 1, 19)),
            ("TSLA", date(2024, 1, 26)),
        )
    ]

    assert [bool(chain.quotes) for chain in chains] == [True, False, False]


def test_entries_leave_calls_to_marks_and_exits(outside: Outside) -> None:
    """B-02, I-36: what entries are looked for by counts after what positions need."""
    budget = outside.wiring.tradier_budget
    wiring = outside.wiring.serving(Purpose.ENTRY, tradier_share=None, orats_share=None)
    build_market_data(wiring, orats=None, tradier=outside.tradier).expirations("SPY")

    assert budget.taken == [Urgency.BROWSING]  # type: ignore[attr-defined]  # an OpenBudget

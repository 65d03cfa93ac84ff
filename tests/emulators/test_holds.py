"""Quotes held by hand, as every vendor shows them and as orders meet them (local.md, POST /market/quote)."""

from typing import Any

import pytest

from infra.local.emulators.market.instruments import UnknownSymbol
from infra.local.emulators.market.quotes import Held
from tests.emulators.support import Outside, accepted, new_york

EXPIRY = "2026-03-20"
CALL = "SPY260320C00610000"
PUT = "SPY260320P00610000"


@pytest.fixture
def outside() -> Outside:
    """Ten in the morning of a trading day."""
    return Outside(seed=1)


def chain_row(outside: Outside, symbol: str) -> dict[str, Any]:
    """Return a contract's row of its chain."""
    asked = {"symbol": "SPY", "expiration": EXPIRY, "greeks": "true"}
    rows = outside.sandbox.get("/v1/markets/options/chains", params=asked).json()["options"]["option"]
    return next(row for row in rows if row["symbol"] == symbol)


def test_what_is_held_of_a_contract_is_shown_and_nothing_else_is(outside: Outside) -> None:
    """In the quote and in the chain, whatever the underlying does, and not on its twin."""
    twin = outside.quote(PUT)
    held = Held(bid=1.0, ask=1.3, bid_size=3, ask_size=4, volume=7, open_interest=9, volatility=0.5)
    outside.world.simulated.hold_quote(CALL, held)
    outside.clock.forward(minutes=20)
    outside.world.simulated.jump("SPY", 640.0)

    for row in (outside.quote(CALL), chain_row(outside, CALL)):
        assert (row["bid"], row["ask"], row["bidsize"], row["asksize"]) == (1.0, 1.3, 3, 4)
        assert (row["volume"], row["open_interest"]) == (7, 9)
        greeks: Any = row["greeks"]
        assert (greeks["bid_iv"], greeks["mid_iv"], greeks["ask_iv"]) == (0.5, 0.5, 0.5)
    assert outside.quote(PUT)["open_interest"] == twin["open_interest"]
    assert outside.quote(PUT)["bid"] != 1.0
    orats = outside.orats.get("strikes", params={"ticker": "SPY", "dte": "30,31"}).json()["data"]
    row = next(one for one in orats if one["strike"] == 610 and one["expirDate"] == EXPIRY)
    assert (row["callBidPrice"], row["callAskPrice"], row["callOpenInterest"]) == (1.0, 1.3, 9)


def test_a_held_quote_is_as_old_as_it_is_held(outside: Outside) -> None:
    outside.world.simulated.hold_quote(CALL, Held(age_seconds=600))
    outside.clock.forward(minutes=5)
    now = outside.clock.at.timestamp()
    row, other = outside.quote(CALL), outside.quote(PUT)

    assert row["bid_date"] == row["ask_date"] == (now - 600) * 1000
    assert other["bid_date"] == now * 1000
    asked = {"ticker": "SPY", "dte": "30,31"}
    rows = outside.orats.get("strikes", params=asked).json()["data"]
    instants = {one["strike"]: one["quoteDate"] for one in rows if one["expirDate"] == EXPIRY}
    assert (instants[610], instants[611]) == ("2026-02-19T14:55:00Z", "2026-02-19T15:05:00Z")
    lines = outside.orats.get("strikes.csv", params=asked).text
    assert lines.count("2026-02-19T14:55:00Z") == 1


def test_greeks_can_be_missing(outside: Outside) -> None:
    outside.world.simulated.hold_quote(CALL, Held(without_greeks=True))

    assert outside.quote(CALL)["greeks"] is None
    assert outside.quote(PUT)["greeks"] is not None


def test_what_is_held_later_comes_on_top_until_all_is_released(outside: Outside) -> None:
    market, before = outside.world.simulated, outside.quote(CALL)
    market.hold_quote(CALL, Held(bid=1.0))
    market.hold_quote(CALL, Held(ask=9.0))
    both = outside.quote(CALL)
    market.hold_quote(CALL, Held(bid=0.0, without_greeks=True))
    market.hold_quote(CALL, Held(age_seconds=0))
    last = outside.quote(CALL)
    market.hold_quote(PUT, Held(bid=1.0))
    market.release_quotes(CALL)
    one_is_held = (outside.quote(CALL)["bid"], outside.quote(PUT)["bid"])
    market.release_quotes(None)

    assert (both["bid"], both["ask"]) == (1.0, 9.0)
    assert (last["bid"], last["ask"]) == (0.0, 9.0)
    assert not last["greeks"]
    assert one_is_held == (before["bid"], 1.0)
    assert outside.quote(CALL) == before
    assert outside.quote(PUT)["bid"] != 1.0


def test_an_underlying_can_be_held_too(outside: Outside) -> None:
    outside.world.simulated.hold_quote("QQQ", Held(bid=400.0, ask=401.0, volume=12, age_seconds=90))
    row = outside.quote("QQQ")

    assert (row["bid"], row["ask"], row["volume"]) == (400.0, 401.0, 12)
    assert row["bid_date"] == (outside.clock.at.timestamp() - 90) * 1000


def test_a_held_quote_fills_orders(outside: Outside) -> None:
    """B-16: a resting limit that the held ask reaches fills, and a market order fills at it."""
    limit = accepted(outside.option(CALL, "buy_to_open", 1, type="limit", price="1.30"))
    assert outside.order(limit)["status"] == "open"
    outside.world.simulated.hold_quote(CALL, Held(bid=1.0, ask=1.3))
    market = accepted(outside.option(CALL, "buy_to_open", 1))

    assert (outside.order(limit)["status"], outside.order(limit)["avg_fill_price"]) == ("filled", 1.3)
    assert outside.order(market)["avg_fill_price"] == 1.3


def test_what_was_shown_before_and_after_is_not_what_was_held(outside: Outside) -> None:
    """A resting order meets the market's own quotes again once the hold has ended."""
    outside.world.simulated.hold_quote(CALL, Held(bid=1.0, ask=1.3))
    outside.clock.forward(minutes=5)
    outside.world.simulated.release_quotes(None)
    late = accepted(outside.option(CALL, "buy_to_open", 1, type="limit", price="1.30"))
    outside.clock.forward(minutes=30)

    assert outside.order(late)["status"] == "open"


def test_a_hold_before_the_open_is_shown_at_once(outside: Outside) -> None:
    outside.clock.at = new_york("2026-02-19 09:00")
    outside.world.simulated.hold_quote(CALL, Held(bid=1.0, ask=1.3))

    assert (outside.quote(CALL)["bid"], chain_row(outside, CALL)["ask"]) == (1.0, 1.3)


def test_a_hold_outlives_a_run(outside: Outside) -> None:
    outside.world.simulated.hold_quote(CALL, Held(bid=1.0, ask=1.3))
    again = Outside(seed=1)
    again.world.simulated.restore(outside.world.simulated.state())

    assert again.quote(CALL) == outside.quote(CALL)


@pytest.mark.parametrize("symbol", ["NOPE", "SPY260320C00610500", "SPY260321C00610000", "SPX260227C06100000"])
def test_what_is_not_listed_cannot_be_held(outside: Outside, symbol: str) -> None:
    with pytest.raises(UnknownSymbol):
        outside.world.simulated.hold_quote(symbol, Held(bid=1.0))

"""The live environment of the Tradier emulator: what differs from the sandbox (wire notes, 4 and 11)."""

import pytest

from tests.emulators.support import LIVE_ACCOUNT, Outside, accepted, new_york

CALL = "SPY260219C00500000"
PUT = "SPY260219P00700000"


@pytest.fixture
def outside() -> Outside:
    """Ten in the morning of a day on which SPY options expire."""
    return Outside()


@pytest.mark.parametrize(("symbol", "shares"), [(CALL, 200.0), (PUT, -200.0)])
def test_an_option_in_the_money_brings_shares(outside: Outside, symbol: str, shares: float) -> None:
    """Delivered over night for the strike; the option leaves in silence, and nothing is counted twice."""
    form = {"class": "option", "symbol": "SPY", "option_symbol": symbol, "side": "buy_to_open"}
    form |= {"quantity": "2", "type": "market", "duration": "day"}
    accepted(outside.live.post(f"/v1/accounts/{LIVE_ACCOUNT}/orders", data=form))
    cash = float(outside.world.live.truth_cash(LIVE_ACCOUNT))
    outside.clock.at = new_york("2026-02-20 08:00")
    (held,) = outside.world.live.truth_positions(LIVE_ACCOUNT)
    close = outside.world.market.official_close("SPY", new_york("2026-02-19 12:00").date())
    assert close is not None

    strike = 500 if symbol == CALL else 700
    assert (held["symbol"], held["quantity"]) == ("SPY", shares)
    assert held["cost_basis"] == pytest.approx(close * shares)
    assert float(outside.world.live.truth_cash(LIVE_ACCOUNT)) == pytest.approx(cash - strike * shares)


def test_live_limits_are_twice_the_sandboxs(outside: Outside) -> None:
    """Wire notes, 4: 120 a minute live, 60 in the sandbox; orders 60 in both."""
    live = outside.live.get("/v1/markets/clock").headers
    paper = outside.sandbox.get("/v1/markets/clock").headers
    trading = outside.live.delete(f"/v1/accounts/{LIVE_ACCOUNT}/orders/1").headers

    assert live["X-Ratelimit-Allowed"] == "120"
    assert paper["X-Ratelimit-Allowed"] == "60"
    assert trading["X-Ratelimit-Allowed"] == "60"


def test_live_quotes_are_not_late() -> None:
    """A-02: the delay is the sandbox's own."""
    outside = Outside(delayed=True)
    asked = {"symbols": "SPY"}
    live, paper = (
        client.get("/v1/markets/quotes", params=asked).json()["quotes"]["quote"]
        for client in (outside.live, outside.sandbox)
    )

    assert live["bid_date"] == outside.clock.at.timestamp() * 1000
    assert live["bid_date"] - paper["bid_date"] == 15 * 60 * 1000

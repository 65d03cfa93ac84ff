"""The live environment of the Tradier emulator: what differs from the sandbox (wire notes, 4 and 11)."""

import pytest

from tests.emulators.support import ACCOUNT, LIVE_ACCOUNT, Outside, accepted, fixture, new_york

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


def test_the_history_of_a_live_account_comes_over_night(outside: Outside) -> None:
    """Wire notes, 5.4: dates without times, amounts net of fees, sales negative; none in the sandbox."""
    symbol = "SPY260320C00600000"
    form = {"class": "option", "symbol": "SPY", "option_symbol": symbol, "quantity": "2", "type": "market"}
    path = f"/v1/accounts/{LIVE_ACCOUNT}"
    for side in ("buy_to_open", "sell_to_close"):
        accepted(outside.live.post(f"{path}/orders", data=form | {"side": side, "duration": "day"}))
    same_day = outside.live.get(f"{path}/history").json()
    outside.clock.at = new_york("2026-02-20 08:00")
    sold, bought = outside.live.get(f"{path}/history").json()["history"]["event"]
    recorded = fixture("tradier", "history_many.json")["history"]
    assert isinstance(recorded, dict)
    documented = recorded["event"][0]
    asked = {"type": "trade", "symbol": symbol, "exactMatch": "true"}
    since = [
        outside.live.get(f"{path}/history", params=asked | {"start": day}).json()["history"]
        for day in ("2026-02-19", "2026-02-20")
    ]

    assert same_day == {"history": "null"}
    assert (sold.keys(), sold["trade"].keys()) == (documented.keys(), documented["trade"].keys())
    assert (sold["date"], sold["trade"]["quantity"]) == ("2026-02-19T00:00:00Z", -2.0)
    assert sold["amount"] == pytest.approx(sold["trade"]["price"] * 200 - 0.70)
    assert bought["amount"] == pytest.approx(-bought["trade"]["price"] * 200 - 0.70)
    assert since == [{"event": [sold, bought]}, "null"]
    assert outside.sandbox.get(f"/v1/accounts/{ACCOUNT}/history").json() == {"history": "null"}

"""Options whose root is not their underlying's symbol: class shares, index weeklies (wire notes, 7)."""

from typing import Any

import pytest

from infra.local.emulators.market.paths import PricePaths
from tests.emulators.support import LIVE_ACCOUNT, Outside, accepted, new_york, refused

MONTHLY, WEEKLY = "2026-03-20", "2026-03-27"


@pytest.fixture
def outside() -> Outside:
    """Ten in the morning of a trading day."""
    return Outside()


def chain(outside: Outside, symbol: str, expiration: str) -> list[dict[str, Any]]:
    """Read a chain."""
    asked = {"symbol": symbol, "expiration": expiration}
    rows: list[dict[str, Any]] = outside.sandbox.get("/v1/markets/options/chains", params=asked).json()[
        "options"
    ]["option"]
    return rows


@pytest.mark.parametrize(
    ("symbol", "expiration", "root"),
    [("SPX", MONTHLY, "SPX"), ("SPX", WEEKLY, "SPXW"), ("BRK/B", MONTHLY, "BRKB"), ("SPY", WEEKLY, "SPY")],
)
def test_a_chain_shows_its_underlying_and_its_root(
    outside: Outside, symbol: str, expiration: str, root: str
) -> None:
    row = chain(outside, symbol, expiration)[0]

    assert (row["underlying"], row["root_symbol"]) == (symbol, root)
    assert row["symbol"].startswith(f"{root}26")


def test_class_shares_go_by_a_slash(outside: Outside) -> None:
    """`BRK/B`, not `BRK.B`: the latter is unmatched."""
    quotes = outside.sandbox.get("/v1/markets/quotes", params={"symbols": "BRK/B,BRK.B"}).json()["quotes"]
    orats = outside.orats.get("strikes", params={"ticker": "BRK_B", "dte": "20,40"}).json()["data"]

    assert (quotes["quote"]["symbol"], quotes["quote"]["root_symbols"]) == ("BRK/B", "BRKB")
    assert quotes["unmatched_symbols"] == {"symbol": "BRK.B"}
    assert {row["ticker"] for row in orats} == {"BRK_B"}


def test_index_weeklies_are_ordered_by_their_index(outside: Outside) -> None:
    """Wire notes, 7.2: `symbol` is the underlying even when contracts are SPXW."""
    row = next(one for one in chain(outside, "SPX", WEEKLY) if one["ask"] and one["ask"] < 3)
    placed = accepted(outside.option(row["symbol"], "buy_to_open", 1, symbol="SPX"))
    wrong = outside.option(row["symbol"], "buy_to_open", 1, symbol="SPXW")
    unlisted = outside.option(row["symbol"].replace("SPXW", "SPX"), "buy_to_open", 1, symbol="SPX")

    assert outside.order(placed)["status"] == "filled"
    assert (round(row["bid"] * 100) % 5, round(row["ask"] * 100) % 5) == (0, 0)
    assert wrong.status_code == 400
    assert refused(unlisted) == "SecurityUndefined"


def test_nobody_trades_an_index_itself(outside: Outside) -> None:
    form = {"order_class": "equity", "symbol": "SPX", "side": "buy", "quantity": 1, "type": "market"}

    assert refused(outside.place(**form, duration="day")) == "TradingDeniedForSecurity"


def test_options_on_an_index_settle_in_cash_the_monthlies_at_the_opening() -> None:
    """No shares of an index are delivered; an AM contract trades until the day before its expiry."""
    outside = Outside("2026-03-19 10:00")
    listed = [one for one in chain(outside, "SPX", MONTHLY) if one["option_type"] == "call"]
    deep = next(one for one in listed if 0 < one["ask"] < 500)
    monthly, strike = deep["symbol"], deep["strike"]
    form = {"class": "option", "symbol": "SPX", "option_symbol": monthly, "side": "buy_to_open"}
    form |= {"quantity": "1", "type": "market", "duration": "day"}
    orders = f"/v1/accounts/{LIVE_ACCOUNT}/orders"
    accepted(outside.live.post(orders, data=form))
    cash = float(outside.world.live.truth_cash(LIVE_ACCOUNT))
    outside.clock.at = new_york("2026-03-20 10:00")
    too_late = refused(outside.live.post(orders, data=form))
    opening = outside.quote("SPX")["open"]
    outside.clock.at = new_york("2026-03-23 08:00")

    assert too_late == "InvalidOrderExpiration"
    assert outside.world.live.truth_positions(LIVE_ACCOUNT) == []
    worth = (opening - strike) * 100
    assert worth > 0
    assert float(outside.world.live.truth_cash(LIVE_ACCOUNT)) == pytest.approx(cash + worth)


def test_other_symbols_of_a_seed_keep_their_prices(outside: Outside) -> None:
    """A path follows from seed and symbol alone: more symbols change nobody's."""
    everything = outside.world.simulated._paths
    alone = PricePaths(7, {"SPY": outside.world.simulated.instruments()[0]})
    day = outside.clock.at.date()

    assert alone.raw_close("SPY", day) == everything.raw_close("SPY", day)

"""Options whose root is not their underlying's symbol: class shares, index weeklies (wire notes, 7)."""

from datetime import date
from typing import Any

import pytest

from infra.local.emulators.market.paths import PricePaths
from tests.emulators.support import ACCOUNT, LIVE_ACCOUNT, Outside, accepted, new_york, refused

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
    day = outside.clock.at.date()
    alone = PricePaths(7, {"SPY": outside.world.simulated.instruments()[0]}, day)

    assert alone.raw_close("SPY", day) == everything.raw_close("SPY", day)


def test_a_monthly_of_an_index_has_both_roots(outside: Outside) -> None:
    """W-05, wire notes 8.3: SPX settles in the morning, SPXW at the close; the same strikes, quoted apart."""
    rows = chain(outside, "SPX", MONTHLY)
    by_root = {root: [one for one in rows if one["root_symbol"] == root] for root in ("SPX", "SPXW")}
    lookup = outside.sandbox.get("/v1/markets/options/lookup", params={"underlying": "SPX"}).json()["symbols"]
    listed = {one["rootSymbol"]: one["options"] for one in lookup}

    assert len(rows) == len(by_root["SPX"]) + len(by_root["SPXW"])
    assert [one["strike"] for one in by_root["SPX"]] == [one["strike"] for one in by_root["SPXW"]]
    for morning, evening in zip(by_root["SPX"], by_root["SPXW"], strict=True):
        assert evening["symbol"] == morning["symbol"].replace("SPX", "SPXW")
        assert evening["symbol"] in listed["SPXW"]
        assert morning["symbol"] in listed["SPX"]
        assert evening["bid"] >= morning["bid"] - 0.1  # it lives six and a half hours longer
    spot = outside.quote("SPX")["last"]
    near = [one for one in by_root["SPXW"] if abs(one["strike"] - spot) < 600]
    assert {one["strike"] % 5 for one in near} == {0.0}
    assert len({one["strike"] for one in near}) == 240
    assert {one["root_symbol"] for one in chain(outside, "SPX", WEEKLY)} == {"SPXW"}


def test_weeklies_of_an_index_are_told_to_who_asks_for_all_roots(outside: Outside) -> None:
    """Wire notes, 8.4; what has one root needs no asking."""
    path = "/v1/markets/options/expirations"
    shown = {}
    for symbol, asked in (("SPX", "true"), ("SPX", "false"), ("SPY", "true"), ("SPY", "false")):
        query = {"symbol": symbol, "includeAllRoots": asked}
        shown[symbol, asked] = outside.sandbox.get(path, params=query).json()["expirations"]["date"]

    assert WEEKLY in shown["SPX", "true"]
    assert WEEKLY not in shown["SPX", "false"]
    assert MONTHLY in shown["SPX", "false"]
    assert len(shown["SPX", "false"]) == 13
    assert shown["SPY", "true"] == shown["SPY", "false"] == shown["SPX", "true"]


def test_orats_tells_both_roots_by_the_time_of_their_expiry(outside: Outside) -> None:
    """`expiryTod`: am for SPX, pm for SPXW; other days have the latter alone."""
    rows = outside.orats.get("strikes", params={"ticker": "SPX", "dte": "28,40"}).json()["data"]
    times: dict[str, list[str]] = {MONTHLY: [], WEEKLY: []}
    for one in rows:
        times[one["expirDate"]].append(one["expiryTod"])

    assert times[MONTHLY].count("am") == times[MONTHLY].count("pm") > 100
    assert set(times[WEEKLY]) == {"pm"}


def test_both_roots_of_a_monthly_are_traded(outside: Outside) -> None:
    """Each by its own symbol, at its own quote."""
    for root in ("SPX", "SPXW"):
        symbol = next(
            one["symbol"]
            for one in chain(outside, "SPX", MONTHLY)
            if one["root_symbol"] == root and one["ask"]
        )
        placed = accepted(outside.option(symbol, "buy_to_open", 1, symbol="SPX"))

        assert outside.order(placed)["avg_fill_price"] == outside.quote(symbol)["ask"]


@pytest.mark.parametrize(("told", "root"), [(5000.0, "SPX"), (5000.0, "SPXW"), (None, "SPX")])
def test_the_morning_class_settles_on_the_opening_settlement_value(told: float | None, root: str) -> None:
    """POST /market/settlement: as told, else what the index opened at; the evening class on the close."""
    outside = Outside("2026-03-19 10:00")
    listed = [one for one in chain(outside, "SPX", MONTHLY) if one["root_symbol"] == root]
    deep = next(one for one in listed if one["option_type"] == "call" and 0 < one["ask"] < 900)
    accepted(outside.option(deep["symbol"], "buy_to_open", 1, symbol="SPX"))
    cash = float(outside.world.sandbox.truth_cash(ACCOUNT))
    outside.clock.at = new_york("2026-03-20 12:00")
    opening = outside.quote("SPX")["open"]
    if told is not None:
        outside.world.simulated.set_settlement("SPX", outside.clock.at.date(), told)
    outside.clock.at = new_york("2026-03-23 08:00")
    settled = float(outside.world.sandbox.truth_cash(ACCOUNT)) - cash

    close = outside.world.market.official_close("SPX", date(2026, 3, 20))
    decides = close if root == "SPXW" else told or opening
    assert decides is not None
    assert settled == pytest.approx(max(decides - deep["strike"], 0) * 100)


def test_only_what_settles_in_the_morning_has_a_settlement_value(outside: Outside) -> None:
    for symbol, day, value in (("SPY", 20, 600.0), ("SPX", 21, 6000.0), ("SPX", 20, 0.0)):
        with pytest.raises(ValueError, match="settle"):
            outside.world.simulated.set_settlement(symbol, date(2026, 3, day), value)

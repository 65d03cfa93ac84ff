"""The Tradier emulator's answers have the keys and the types of recorded ones."""

from collections.abc import Mapping

import pytest

from tests.emulators.support import ACCOUNT, ORDERS, Outside, accepted, fixture

CALL = "SPY260220C00605000"
OCCASIONAL = frozenset({"tag", "root_symbols", "lot_size", "prevclose", "next_change"})


def same_shape(ours: object, recorded: object, place: str = "") -> None:
    """Fail when keys differ, or a type where neither side is null; of a list the first row stands for all."""
    if isinstance(recorded, Mapping):
        assert isinstance(ours, Mapping), place
        assert set(ours) ^ set(recorded) <= OCCASIONAL, (place, set(ours) ^ set(recorded))
        for key in set(ours) & set(recorded):
            same_shape(ours[key], recorded[key], f"{place}.{key}")
    elif isinstance(recorded, list):
        assert isinstance(ours, list), place
        same_shape(ours[0], recorded[0], f"{place}[0]")
    elif ours is not None and recorded is not None:
        numbers = int | float
        if isinstance(recorded, numbers) and not isinstance(recorded, bool):
            assert isinstance(ours, numbers), (place, ours, recorded)
        else:
            assert type(ours) is type(recorded), (place, ours, recorded)


@pytest.fixture
def outside() -> Outside:
    """Ten in the morning of a trading day."""
    return Outside()


@pytest.mark.parametrize(
    ("path", "query", "recorded"),
    [
        ("/user/profile", {}, "profile_single.json"),
        ("/markets/quotes", {"symbols": "AAPL"}, "quotes_single.json"),
        ("/markets/quotes", {"symbols": CALL, "greeks": "true"}, "quotes_option_greeks.json"),
        ("/markets/quotes", {"symbols": "AAPL,SEFDF"}, "quotes_partly_unmatched.json"),
        ("/markets/quotes", {"symbols": "SEFDF"}, "quotes_unmatched_only.json"),
        (
            "/markets/options/chains",
            {"symbol": "SPY", "expiration": "2026-02-20", "greeks": "true"},
            "chain_with_greeks.json",
        ),
        ("/markets/options/chains", {"symbol": "XYZ", "expiration": "2026-02-20"}, "chain_null.json"),
        ("/markets/options/expirations", {"symbol": "SPY"}, "expirations_dates.json"),
        (
            "/markets/options/expirations",
            {"symbol": "SPY", "strikes": "true", "contractSize": "true", "expirationType": "true"},
            "expirations_full.json",
        ),
        ("/markets/options/expirations", {"symbol": "VIX"}, "expirations_null.json"),
        ("/markets/options/strikes", {"symbol": "SPY", "expiration": "2026-02-20"}, "strikes.json"),
        ("/markets/options/strikes", {"symbol": "XYZ", "expiration": "2026-02-20"}, "strikes_null.json"),
        ("/markets/options/lookup", {"underlying": "SPY"}, "options_lookup.json"),
        ("/markets/options/lookup", {"underlying": "XYZ"}, "options_lookup_null.json"),
        ("/markets/lookup", {"q": "XL"}, "lookup.json"),
        ("/markets/search", {"q": "select"}, "search.json"),
        ("/markets/history", {"symbol": "SPY", "start": "2026-01-02"}, "pricehistory_many.json"),
        ("/markets/history", {"symbol": "XYZ", "start": "2026-01-02"}, "pricehistory_null.json"),
        ("/markets/timesales", {"symbol": "SPY", "interval": "1min"}, "timesales_1min.json"),
        ("/markets/clock", {}, "clock_open.json"),
        ("/markets/etb", {}, "etb.json"),
        ("/markets/lookup", {"q": "SPY"}, "securities_single.json"),
        ("/markets/calendar", {"month": "01", "year": "2024"}, "calendar_2024_01.json"),
        (f"/accounts/{ACCOUNT}/balances", {}, "balances_margin.json"),
        (f"/accounts/{ACCOUNT}/positions", {}, "positions_null.json"),
        (f"/accounts/{ACCOUNT}/orders", {}, "orders_null.json"),
        (f"/accounts/{ACCOUNT}/history", {}, "history_null.json"),
    ],
)
def test_reads_look_like_the_recorded_ones(
    outside: Outside, path: str, query: dict[str, str], recorded: str
) -> None:
    """Keys, nesting, collapsed lists, "null" and null."""
    answer = outside.sandbox.get(f"/v1{path}", params=query)

    assert answer.status_code == 200
    same_shape(answer.json(), fixture("tradier", recorded))


def test_the_clock_of_a_closed_market_looks_like_the_recorded_one() -> None:
    """At night: the state that comes next, and when."""
    shut = Outside("2026-02-19 23:00").sandbox.get("/v1/markets/clock").json()

    same_shape(shut, fixture("tradier", "clock_closed.json"))
    assert shut["clock"]["state"] == "closed"


def test_the_recorded_calendar_is_ours(outside: Outside) -> None:
    """January 2024, day by day; only the holidays' names differ."""
    ours = outside.sandbox.get("/v1/markets/calendar", params={"month": 1, "year": 2024}).json()
    recorded = fixture("tradier", "calendar_2024_01.json")
    shut = [day["date"] for day in ours["calendar"]["days"]["day"] if day["status"] == "closed"]

    for body in (ours, recorded):
        for day in body["calendar"]["days"]["day"]:  # type: ignore[index]  # recorded JSON has no type
            if day["status"] == "closed":
                day.pop("description")
    assert "2024-01-15" in shut
    assert ours == recorded


@pytest.mark.parametrize(
    ("kind", "recorded"), [("pdt", "balances_pdt_sandbox.json"), ("cash", "balances_cash.json")]
)
def test_each_kind_of_account_has_its_own_limits(outside: Outside, kind: str, recorded: str) -> None:
    """Whoever reads `margin` alone sees nothing of a `pdt` account."""
    outside.world.sandbox.add_account("VA00000002", "other", account_type=kind)
    client = outside.client("https://sandbox.tradier.com", "other")

    same_shape(client.get("/v1/accounts/VA00000002/balances").json(), fixture("tradier", recorded))


def test_several_accounts_share_a_token(outside: Outside) -> None:
    """Then the profile is a list."""
    outside.world.sandbox.add_account("VA00000002", "sandbox-token", option_level=2)
    body = outside.sandbox.get("/v1/user/profile").json()

    same_shape(body, fixture("tradier", "profile_many.json"))
    assert [row["option_level"] for row in body["profile"]["account"]] == [6, 2]


def test_orders_look_like_the_recorded_ones(outside: Outside) -> None:
    """Placing, reading, changing, cancelling."""
    resting = outside.option(CALL, "buy_to_open", 1, type="limit", price="0.05")
    order_id = accepted(resting)
    price = outside.bought("SPY260320C00610000")
    bracket = outside.exits("SPY260320C00610000", 2, f"{price + 1:.2f}", f"{price - 1:.2f}", tag="x")
    changed = outside.sandbox.put(f"{ORDERS}/{order_id}", data={"price": "0.06"})
    canceled = outside.sandbox.delete(f"{ORDERS}/{order_id}")
    position = outside.sandbox.get(f"/v1/accounts/{ACCOUNT}/positions").json()

    same_shape(resting.json(), fixture("tradier", "order_placed.json"))
    same_shape(changed.json(), fixture("tradier", "order_modified.json"))
    same_shape(canceled.json(), fixture("tradier", "order_cancel_ok.json"))
    same_shape({"order": outside.order(accepted(bracket))}, fixture("tradier", "order_oco.json"))
    same_shape(position, fixture("tradier", "positions_single.json"))
    recorded = fixture("tradier", "order_rejected_derived.json")["order"]
    assert isinstance(recorded, dict)
    recorded.pop("reason_description")
    same_shape(outside.order(order_id), recorded)


def test_a_preview_looks_like_the_recorded_one(outside: Outside) -> None:
    """Of shares, the only recorded kind."""
    answer = outside.place(
        order_class="equity",
        symbol="AAPL",
        side="buy",
        quantity=1,
        type="market",
        duration="day",
        preview="true",
    )

    same_shape(answer.json(), fixture("tradier", "order_preview_equity.json"))


def test_quotes_can_be_asked_for_by_post(outside: Outside) -> None:
    """For long lists; the same answer."""
    symbols = {"symbols": f"SPY,{CALL}", "greeks": "true"}
    posted = outside.sandbox.post("/v1/markets/quotes", data=symbols)

    assert posted.json() == outside.sandbox.get("/v1/markets/quotes", params=symbols).json()


def test_ticks_are_not_for_the_sandbox(outside: Outside) -> None:
    """Live has them."""
    query = {"symbol": "SPY", "interval": "tick"}

    assert outside.sandbox.get("/v1/markets/timesales", params=query).json() == {"series": None}
    assert outside.live.get("/v1/markets/timesales", params=query).json()["series"]["data"]


def test_bars_too_old_are_refused(outside: Outside) -> None:
    """With the earliest start that would do."""
    query = {"symbol": "SPY", "interval": "1min", "start": "2025-01-02 09:30"}
    answer = outside.sandbox.get("/v1/markets/timesales", params=query)

    assert (answer.status_code, answer.text) == (
        400,
        "Invalid parameter, start: must be on or after 2026-02-09 00:00:00.",
    )


def test_greeks_are_those_of_the_last_full_hour(outside: Outside) -> None:
    """Quotes are fresh, Greeks are not."""
    outside.clock.forward(minutes=25)
    answer = outside.sandbox.get("/v1/markets/quotes", params={"symbols": CALL, "greeks": "true"})
    quote = answer.json()["quotes"]["quote"]

    assert quote["bid_date"] == int(outside.clock().timestamp()) * 1000
    assert quote["greeks"]["updated_at"] == "2026-02-19 15:00:03"

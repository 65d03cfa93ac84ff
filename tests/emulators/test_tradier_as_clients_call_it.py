"""What third-party clients of Tradier do, and what the real one answers them (wire notes)."""

from typing import Any

import pytest

from infra.local.emulators.market.paths import SHOCKS_KEPT
from tests.emulators.combined import form_of
from tests.emulators.support import ORDERS, Outside, accepted, fixture

CALL = "SPY260320C00600000"
BUY = {
    "class": "option",
    "symbol": "SPY",
    "option_symbol": CALL,
    "side": "buy_to_open",
    "quantity": "1",
    "type": "limit",
    "duration": "day",
    "price": "0.05",
}


@pytest.fixture
def outside() -> Outside:
    """Ten in the morning of a trading day."""
    return Outside()


def test_an_order_may_be_asked_for_in_the_query_string(outside: Outside) -> None:
    """Four clients send POST and PUT so, and the real one takes it."""
    order_id = accepted(outside.sandbox.post(ORDERS, params=BUY))
    changed = outside.sandbox.put(f"{ORDERS}/{order_id}", params={"price": "0.07"})

    assert changed.json()["order"]["status"] == "ok"
    assert outside.order(order_id)["price"] == 0.07


def test_a_combo_may_name_no_option_for_its_shares(outside: Outside) -> None:
    """Wire notes, 7.3: left out or `null`, in the query string as well; a float is a price and a quantity."""
    form = form_of((("SPY", "buy", 100), (CALL, "sell_to_open", 1)), type="debit", price=700.0)
    order_id = accepted(
        outside.sandbox.post(ORDERS, params=form | {"option_symbol[0]": "null", "quantity[1]": "1.0"})
    )
    shares, call = outside.legs(order_id)

    assert (shares["class"], shares["side"], "option_symbol" in shares) == ("equity", "buy", False)
    assert (call["class"], call["option_symbol"], call["quantity"]) == ("option", CALL, 1.0)
    assert outside.order(order_id)["status"] == "filled"


def bars(outside: Outside, end: str) -> list[dict[str, Any]]:
    """Read the first minutes of the day."""
    asked = {"symbol": "SPY", "interval": "1min", "start": "2026-02-18 09:30", "end": end}
    shown = outside.sandbox.get("/v1/markets/timesales", params=asked).json()["series"]["data"]
    return shown if isinstance(shown, list) else [shown]


def test_the_bar_in_which_a_question_ends_is_whole(outside: Outside) -> None:
    """Wire notes, 8.8: bars are a minute, whatever second `end` names."""
    (alone,) = bars(outside, "2026-02-18 09:30")

    assert alone == bars(outside, "2026-02-18 09:35")[0]


def test_a_bar_that_is_not_over_shows_what_there_is(outside: Outside) -> None:
    asked = {"symbol": "SPY", "interval": "1min", "start": "2026-02-19 10:00", "end": "2026-02-19 10:00"}
    first = outside.sandbox.get("/v1/markets/timesales", params=asked).json()["series"]["data"]
    outside.clock.forward(seconds=40)
    later = outside.sandbox.get("/v1/markets/timesales", params=asked).json()["series"]["data"]

    assert first["volume"] < later["volume"]


@pytest.mark.parametrize(
    ("interval", "start", "first"),
    [
        ("monthly", "2025-06-20", "2025-07-01"),
        ("monthly", "2025-06-02", "2025-06-01"),
        ("weekly", "2025-06-18", "2025-06-23"),
        ("weekly", "2025-06-16", "2025-06-16"),
        ("daily", "2025-06-20", "2025-06-20"),
    ],
)
def test_history_begins_with_a_whole_group(outside: Outside, interval: str, start: str, first: str) -> None:
    """Recorded answers begin with the first whole month; 1 June 2025 was a Sunday."""
    asked = {"symbol": "SPY", "interval": interval, "start": start, "end": "2025-08-29"}
    days = outside.sandbox.get("/v1/markets/history", params=asked).json()["history"]["day"]

    assert days[0]["date"] == first


@pytest.mark.parametrize(
    "exit_terms", [{"type[1]": "limit", "price[1]": "0.04"}, {"type[1]": "stop", "stop[1]": "0.04"}]
)
def test_a_plain_exit_under_its_entry_is_refused(outside: Outside, exit_terms: dict[str, str]) -> None:
    """Wire notes, 7.4: stops belong into an OTOCO."""
    form = {"class": "oto", "duration": "day"} | exit_terms
    for index, side in enumerate(("buy_to_open", "sell_to_close")):
        form |= {f"option_symbol[{index}]": CALL, f"side[{index}]": side, f"quantity[{index}]": "1"}
    answer = outside.sandbox.post(ORDERS, data=form | {"type[0]": "limit", "price[0]": "0.05"})

    assert answer.status_code == 400
    assert answer.text.endswith("must be higher than price[0].")


def test_a_preview_of_shares_on_margin_tells_their_whole_price(outside: Outside) -> None:
    """Wire notes, 7.5: what is lent stands in `margin_change`."""
    form = {"class": "equity", "symbol": "SPY", "side": "buy", "quantity": "2", "type": "market"}
    told = outside.sandbox.post(ORDERS, data=form | {"duration": "day", "preview": "true"}).json()["order"]
    ask = outside.quote("SPY")["ask"]

    assert told["order_cost"] == told["cost"] == pytest.approx(2 * ask)
    assert told["margin_change"] == pytest.approx(ask)


def test_sessions_of_streams_are_handed_out(outside: Outside) -> None:
    """Wire notes, 10: the account socket has a host for each environment, the market stream is live only."""
    recorded = {
        "market": fixture("tradier", "stream_session_market.json"),
        "account": fixture("tradier", "stream_session_account.json"),
    }
    live = {
        kind: outside.live.post(f"/v1/{kind}s/events/session").json()["stream"]
        for kind in ("market", "account")
    }
    paper = outside.sandbox.post("/v1/accounts/events/session").json()["stream"]
    none = outside.sandbox.post("/v1/markets/events/session")

    for kind, stream in live.items():
        documented = recorded[kind]["stream"]
        assert isinstance(documented, dict)
        assert stream.keys() == documented.keys()
        assert stream["url"] == documented["url"]
    assert paper["url"] == "wss://sandbox-ws.tradier.com/v1/accounts/events"
    assert none.status_code == 401


def test_what_is_worked_out_is_not_kept_for_ever(outside: Outside) -> None:
    """A stack that runs for weeks: shocks of long ago are drawn again when they are asked for."""
    paths = outside.world.simulated._paths
    day = outside.clock.at.date()
    first = paths.raw_close("SPY", day)
    for back in range(SHOCKS_KEPT + 2):
        paths._shock_block("SPY", back)

    assert len(paths._shocks._values) <= SHOCKS_KEPT
    paths._closes.clear()
    assert paths.raw_close("SPY", day) == first

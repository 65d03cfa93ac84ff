"""How orders live, fill and end at the Tradier emulator."""

import pytest

from tests.emulators.support import ACCOUNT, ORDERS, Outside, accepted, new_york, refused

CALL = "SPY260220C00605000"
LATER = "SPY260320C00610000"


@pytest.fixture
def outside() -> Outside:
    """Ten in the morning of a trading day."""
    return Outside()


def test_a_market_order_fills_when_accepted_at_the_touch(outside: Outside) -> None:
    """I-16: never better than the other side."""
    quote = outside.quote(CALL)
    order = outside.order(accepted(outside.option(CALL, "buy_to_open", 3, tag="a-1")))

    assert order["status"] == "filled"
    assert order["avg_fill_price"] == quote["ask"]
    assert order["exec_quantity"] == 3.0
    assert order["remaining_quantity"] == 0.0
    assert order["tag"] == "a-1"
    assert "price" not in order


def test_a_limit_beyond_the_other_side_fills_at_the_touch(outside: Outside) -> None:
    """Not at its own, worse price."""
    quote = outside.quote(CALL)
    order_id = accepted(outside.option(CALL, "buy_to_open", 1, type="limit", price=f"{quote['ask'] + 1:.2f}"))

    assert outside.order(order_id)["avg_fill_price"] == quote["ask"]


def test_a_resting_limit_fills_at_its_price_when_the_path_reaches_it(outside: Outside) -> None:
    """The fill carries the instant of the path, not that of the call that found it."""
    ask = outside.quote(CALL)["ask"]
    order_id = accepted(outside.option(CALL, "buy_to_open", 1, type="limit", price=f"{ask - 1:.2f}"))
    assert outside.order(order_id)["status"] == "open"
    outside.world.simulated.path("SPY", [(60, outside.quote("SPY")["last"] - 20)])
    outside.clock.forward(minutes=10)
    order = outside.order(order_id)

    assert order["status"] == "filled"
    assert order["avg_fill_price"] == pytest.approx(ask - 1)
    assert str(order["create_date"]) < str(order["transaction_date"]) < "2026-02-19T15:01:00.000Z"


def test_an_order_outside_the_session_is_pending_until_the_open() -> None:
    """It opens with the market and meets it at the touch."""
    outside = Outside(at="2026-02-19 09:00")
    order_id = accepted(outside.option(CALL, "buy_to_open", 1))
    assert outside.order(order_id)["status"] == "pending"
    assert outside.order(order_id)["remaining_quantity"] == 1.0
    outside.clock.at = new_york("2026-02-19 09:35")
    order = outside.order(order_id)

    assert order["status"] == "filled"
    assert order["transaction_date"] == "2026-02-19T14:30:00.000Z"


def test_a_day_order_expires_at_the_close() -> None:
    """An early close is one too."""
    outside = Outside(at="2025-11-28 12:00")
    symbol = "SPY251219C00600000"
    order_id = accepted(outside.option(symbol, "buy_to_open", 1, type="limit", price="0.01"))
    outside.clock.at = new_york("2025-11-28 13:00")
    order = outside.order(order_id)

    assert (order["status"], order["remaining_quantity"]) == ("expired", 0.0)
    assert order["transaction_date"] == "2025-11-28T18:00:00.000Z"


def test_a_good_till_cancelled_order_stays_over_days_and_ends_with_its_option(outside: Outside) -> None:
    """The list shows it on every day on which it works."""
    order_id = accepted(outside.option(CALL, "buy_to_open", 1, type="limit", price="0.01", duration="gtc"))
    outside.world.simulated.jump("SPY", 640.0)
    outside.clock.at = new_york("2026-02-20 10:00")
    assert outside.order(order_id)["status"] == "open"
    assert outside.order_list() != "null"
    outside.clock.at = new_york("2026-02-20 16:00")

    assert outside.order(order_id)["status"] == "expired"


def test_a_stop_sells_at_the_bid_however_far_it_has_jumped(outside: Outside) -> None:
    """A gap is not smoothed over."""
    price = outside.bought(LATER)
    order_id = accepted(
        outside.option(LATER, "sell_to_close", 2, type="stop", stop=f"{price - 0.5:.2f}", duration="gtc")
    )
    assert outside.order(order_id)["stop_price"] == pytest.approx(price - 0.5)
    outside.clock.forward(seconds=10)
    outside.world.simulated.jump("SPY", outside.quote("SPY")["last"] * 0.95)
    bid = outside.quote(LATER)["bid"]
    order = outside.order(order_id)

    assert order["status"] == "filled"
    assert order["avg_fill_price"] == bid
    assert bid < price - 1


def test_a_worthless_option_waits_for_a_bid(outside: Outside) -> None:
    """A stop that is reached where nobody bids does not fill at nothing."""
    price = outside.bought(CALL)
    order_id = accepted(outside.option(CALL, "sell_to_close", 2, type="stop", stop=f"{price - 0.5:.2f}"))
    outside.world.simulated.jump("SPY", 500.0)
    outside.clock.forward(minutes=1)

    assert outside.quote(CALL)["bid"] == 0.0
    assert outside.order(order_id)["status"] == "open"


def test_an_order_can_be_changed_and_keeps_its_id(outside: Outside) -> None:
    """And fills when the change makes it marketable."""
    ask = outside.quote(CALL)["ask"]
    order_id = accepted(outside.option(CALL, "buy_to_open", 1, type="limit", price="0.05"))
    answer = outside.sandbox.put(f"{ORDERS}/{order_id}", data={"price": f"{ask + 0.5:.2f}"})
    order = outside.order(order_id)

    assert accepted(answer) == order_id
    assert order["avg_fill_price"] == ask


def test_a_cancelled_order_ends_and_cannot_be_cancelled_again(outside: Outside) -> None:
    """The second time the answer is a sentence."""
    order_id = accepted(outside.option(CALL, "buy_to_open", 1, type="limit", price="0.05"))
    first = outside.sandbox.delete(f"{ORDERS}/{order_id}")
    second = outside.sandbox.delete(f"{ORDERS}/{order_id}")

    assert first.json() == {"order": {"id": order_id, "status": "ok"}}
    assert outside.order(order_id)["status"] == "canceled"
    assert (second.status_code, second.text) == (400, "order already in finalized state: canceled")
    assert not second.headers["content-type"].startswith("application/json")


def test_cash_and_positions_follow_the_fills(outside: Outside) -> None:
    """Buying and selling at once costs the spread and the commissions."""
    before = outside.world.sandbox.truth_cash(ACCOUNT)
    price = outside.bought(CALL, 2)
    position = outside.sandbox.get(f"/v1/accounts/{ACCOUNT}/positions").json()["positions"]["position"]
    assert position["symbol"] == CALL
    assert position["quantity"] == 2.0
    assert position["cost_basis"] == pytest.approx(price * 200)
    sold = outside.order(accepted(outside.option(CALL, "sell_to_close", 2)))["avg_fill_price"]
    spent = float(before - outside.world.sandbox.truth_cash(ACCOUNT))

    assert isinstance(sold, float)
    assert spent == pytest.approx((price - sold) * 200 + 4 * 0.35)
    assert outside.sandbox.get(f"/v1/accounts/{ACCOUNT}/positions").json() == {"positions": "null"}


def test_the_balances_tie(outside: Outside) -> None:
    """Equity is cash and market value; buying power doubles for shares."""
    outside.bought(CALL, 2)
    found = outside.sandbox.get(f"/v1/accounts/{ACCOUNT}/balances").json()["balances"]

    assert found["total_equity"] == pytest.approx(found["total_cash"] + found["market_value"], abs=0.01)
    assert found["market_value"] == pytest.approx(
        found["long_market_value"] + found["short_market_value"], abs=0.01
    )
    assert found["margin"]["stock_buying_power"] == pytest.approx(
        2 * found["margin"]["option_buying_power"], abs=0.01
    )


def test_the_list_shows_the_new_york_day_and_what_works(outside: Outside) -> None:
    """I-06: the day after, finished orders are gone from the list and still readable one by one."""
    assert outside.order_list() == "null"
    filled = accepted(outside.option(CALL, "buy_to_open", 1))
    working = accepted(outside.option(LATER, "buy_to_open", 1, type="limit", price="0.05", duration="gtc"))
    today = outside.order_list()
    outside.clock.at = new_york("2026-02-20 00:02")
    tomorrow = outside.order_list()

    assert isinstance(today, dict)
    assert [row["id"] for row in today["order"]] == [filled, working]
    assert "tag" not in today["order"][0]
    assert isinstance(tomorrow, dict)
    assert tomorrow["order"]["id"] == working
    assert outside.order(filled)["status"] == "filled"
    assert len(outside.world.sandbox.truth_orders(ACCOUNT)) == 2


def test_the_list_comes_in_pages(outside: Outside) -> None:
    """A page past the end is "null"; one row alone is no list."""
    ids = [accepted(outside.option(CALL, "buy_to_open", 1, type="limit", price="0.05")) for _ in range(3)]
    pages = [
        outside.sandbox.get(ORDERS, params={"page": page, "limit": 2}).json()["orders"] for page in (1, 2, 3)
    ]

    assert [row["id"] for row in pages[0]["order"]] == ids[:2]
    assert pages[1]["order"]["id"] == ids[2]
    assert pages[2] == "null"


def test_expired_options_leave_the_books_by_the_next_morning(outside: Outside) -> None:
    """I-17: in the money their intrinsic value at the official close becomes cash."""
    outside.bought("SPY260219C00605000", 1)
    cash = outside.world.sandbox.truth_cash(ACCOUNT)
    outside.clock.at = new_york("2026-02-19 15:59")
    outside.world.simulated.jump("SPY", 611.0)
    outside.clock.at = new_york("2026-02-19 17:00")
    close = outside.quote("SPY")["close"]
    assert len(outside.world.sandbox.truth_positions(ACCOUNT)) == 1
    outside.clock.at = new_york("2026-02-20 08:00")

    assert outside.world.sandbox.truth_positions(ACCOUNT) == []
    gained = float(outside.world.sandbox.truth_cash(ACCOUNT) - cash)
    assert gained == pytest.approx((close - 605) * 100)


def test_a_preview_places_nothing(outside: Outside) -> None:
    """It says what the order would cost, or refuses as the order would be refused."""
    body = outside.option(CALL, "buy_to_open", 2, preview="true").json()["order"]
    broke = outside.option(CALL, "sell_to_close", 2, preview="true")

    assert body["result"] is True
    assert body["cost"] == pytest.approx(body["order_cost"] + body["commission"] + body["fees"])
    assert refused(broke) == "UnexpectedSellOrderOption"
    assert outside.order_list() == "null"


def test_a_vertical_fills_whole_with_a_signed_price(outside: Outside) -> None:
    """The parent of a credit is negative, its quantity the sum of its legs'."""
    legs = {
        "option_symbol[0]": "SPY260320P00590000",
        "side[0]": "sell_to_open",
        "quantity[0]": "2",
        "option_symbol[1]": "SPY260320P00580000",
        "side[1]": "buy_to_open",
        "quantity[1]": "2",
    }
    order_id = accepted(
        outside.place(
            order_class="multileg", symbol="SPY", type="credit", duration="day", price="0.10", **legs
        )
    )
    order, found = outside.order(order_id), outside.legs(order_id)

    assert (order["status"], order["quantity"], order["strategy"]) == ("filled", 4.0, "spread")
    assert [leg["id"] for leg in found] == [order_id + 1, order_id + 2]
    prices = [leg["avg_fill_price"] for leg in found]
    assert isinstance(prices[0], float)
    assert isinstance(prices[1], float)
    assert order["avg_fill_price"] == pytest.approx(prices[1] - prices[0])
    assert prices[1] - prices[0] <= -0.10


def test_a_wiped_account_has_neither_orders_nor_positions(outside: Outside) -> None:
    """A-12: what the sandbox is said to do; the cash stays as it was."""
    outside.bought(CALL, 1)
    cash = outside.world.sandbox.truth_cash(ACCOUNT)
    outside.world.sandbox.reset_account(ACCOUNT)

    assert outside.order_list() == "null"
    assert outside.sandbox.get(f"/v1/accounts/{ACCOUNT}/positions").json() == {"positions": "null"}
    assert outside.world.sandbox.truth_cash(ACCOUNT) == cash

"""Faults of orders and lists: what a broker shows, or does, that its client did not count on."""

from datetime import UTC, datetime

import httpx
import pytest

from tests.emulators.support import ACCOUNT, LIVE_ACCOUNT, ORDERS, TOKEN, Outside, accepted

CALL = "SPY260220C00605000"
POSITIONS = f"/v1/accounts/{ACCOUNT}/positions"
CLOCK = "/v1/markets/clock"


@pytest.fixture
def outside() -> Outside:
    """Ten in the morning of a trading day."""
    return Outside()


def arm(outside: Outside, kind: str, **more: object) -> None:
    """Arm one fault as the control interface does."""
    outside.world.faults.arm_from({"vendor": "tradier", "kind": kind, **more})


def listed(outside: Outside) -> list[dict[str, object]]:
    """Return the rows of the order list."""
    holder = outside.order_list()
    if not isinstance(holder, dict) or "order" not in holder:
        return []
    rows = holder["order"]
    return rows if isinstance(rows, list) else [rows]


def ids(outside: Outside) -> list[object]:
    """Return the ids in the order list."""
    return [row["id"] for row in listed(outside)]


def truth(outside: Outside) -> list[dict[str, object]]:
    """Return the broker's own record of orders."""
    return outside.world.sandbox.truth_orders(ACCOUNT)


def held(outside: Outside) -> dict[object, object]:
    """Return the broker's own record of positions."""
    rows = outside.world.sandbox.truth_positions(ACCOUNT)
    return {row["symbol"]: row["quantity"] for row in rows}


def test_a_list_misses_the_newest_and_is_whole_at_the_next_look(outside: Outside) -> None:
    """I-06: absence is not an end."""
    placed = [accepted(outside.option(CALL, "buy_to_open", 1)) for _ in range(3)]
    arm(outside, "list_misses", count=2)

    assert ids(outside) == placed[:1]
    assert ids(outside) == placed


def test_a_list_never_misses_an_order_for_longer_than_a_minute(outside: Outside) -> None:
    """What no list shows for longer is not late but gone, and may be taken for never placed."""
    accepted(outside.option(CALL, "buy_to_open", 1))
    arm(outside, "list_misses", times=2)
    outside.clock.forward(seconds=59)
    assert ids(outside) == []
    outside.clock.forward(seconds=1)

    assert len(ids(outside)) == 1


def test_a_list_with_nothing_to_miss_leaves_the_fault_armed(outside: Outside) -> None:
    """A fault is used up by a call that it can strike, and by no other."""
    arm(outside, "list_misses")
    outside.sandbox.get(CLOCK)
    assert ids(outside) == []
    accepted(outside.option(CALL, "buy_to_open", 1))

    assert ids(outside) == []
    assert len(ids(outside)) == 1


def test_an_execution_is_shown_twice_and_counted_once_more(outside: Outside) -> None:
    """I-07: the row comes twice, and the count passes the quantity; the truth does not change."""
    order_id = accepted(outside.option(CALL, "buy_to_open", 2))
    arm(outside, "fill_twice", times=2)
    rows = listed(outside)

    assert [row["id"] for row in rows] == [order_id, order_id]
    assert [row["exec_quantity"] for row in rows] == [4.0, 4.0]
    assert outside.order(order_id)["exec_quantity"] == 4.0
    assert outside.order(order_id)["exec_quantity"] == 2.0
    assert held(outside) == {CALL: 2.0}


def test_a_partial_execution_shown_twice_keeps_its_count(outside: Outside) -> None:
    """A wrong number that could be a right one is nobody's to find out."""
    arm(outside, "partial_fill")
    accepted(outside.option(CALL, "buy_to_open", 4))
    arm(outside, "fill_twice")

    assert [row["exec_quantity"] for row in listed(outside)] == [2.0, 2.0]


def test_a_fill_is_known_before_its_order(outside: Outside) -> None:
    """I-05: the answer is lost, and the list shows a limit far from the market filled at its own price."""
    arm(outside, "fill_before_order")
    with pytest.raises(httpx.ReadTimeout):
        outside.option(CALL, "buy_to_open", 2, type="limit", price="0.50", tag="lost")
    order = listed(outside)[0]

    assert (order["status"], order["exec_quantity"], order["avg_fill_price"]) == ("filled", 2.0, 0.5)
    assert held(outside) == {CALL: 2.0}


def test_a_cancel_that_loses_is_answered_ok(outside: Outside) -> None:
    """The verdict is what reading shows: filled at its own price."""
    order_id = accepted(outside.option(CALL, "buy_to_open", 2, type="limit", price="0.50"))
    arm(outside, "cancel_loses")
    answer = outside.sandbox.delete(f"{ORDERS}/{order_id}")

    assert answer.json()["order"] == {"id": order_id, "status": "ok"}
    assert (outside.order(order_id)["status"], held(outside)) == ("filled", {CALL: 2.0})


def test_a_cancel_of_an_oco_that_loses_is_one_exit(outside: Outside) -> None:
    """The exit that is nearer to the market fills, the other ends with the parent filled."""
    price = outside.bought(CALL)
    order_id = accepted(outside.exits(CALL, 2, f"{price * 3:.2f}", f"{price * 0.9:.2f}"))
    arm(outside, "cancel_loses")
    outside.sandbox.delete(f"{ORDERS}/{order_id}")
    states = {leg["type"]: leg["status"] for leg in outside.legs(order_id)}

    assert states == {"limit": "canceled", "stop": "filled"}
    assert (outside.order(order_id)["status"], held(outside)) == ("filled", {})


def test_a_cancel_cannot_lose_outside_the_session_or_of_what_has_ended(outside: Outside) -> None:
    """Nothing fills there, so the fault stays armed."""
    ended = accepted(outside.option(CALL, "buy_to_open", 1))
    arm(outside, "cancel_loses")
    assert outside.sandbox.delete(f"{ORDERS}/{ended}").status_code == 400
    resting = accepted(outside.option(CALL, "buy_to_open", 1, type="limit", price="0.05", duration="gtc"))
    outside.clock.forward(hours=8)
    outside.sandbox.delete(f"{ORDERS}/{resting}")

    assert outside.order(resting)["status"] == "canceled"
    assert len(outside.world.faults.armed()) == 1


def test_both_legs_fill_between_polls(outside: Outside) -> None:
    """I-09: each at its own price, and the account is short of what it held."""
    price = outside.bought(CALL)
    target, stop = round(price * 1.5, 2), round(price * 0.5, 2)
    arm(outside, "both_legs_fill")
    assert len(listed(outside)) == 1
    order_id = accepted(outside.exits(CALL, 2, f"{target:.2f}", f"{stop:.2f}"))
    rows = listed(outside)
    legs = {leg["type"]: (leg["status"], leg["avg_fill_price"]) for leg in outside.legs(order_id)}

    assert rows[-1]["status"] == "filled"
    assert legs == {"limit": ("filled", target), "stop": ("filled", stop)}
    assert held(outside) == {CALL: -2.0}


@pytest.mark.parametrize(("kind", "nothing"), [("empty_lists", {}), ("null_lists", "null")])
def test_an_account_looks_wiped(outside: Outside, kind: str, nothing: object) -> None:
    """I-06: orders and positions, while all of them are there."""
    outside.bought(CALL)
    arm(outside, kind, times=2)

    assert outside.sandbox.get(ORDERS).json() == {"orders": nothing}
    assert outside.sandbox.get(POSITIONS).json() == {"positions": nothing}
    assert len(listed(outside)) == 1
    assert len(held(outside)) == 1


def test_a_token_expires_at_its_instant_until_it_is_renewed(outside: Outside) -> None:
    """By the instant, not by calls; the other environment's tokens are others."""
    noon = datetime(2026, 2, 19, 17, 0, tzinfo=UTC)
    arm(outside, "expire_token", at=noon.isoformat(), account=ACCOUNT)
    assert outside.sandbox.get(ORDERS).status_code == 200
    outside.clock.at = noon
    answers = [outside.sandbox.get(path) for path in (ORDERS, CLOCK, ORDERS)]

    assert [answer.status_code for answer in answers] == [401, 401, 401]
    assert answers[0].json()["fault"]["faultstring"] == "Access Token expired"
    assert outside.live.get(f"/v1/accounts/{LIVE_ACCOUNT}/orders").status_code == 200
    outside.world.sandbox.add_account(ACCOUNT, "renewed")
    assert outside.sandbox.get(ORDERS).status_code == 401
    assert outside.client("https://sandbox.tradier.com", "renewed").get(ORDERS).status_code == 200


@pytest.mark.parametrize("way", ["renew", "clear"])
def test_an_expired_token_is_let_in_again(outside: Outside, way: str) -> None:
    """Without an account every token of the vendor expires, at once; clearing the faults ends that too."""
    arm(outside, "expire_token")
    assert outside.sandbox.get(CLOCK).status_code == outside.live.get(CLOCK).status_code == 401
    if way == "renew":
        outside.world.sandbox.add_account(ACCOUNT, TOKEN)
    else:
        outside.world.faults.clear()

    assert outside.sandbox.get(CLOCK).status_code == 200
    assert outside.live.get(CLOCK).status_code == (401 if way == "renew" else 200)


@pytest.mark.parametrize(("seconds", "header"), [(7, "7"), (None, None)])
def test_a_rate_limit_with_and_without_retry_after(
    outside: Outside, seconds: int | None, header: str | None
) -> None:
    """429, nothing done, and no other header that tells when."""
    arm(outside, "rate_limited", seconds=seconds)
    answer = outside.option(CALL, "buy_to_open", 1)

    assert (answer.status_code, answer.headers.get("Retry-After")) == (429, header)
    assert "X-Ratelimit-Expiry" not in answer.headers
    assert truth(outside) == []


def test_hands_find_an_exit_rejected_that_was_accepted(outside: Outside) -> None:
    """Seed 982050: whoever cancels the exits of a contract is not stopped by one that turns out rejected."""
    accepted(outside.option(CALL, "buy_to_open", 1))
    arm(outside, "reject_after_200", match={"path": "/orders"})
    accepted(outside.exits(CALL, 1, "50.00", "0.05"))

    assert outside.world.sandbox.hands.cancel_exits(ACCOUNT, CALL) == 0
    assert [row["status"] for row in truth(outside)][-1] == "rejected"

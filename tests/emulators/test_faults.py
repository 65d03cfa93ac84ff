"""Each kind of fault of local.md does what it says there, and is used up."""

import time

import httpx
import pytest

from infra.local.emulators.serving.faults import BadFault, parse_fault
from infra.local.emulators.serving.http_server import EmulatorServer
from tests.emulators.support import ACCOUNT, ORDERS, Outside, accepted

CALL = "SPY260220C00605000"
CLOCK = "/v1/markets/clock"


@pytest.fixture
def outside() -> Outside:
    """Ten in the morning of a trading day."""
    return Outside()


def arm(outside: Outside, kind: str, **more: object) -> None:
    """Arm one fault as the control interface does."""
    outside.world.faults.arm_from({"vendor": "tradier", "kind": kind, **more})


def placed(outside: Outside) -> int:
    """Return how many orders have been accepted."""
    return len(outside.world.sandbox.truth_orders(ACCOUNT))


def test_a_status_is_answered_and_nothing_done(outside: Outside) -> None:
    """Body and code as given."""
    arm(outside, "status", code=503, body="<html>maintenance</html>", match={"method": "post"})
    answer = outside.option(CALL, "buy_to_open", 1)

    assert (answer.status_code, answer.text) == (503, "<html>maintenance</html>")
    assert placed(outside) == 0


def test_it_strikes_the_next_matching_calls_and_no_more(outside: Outside) -> None:
    """`path` matches as a part, `method` in any case; what does not match is spared."""
    arm(outside, "status", code=500, times=2, match={"path": "/orders", "method": "get"})
    codes = [outside.sandbox.get(path).status_code for path in (CLOCK, ORDERS, ORDERS, ORDERS)]

    assert codes == [200, 500, 500, 200]
    assert outside.world.faults.armed() == []


def test_an_empty_match_strikes_both_environments(outside: Outside) -> None:
    """But never another vendor."""
    arm(outside, "status", code=502, times=3, match={})

    assert outside.orats.get("/tickers").status_code == 200
    assert outside.live.get(CLOCK).status_code == 502
    assert outside.sandbox.get(CLOCK).status_code == 502
    outside.world.faults.clear()
    assert outside.sandbox.get(CLOCK).status_code == 200


def test_a_timeout_before_never_does_it_and_one_after_does(outside: Outside) -> None:
    """I-05: the caller sees the same."""
    arm(outside, "timeout_before", match={"method": "POST"})
    with pytest.raises(httpx.ReadTimeout):
        outside.option(CALL, "buy_to_open", 1, tag="first")
    assert placed(outside) == 0
    arm(outside, "timeout_after", match={"method": "POST"})
    with pytest.raises(httpx.ReadTimeout):
        outside.option(CALL, "buy_to_open", 1, tag="second")

    assert [row["tag"] for row in outside.world.sandbox.truth_orders(ACCOUNT)] == ["second"]


def test_a_dropped_connection_does_nothing(outside: Outside) -> None:
    """It is cut before."""
    arm(outside, "drop_connection", match={"method": "POST"})
    with pytest.raises(httpx.RemoteProtocolError):
        outside.option(CALL, "buy_to_open", 1)

    assert placed(outside) == 0


def test_a_slow_answer_waits_as_told(outside: Outside) -> None:
    """By the wait that was passed in; the product's clock stands still."""
    arm(outside, "slow", seconds=12)
    answer = outside.sandbox.get(CLOCK)

    assert answer.status_code == 200
    assert outside.waits == [12]


def test_a_slow_answer_was_done_at_once(outside: Outside) -> None:
    """An order is not taken after its caller has given up: only the answer is late."""
    placed_when_waiting: list[int] = []
    outside.world.sandbox._wait = lambda _: placed_when_waiting.append(placed(outside))
    arm(outside, "slow", seconds=40, match={"method": "POST"})
    outside.option(CALL, "buy_to_open", 1)

    assert placed_when_waiting == [1]


def test_a_malformed_answer_is_done_and_cannot_be_read(outside: Outside) -> None:
    """Status 200 all the same."""
    arm(outside, "malformed", match={"method": "POST"})
    answer = outside.option(CALL, "buy_to_open", 1)

    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"."):
        answer.json()
    assert placed(outside) == 1


@pytest.mark.parametrize("look", ["read", "list", "wait"])
def test_a_late_rejection_shows_at_the_first_look_or_a_second_later(outside: Outside, look: str) -> None:
    """A standing clock never gets there, so a look is enough; it never fills in between."""
    arm(outside, "reject_after_200", match={"path": "/orders"})
    outside.sandbox.get(ORDERS)
    order_id = accepted(outside.option(CALL, "buy_to_open", 1))
    if look == "read":
        outside.order(order_id)
    elif look == "list":
        outside.order_list()
    else:
        outside.clock.forward(seconds=1)
        outside.world.catch_up()
    order = outside.world.sandbox.truth_orders(ACCOUNT)[0]

    assert (order["status"], order["exec_quantity"]) == ("rejected", 0.0)
    assert order["reason_description"]
    assert outside.world.sandbox.truth_positions(ACCOUNT) == []


def test_a_part_fills_and_the_rest_works_on_unfilled(outside: Outside) -> None:
    """Rounded down, at least one."""
    arm(outside, "partial_fill", fraction=0.5, times=2)
    five = accepted(outside.option(CALL, "buy_to_open", 5))
    one = accepted(outside.option(CALL, "buy_to_open", 1))
    outside.clock.forward(minutes=30)
    order = outside.order(five)

    assert (order["status"], order["exec_quantity"], order["remaining_quantity"]) == (
        "partially_filled",
        2.0,
        3.0,
    )
    assert outside.order(one)["status"] == "filled"
    outside.sandbox.delete(f"{ORDERS}/{five}")
    order = outside.order(five)
    assert (order["status"], order["exec_quantity"], order["remaining_quantity"]) == ("canceled", 2.0, 0.0)


@pytest.mark.parametrize(
    "wish",
    [
        {"vendor": "nobody", "kind": "status"},
        {"vendor": "tradier", "kind": "earthquake"},
        {"vendor": "tradier", "kind": "status", "times": 0},
        {"vendor": "tradier", "kind": "partial_fill", "fraction": 2},
        {"vendor": "tradier", "kind": "slow", "seconds": "long"},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(wish: dict[str, object]) -> None:
    """With the reason."""
    with pytest.raises(BadFault):
        parse_fault(wish)


def test_calls_are_counted_whatever_becomes_of_them(outside: Outside) -> None:
    """I-26: by endpoint, accounts and orders by name."""
    arm(outside, "status", code=500)
    outside.sandbox.get(ORDERS)
    outside.sandbox.get(f"{ORDERS}/17")
    outside.sandbox.get(ORDERS)

    assert outside.world.sandbox.calls() == {
        "total": 3,
        "by_endpoint": {
            "GET /v1/accounts/{account}/orders": 2,
            "GET /v1/accounts/{account}/orders/{order}": 1,
        },
    }
    assert [call.status for call in outside.world.sandbox.recent_calls()] == [500, 401, 200]


def test_lost_answers_over_http(outside: Outside) -> None:
    """A held connection outlasts the caller's patience, a dropped one ends at once."""
    headers = {"Authorization": "Bearer sandbox-token", "Accept": "application/json"}
    with (
        EmulatorServer(outside.world.sandbox, hold_seconds=5) as server,
        httpx.Client(base_url=server.url, headers=headers, timeout=0.2) as client,
    ):
        arm(outside, "timeout_after")
        with pytest.raises(httpx.ReadTimeout):
            client.get(CLOCK)
        arm(outside, "drop_connection")
        with pytest.raises(httpx.RemoteProtocolError):
            client.get(CLOCK)

        assert client.get(CLOCK).status_code == 200


def test_a_server_answers_fast_enough_for_a_day(outside: Outside) -> None:
    """Over kept-alive connections, well above 500 calls a second."""
    with EmulatorServer(outside.world.orats) as server, httpx.Client(base_url=server.url) as client:
        client.get("/datav2/tickers", params={"token": "orats-token"})
        started = time.perf_counter()
        for _ in range(200):
            answer = client.get("/datav2/tickers?token=orats-token")
        elapsed = time.perf_counter() - started

    assert answer.status_code == 200
    assert elapsed < 1.0

"""Every documented answer of Tradier, and what is known of an order after it (A-12's table)."""

import json
import logging
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import httpx
import pytest

from chalicelib.brokers.errors import AlreadyFinal, InsufficientFunds, Refused, UnknownOrder, Unsupported
from chalicelib.brokers.interface import OcoRequest, OrderRequest
from chalicelib.brokers.tradier.codes import SENTENCES
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.trading.orders import Duration, OrderStatus, OrderType
from chalicelib.vendors.budget import Urgency
from chalicelib.vendors.deadline import Deadline
from chalicelib.vendors.errors import (
    AuthenticationFailed,
    BudgetSpent,
    Outcome,
    OutcomeUnknown,
    RateLimited,
    VendorError,
    VendorUnreachable,
)
from tests.brokers.support import (
    BASE,
    TOKEN,
    HandClock,
    OpenBudget,
    ScriptedVendor,
    answer,
    fixture,
    sandbox,
    tradier,
)

BUY = OrderRequest(
    tag="pt-1",
    underlying="SPY",
    symbol="SPY260320C00600000",
    side=OrderSide.BUY_TO_OPEN,
    quantity=Decimal(2),
    type=OrderType.LIMIT,
    duration=Duration.DAY,
    limit_price=Decimal("1.5"),
)
PROTECT = OcoRequest(
    tag="pt-2",
    underlying="SPY",
    symbol="SPY260320C00600000",
    side=OrderSide.SELL_TO_CLOSE,
    quantity=Decimal(2),
    stop_price=Decimal("1.00"),
    target_price=Decimal("3.00"),
)


def test_an_order_travels_as_a_form_to_its_own_host_with_its_own_token() -> None:
    vendor = ScriptedVendor(answer(fixture("tradier", "order_placed.json")))

    placed = tradier(vendor).place(BUY)

    (asked,) = vendor.asked
    assert placed.broker_order_id == "257459"
    assert (asked.method, str(asked.url)) == ("POST", f"{BASE}/v1/accounts/VA00000001/orders")
    assert asked.headers["authorization"] == f"Bearer {TOKEN}"
    assert asked.headers["accept"] == "application/json"
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert vendor.form() == {
        "class": "option",
        "symbol": "SPY",
        "option_symbol": "SPY260320C00600000",
        "side": "buy_to_open",
        "quantity": "2",
        "type": "limit",
        "duration": "day",
        "price": "1.50",
        "tag": "pt-1",
    }


def test_an_oco_indexes_both_orders_and_is_good_till_cancelled() -> None:
    vendor = ScriptedVendor(answer(fixture("tradier", "order_placed.json")))

    tradier(vendor).place_oco(PROTECT)

    form = vendor.form()
    assert (form["class"], form["duration"], form["tag"]) == ("oco", "gtc", "pt-2")
    assert (form["type[0]"], form["price[0]"]) == ("limit", "3.00")
    assert (form["type[1]"], form["stop[1]"]) == ("stop", "1.00")
    assert "price[1]" not in form
    assert "stop[0]" not in form


def test_every_plain_text_that_was_seen_says_what_is_known() -> None:
    """A-12: by status and words; an order that ended is told apart from one that is refused or unknown."""
    for one in json.loads(fixture("tradier", "plaintext_errors.json")):
        said, status = one["body"], one["status"] or 400
        expected: type[VendorError] = Refused
        if said.startswith("order already in finalized state"):
            expected = AlreadyFinal
        elif said.startswith("Unauthorized Account"):
            expected = UnknownOrder
        with pytest.raises(VendorError) as caught:
            tradier(ScriptedVendor(answer(said, status))).cancel("1")

        assert type(caught.value) is expected, said
        assert caught.value.outcome is Outcome.REFUSED


@pytest.mark.parametrize(
    ("side", "words"),
    [
        (OrderSide.BUY_TO_OPEN, "buy"),
        (OrderSide.SELL_TO_CLOSE, "sell"),
        (OrderSide.SELL_TO_OPEN, "sell_short"),
        (OrderSide.BUY_TO_CLOSE, "buy_to_cover"),
    ],
)
def test_shares_travel_and_are_read_in_their_own_words(side: OrderSide, words: str) -> None:
    """Wire notes, 6.3: class equity, no option symbol, sides of shares."""
    shown = {
        "id": 257459,
        "status": "open",
        "class": "equity",
        "symbol": "SPY",
        "side": words,
        "quantity": 100.0,
    }
    vendor = ScriptedVendor(answer(fixture("tradier", "order_placed.json")), answer({"order": shown}))
    broker = tradier(vendor)
    broker.place(replace(BUY, symbol="SPY", side=side, instrument=Instrument.EQUITY))
    form = vendor.form()
    read = broker.read_order("257459")

    assert (form["class"], form["symbol"], form["side"]) == ("equity", "SPY", words)
    assert "option_symbol" not in form
    assert (read.symbol, read.side) == ("SPY", side)


def test_errors_beside_an_order_that_is_read_belong_to_that_order() -> None:
    """Wire notes, section 3: a read of a refused order may carry its errors; its state must not be lost."""
    order = {"id": 257459, "status": "rejected", "class": "option", "quantity": 2.0, "exec_quantity": 0.0}
    body = {"order": order, "errors": {"error": ["Backoffice rejected override of the order.", "X"]}}

    shown = tradier(ScriptedVendor(answer(body))).read_order("257459")

    assert (shown.broker_order_id, shown.status) == ("257459", OrderStatus.REJECTED)


def test_errors_beside_an_order_that_is_sent_refuse_it() -> None:
    """A-12: of a POST the vendor's refusal is the answer."""
    body = {"order": {"id": 1}, "errors": {"error": ["Backoffice rejected override of the order.", "X"]}}

    with pytest.raises(Refused):
        tradier(ScriptedVendor(answer(body))).place(BUY)


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ({"tag": "pt_1"}, "underscore in a tag"),
        ({"tag": ""}, "no tag"),
        ({"quantity": Decimal("1.5")}, "half a contract"),
        ({"quantity": Decimal(0)}, "none"),
        ({"limit_price": None}, "a limit without its price"),
        ({"limit_price": Decimal("1.505")}, "three decimals"),
        ({"type": OrderType.STOP}, "a stop without its price"),
        ({"type": OrderType.MARKET, "duration": Duration.GTC}, "a market order good till cancelled"),
    ],
)
def test_what_tradier_cannot_take_is_refused_before_anything_is_sent(
    broken: dict[str, object], why: str
) -> None:
    vendor = ScriptedVendor()
    request = OrderRequest(**({slot: getattr(BUY, slot) for slot in BUY.__slots__} | broken))

    with pytest.raises(Unsupported) as caught:
        tradier(vendor).place(request)

    assert caught.value.outcome is Outcome.NOT_SENT
    assert vendor.asked == []


@pytest.mark.parametrize(
    ("reply", "error", "outcome"),
    [
        (httpx.ConnectError("refused"), VendorUnreachable, Outcome.NOT_SENT),
        (httpx.ConnectTimeout("late"), VendorUnreachable, Outcome.NOT_SENT),
        (httpx.PoolTimeout("busy"), VendorUnreachable, Outcome.NOT_SENT),
        (answer("", 429), RateLimited, Outcome.NOT_SENT),
        (answer("Invalid parameter, tag: contains invalid characters.", 400), Refused, Outcome.REFUSED),
        (answer("Unauthorized Account: VA00000001", 401), AuthenticationFailed, Outcome.REFUSED),
        (answer("Forbidden", 403), AuthenticationFailed, Outcome.REFUSED),
        (httpx.ReadTimeout("late"), OutcomeUnknown, Outcome.UNKNOWN),
        (httpx.WriteTimeout("late"), OutcomeUnknown, Outcome.UNKNOWN),
        (httpx.ReadError("gone"), OutcomeUnknown, Outcome.UNKNOWN),
        (httpx.RemoteProtocolError("cut"), OutcomeUnknown, Outcome.UNKNOWN),
        (answer("", 500), OutcomeUnknown, Outcome.UNKNOWN),
        (answer("<html>maintenance</html>", 503), OutcomeUnknown, Outcome.UNKNOWN),
        (answer("<html>maintenance</html>", 200), OutcomeUnknown, Outcome.UNKNOWN),
        (answer({"order": {"status": "ok"}}), OutcomeUnknown, Outcome.UNKNOWN),
        (answer("[]"), OutcomeUnknown, Outcome.UNKNOWN),
        (answer("", 302, {"location": "https://elsewhere.example.test/"}), OutcomeUnknown, Outcome.UNKNOWN),
        (answer("Not Found", 404), OutcomeUnknown, Outcome.UNKNOWN),
    ],
)
def test_what_is_known_of_an_order_follows_from_what_came_back_and_it_is_never_sent_twice(
    reply: httpx.Response | Exception, error: type[VendorError], outcome: Outcome
) -> None:
    vendor = ScriptedVendor(reply)

    with pytest.raises(error) as caught:
        tradier(vendor).place(BUY)

    assert type(caught.value) is error
    assert caught.value.outcome is outcome
    assert len(vendor.asked) == 1


@pytest.mark.parametrize(
    ("name", "error", "said"),
    [
        ("order_errors_list.json", InsufficientFunds, "You do not have enough buying power for this trade"),
        ("order_errors_daytrade.json", InsufficientFunds, "day trading buying power"),
        ("order_errors_string.json", Refused, "restricted for option trading"),
        ("order_errors_unexpected_side.json", Refused, "Buy"),
    ],
)
def test_errors_inside_a_200_are_refusals_with_the_brokers_own_sentence(
    name: str, error: type[VendorError], said: str
) -> None:
    with pytest.raises(error) as caught:
        tradier(ScriptedVendor(answer(fixture("tradier", name)))).place(BUY)

    assert type(caught.value) is error
    assert caught.value.outcome is Outcome.REFUSED
    assert said in caught.value.reason
    assert "Backoffice" not in caught.value.reason


def test_every_documented_code_has_its_sentence() -> None:
    documented = {row["code"] for row in json.loads(fixture("tradier", "order_error_codes.json"))}

    assert documented <= set(SENTENCES)


@pytest.mark.parametrize("name", ["fault_401_invalid_token.json", "fault_401_expired_token.json"])
def test_a_gateway_fault_is_the_tokens_even_when_asking_for_one_order(name: str) -> None:
    broker = tradier(ScriptedVendor(answer(fixture("tradier", name), 401)))

    with pytest.raises(AuthenticationFailed) as caught:
        broker.read_order("1")

    assert "Access Token" in caught.value.reason


def test_an_unauthorized_account_means_the_order_only_where_one_was_named() -> None:
    refused = answer("Unauthorized Account: VA00000001", 401)

    with pytest.raises(UnknownOrder):
        tradier(ScriptedVendor(refused)).read_order("4711")
    with pytest.raises(UnknownOrder):
        tradier(ScriptedVendor(refused)).cancel("4711")
    with pytest.raises(AuthenticationFailed):
        tradier(ScriptedVendor(refused)).list_orders()


@pytest.mark.parametrize("state", ["canceled", "filled"])
def test_a_cancel_after_the_end_names_the_state(state: str) -> None:
    vendor = ScriptedVendor(answer(f"order already in finalized state: {state}", 400))

    with pytest.raises(AlreadyFinal) as caught:
        tradier(vendor).cancel("4711")

    assert state in caught.value.reason


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_reads_and_cancels_are_repeated_after_one_and_two_seconds(status: int) -> None:
    clock = HandClock()
    vendor = ScriptedVendor(
        answer("", status), answer("", status), answer(fixture("tradier", "orders_null.json"))
    )

    orders = tradier(vendor, clock=clock).list_orders()

    assert orders.orders == ()
    assert clock.slept == [1.0, 2.0]
    vendor = ScriptedVendor(answer("", status), answer(fixture("tradier", "order_cancel_ok.json")))
    tradier(vendor).cancel("123456")
    assert len(vendor.asked) == 2


def test_after_the_third_try_the_last_answer_decides() -> None:
    vendor = ScriptedVendor(answer("", 502), answer("", 503), answer("", 429, {"Retry-After": "3"}))

    with pytest.raises(RateLimited) as caught:
        tradier(vendor).list_orders()

    assert caught.value.retry_after_seconds == 3.0


def test_a_vendor_that_asks_for_a_short_wait_gets_it_and_for_a_long_one_is_left() -> None:
    clock = HandClock()
    soon = str(int((clock.now() + timedelta(seconds=4)).timestamp() * 1000))
    vendor = ScriptedVendor(
        answer("", 429, {"X-Ratelimit-Expiry": soon}), answer(fixture("tradier", "orders_null.json"))
    )
    tradier(vendor, clock=clock).list_orders()
    impatient = ScriptedVendor(answer("", 429, {"Retry-After": "50"}))
    with pytest.raises(RateLimited) as caught:
        tradier(impatient, clock=clock).list_orders()

    assert clock.slept == [4.0]
    assert caught.value.retry_after_seconds == 50.0
    assert len(impatient.asked) == 1


def test_every_try_is_counted_and_none_is_made_without_budget() -> None:
    spent = OpenBudget(left=0)
    with pytest.raises(BudgetSpent) as caught:
        tradier(ScriptedVendor(), budget=spent).place(BUY)
    assert caught.value.outcome is Outcome.NOT_SENT
    last = OpenBudget(left=1)
    with pytest.raises(OutcomeUnknown):
        tradier(ScriptedVendor(answer("", 503)), budget=last).cancel("1")

    assert last.taken == [Urgency.EXIT]


def test_the_vendors_own_count_is_told_to_the_budget() -> None:
    budget = OpenBudget()
    vendor = ScriptedVendor(
        answer(fixture("tradier", "orders_null.json"), headers={"X-Ratelimit-Available": "3"}),
        answer("", 429, {"X-Ratelimit-Available": "0"}),
        answer(fixture("tradier", "positions_null.json")),
    )
    broker = tradier(vendor, budget=budget)

    broker.list_orders()
    broker.positions()

    assert budget.vendor_said == [3, 0]


def test_calls_of_one_request_share_their_time_and_none_starts_without_any() -> None:
    """A-12: all that one API request waits for together is at most 20 s."""
    clock = HandClock()
    deadline = Deadline(clock)
    vendor = ScriptedVendor(*[answer("", 503)] * 20)
    broker = tradier(vendor, clock=clock, deadline=deadline)

    for _ in range(7):
        with pytest.raises((OutcomeUnknown, VendorUnreachable)):
            broker.list_orders()
    clock.passed = 19.5
    asked = len(vendor.asked)
    with pytest.raises(VendorUnreachable) as caught:
        broker.place(BUY)

    assert clock.passed <= 20
    assert caught.value.outcome is Outcome.NOT_SENT
    assert len(vendor.asked) == asked


def test_a_call_of_a_job_has_thirty_seconds_at_most() -> None:
    vendor = ScriptedVendor(answer(fixture("tradier", "orders_null.json")))

    tradier(vendor).list_orders()

    assert vendor.asked[0].extensions["timeout"]["read"] == 30.0


def test_no_secret_is_in_an_error_its_cause_a_log_or_a_repr(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    vendor = ScriptedVendor(answer(f"bad token {TOKEN}", 401), httpx.ReadError(f"Bearer {TOKEN}"))
    broker = tradier(vendor)
    shown = repr(sandbox())
    for call in (broker.positions, lambda: broker.place(BUY)):
        with pytest.raises(VendorError) as caught:
            call()
        shown += str(caught.value) + repr(caught.value.__cause__) + str(caught.value.reason)

    assert TOKEN not in shown + caplog.text


@pytest.mark.parametrize(
    "given", ["https://h.test", "https://h.test/", "https://h.test/v1", "https://h.test/v1/"]
)
def test_a_base_url_may_come_with_or_without_its_version(given: str) -> None:
    assert sandbox(base_url=given).base_url == "https://h.test/v1"


@pytest.mark.parametrize("token", ["", "two words", "a\nX-Header: b", "tail\n", "é"])
def test_a_token_that_cannot_stand_in_a_header_is_none(token: str) -> None:
    with pytest.raises(ValueError, match="token"):
        sandbox(token=token)


@pytest.mark.parametrize("path", ["1\n", "../VA1", "VA 1", "VA1/orders", ""])
def test_no_id_can_change_the_path(path: str) -> None:
    vendor = ScriptedVendor()

    with pytest.raises(UnknownOrder):
        tradier(vendor).read_order(path)
    with pytest.raises(AuthenticationFailed):
        tradier(vendor, account=path).positions()
    assert vendor.asked == []

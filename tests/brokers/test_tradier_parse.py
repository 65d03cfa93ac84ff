"""Tradier's recorded bodies in papertape's words; the null, empty and single ones count most."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from chalicelib.brokers.interface import BrokerOrder
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.trading.orders import Duration, OrderStatus, OrderType
from chalicelib.vendors.errors import OutcomeUnknown, VendorError
from tests.brokers.support import ScriptedVendor, answer, fixture, tradier

ORDERS = [
    "order_combo_canceled.json",
    "order_multileg_canceled.json",
    "order_multileg_condor_expired.json",
    "order_multileg_credit_filled.json",
    "order_multileg_debit_filled.json",
    "order_oco.json",
    "order_option_expired.json",
    "order_otoco_derived.json",
    "order_rejected_derived.json",
]


def read(name: str) -> BrokerOrder:
    return tradier(ScriptedVendor(answer(fixture("tradier", name)))).read_order("1")


def test_a_filled_order_of_shares_is_read_out_of_a_list_of_one() -> None:
    """A-12: an object where there is one, its legacy price and what is left."""
    body = answer(fixture("tradier", "order_equity_filled.json"))
    (order,) = tradier(ScriptedVendor(body)).list_orders().orders

    assert (order.symbol, order.side, order.status) == ("AAPL", OrderSide.BUY_TO_OPEN, OrderStatus.FILLED)
    assert (order.quantity, order.filled_quantity) == (Decimal(128), Decimal(128))
    assert order.avg_fill_price == Decimal("115.83")


def test_a_history_without_trades_has_no_sales() -> None:
    """A-04: one event, as an object, that is no trade."""
    broker = tradier(ScriptedVendor(answer(fixture("tradier", "history_single.json"))))

    assert broker.sales_since("SPY260320C00600000", date(2018, 5, 1)) == ()


def row(**fields: object) -> dict[str, object]:
    usual: dict[str, object] = {
        "id": 1,
        "status": "open",
        "symbol": "SPY",
        "option_symbol": "SPY260320C00600000",
        "side": "buy_to_open",
        "type": "market",
        "duration": "day",
        "quantity": 2.0,
        "exec_quantity": 0.0,
        "avg_fill_price": 0.0,
    }
    return usual | fields


def read_row(**fields: object) -> BrokerOrder:
    return tradier(ScriptedVendor(answer({"order": row(**fields)}))).read_order("1")


@pytest.mark.parametrize("name", ORDERS)
def test_every_recorded_order_can_be_read(name: str) -> None:
    order = read(name)

    assert order.broker_order_id
    assert all(leg.status for leg in order.alternatives)


def test_an_oco_is_a_parent_without_fields_and_legs_with_their_own() -> None:
    parent = read("order_oco.json")

    target, stop = parent.alternatives
    assert (parent.status, parent.symbol, parent.side, parent.type) == (OrderStatus.FILLED, None, None, None)
    assert parent.tag == target.tag == stop.tag == "StressStrat"
    assert (target.status, target.avg_fill_price) == (OrderStatus.FILLED, Decimal("3.34"))
    assert (stop.status, stop.stop_price, stop.avg_fill_price) == (
        OrderStatus.CANCELED,
        Decimal("2.78"),
        None,
    )
    assert target.symbol == "SPY200101C00150000"
    assert target.updated_at == datetime(2025, 2, 26, 20, 58, 31, 116000, UTC)


def test_a_list_of_one_of_many_and_of_none_read_alike() -> None:
    def listed(name: str) -> tuple[BrokerOrder, ...]:
        return tradier(ScriptedVendor(answer(fixture("tradier", name)))).list_orders().orders

    assert [order.broker_order_id for order in listed("orders_single.json")] == ["123456"]
    assert len(listed("orders_many.json")) == 4
    assert listed("orders_null.json") == ()


@pytest.mark.parametrize("nothing", ["null", None, {}])
def test_every_form_of_nothing_is_an_empty_list(nothing: object) -> None:
    broker = tradier(ScriptedVendor(answer({"orders": nothing}), answer({"positions": nothing})))

    assert broker.list_orders().orders == ()
    assert broker.positions() == ()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"orders": []},
        {"orders": 3},
        {"orders": {"order": [{"id": 1}]}},
        {"orders": {"order": ["null"]}},
        {"orders": {"order": row(status="sleeping")}},
        {"orders": {"order": row(exec_quantity="two")}},
        '{"orders": {"order": [{"id": 1, "sta',
    ],
)
def test_an_unreadable_list_is_never_an_empty_one(body: object) -> None:
    """I-06: a failed or partial answer is never read as "no orders"."""
    with pytest.raises(OutcomeUnknown):
        tradier(ScriptedVendor(answer(body))).list_orders()


def test_the_list_is_read_to_its_end_or_not_at_all() -> None:
    pages = [
        {"orders": {"order": [row(id=page * 1000 + index) for index in range(1000)]}} for page in range(2)
    ]
    vendor = ScriptedVendor(answer(pages[0]), answer(pages[1]), answer({"orders": "null"}))
    orders = tradier(vendor).list_orders().orders

    assert len(orders) == 2000
    assert [request.url.params["page"] for request in vendor.asked] == ["1", "2", "3"]
    assert {request.url.params["includeTags"] for request in vendor.asked} == {"true"}
    with pytest.raises(VendorError):
        tradier(ScriptedVendor(answer(pages[0]), *[answer("", 500)] * 3)).list_orders()


def test_a_vendor_that_ignores_the_page_size_is_read_to_its_end() -> None:
    first = {"orders": {"order": [row(id=index) for index in range(25)]}}
    second = {"orders": {"order": row(id=25)}}

    orders = tradier(ScriptedVendor(answer(first), answer(second))).list_orders().orders

    assert len(orders) == 26


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("open", OrderStatus.OPEN),
        ("partially_filled", OrderStatus.PARTIALLY_FILLED),
        ("expired", OrderStatus.EXPIRED),
        ("canceled", OrderStatus.CANCELED),
        ("pending", OrderStatus.PENDING),
        ("pending_cancel", OrderStatus.OPEN),
        ("rejected", OrderStatus.REJECTED),
        ("error", OrderStatus.REJECTED),
        ("held", OrderStatus.PENDING),
        ("submitted", OrderStatus.PENDING),
        ("calculated", OrderStatus.PENDING),
        ("accepted_for_bidding", OrderStatus.PENDING),
    ],
)
def test_each_documented_state_has_one_of_ours(word: str, status: OrderStatus) -> None:
    assert read_row(status=word).status is status


def test_a_fill_without_its_price_yet_says_so() -> None:
    """Wire, 6.3: `filled` may be readable before `avg_fill_price` is."""
    for late in ({"avg_fill_price": 0.0}, {"avg_fill_price": None}, {"exec_quantity": 0.0}):
        order = read_row(status="filled", **({"exec_quantity": 2.0} | late))

        assert (order.status, order.filled_quantity) == (OrderStatus.FILLED, Decimal(2))
        assert order.avg_fill_price is None


def test_what_is_left_of_a_cancelled_order_is_not_what_was_filled() -> None:
    order = read_row(status="canceled", remaining_quantity=0.0, exec_quantity=1.0, avg_fill_price=1.25)

    assert (order.filled_quantity, order.avg_fill_price) == (Decimal(1), Decimal("1.25"))


def test_a_rejected_order_keeps_the_brokers_reason() -> None:
    order = read("order_rejected_derived.json")

    assert order.status is OrderStatus.REJECTED
    assert order.reason is not None
    assert "buying power" in order.reason


def test_numbers_stay_exact_and_unknown_keys_are_ignored() -> None:
    order = tradier(
        ScriptedVendor(
            answer(
                '{"order": {"id": 7, "status": "filled", "quantity": 50.00000000, "exec_quantity": 50.0,'
                ' "avg_fill_price": 0.10000000000000, "lot_size": 100, "type": "limit", "price": 0.30,'
                ' "side": "sell_to_close", "duration": "gtc"}}'
            )
        )
    ).read_order("7")

    assert (order.avg_fill_price, order.limit_price) == (Decimal("0.1"), Decimal("0.3"))
    assert (order.side, order.type, order.duration) == (
        OrderSide.SELL_TO_CLOSE,
        OrderType.LIMIT,
        Duration.GTC,
    )


def test_positions_are_signed_and_their_cost_is_not() -> None:
    def held(name: str) -> dict[str, tuple[Decimal, Decimal | None]]:
        positions = tradier(ScriptedVendor(answer(fixture("tradier", name)))).positions()
        return {position.symbol: (position.quantity, position.cost_basis) for position in positions}

    assert held("positions_long_short.json")["NFLX"] == (Decimal(-2), Decimal("82.75"))
    assert held("positions_single.json") == {"AAPL": (Decimal(1), Decimal("207.01"))}
    assert held("positions_null.json") == {}
    assert len(held("positions_many.json")) > 1


@pytest.mark.parametrize(
    ("name", "buying_power"),
    [
        ("balances_margin.json", "6363.86"),
        ("balances_pdt_sandbox.json", "90013.2"),
        ("balances_cash.json", "4343.38"),
    ],
)
def test_buying_power_is_read_from_the_block_the_account_has(name: str, buying_power: str) -> None:
    balance = tradier(ScriptedVendor(answer(fixture("tradier", name)))).balance()

    assert balance.buying_power == Decimal(buying_power)
    assert balance.equity is not None
    assert balance.equity > 0


def test_a_token_is_tested_against_its_account() -> None:
    def report(name: str, account: str, status: int = 200) -> tuple[bool, str | None]:
        vendor = ScriptedVendor(answer(fixture("tradier", name), status))
        found = tradier(vendor, account=account).test_connection()
        return found.ok, found.reason

    assert report("profile_many.json", "VA000002") == (True, None)
    assert report("profile_single.json", "VA999999")[0] is False
    assert report("profile_single.json", "")[0] is True, "a token with one account needs no name for it"
    assert report("profile_many.json", "")[0] is False
    assert report("fault_401_invalid_token.json", "VA000002", 401) == (False, "Invalid Access Token")

"""Authentic bodies of tastytrade in papertape's words; what cannot be read is never nothing (I-06)."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

from chalicelib.brokers.errors import AlreadyFinal, Refused, Unsupported
from chalicelib.brokers.interface import CombinedRequest, OcoRequest, RequestLeg
from chalicelib.brokers.padded_symbols import from_padded, to_padded
from chalicelib.brokers.tastytrade.answers import read_answer
from chalicelib.brokers.tastytrade.parse import parse_accounts, parse_balance, parse_positions
from chalicelib.brokers.tastytrade.parse_orders import (
    parse_complex_order,
    parse_orders,
    parse_placed,
    parse_placed_oco,
    parse_single_order,
)
from chalicelib.brokers.tastytrade.payloads import items
from chalicelib.brokers.tastytrade.rules import combined_document, oco_document
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.trading.orders import Duration, OrderStatus, OrderType
from chalicelib.vendors.errors import AuthenticationFailed, OutcomeUnknown, VendorError
from chalicelib.vendors.http import HttpPool, HttpReply
from chalicelib.vendors.wire import UnreadablePayload, read_body
from tests.brokers.support import HandClock, ScriptedVendor, answer, fixture
from tests.brokers.tastytrade_support import tastytrade

SPREAD = CombinedRequest(
    tag="a-tag",
    underlying="SPY",
    legs=(
        RequestLeg(symbol="SPY191018C00295000", side=OrderSide.SELL_TO_OPEN, ratio=1),
        RequestLeg(symbol="SPY191018C00298000", side=OrderSide.BUY_TO_OPEN, ratio=1),
    ),
    quantity=Decimal(1),
    net_price=Decimal("-3.00"),
    duration=Duration.DAY,
)


def body(name: str) -> Mapping[str, object]:
    """Return a recorded body as it is read."""
    return read_body(fixture("tastytrade", f"{name}.json"))


def test_the_list_shows_one_leg_and_several() -> None:
    (single, combined), halves = parse_orders(items(body("orders_live")))

    assert halves == []
    assert (single.symbol, single.side, single.status) == (
        "QQQ191115C00187000",
        OrderSide.BUY_TO_CLOSE,
        OrderStatus.OPEN,
    )
    assert (single.duration, single.type, single.limit_price) == (Duration.GTC, OrderType.LIMIT, Decimal(3))
    assert (combined.symbol, combined.side, combined.status) == ("SPY", None, OrderStatus.CANCELED)
    assert (combined.quantity, combined.limit_price) == (Decimal(1), Decimal("1.27"))
    assert [leg.symbol for leg in combined.legs] == ["SPY191018P00300000", "SPY191018P00270000"]


def test_an_acknowledgement_names_the_order() -> None:
    ids = [
        parse_placed(body(name)).broker_order_id
        for name in ("order_submit_vertical_routed", "order_submit_equity_market_routed_2025")
    ]

    assert ids == ["771043", "270561"]
    assert parse_placed_oco(body("complex_order_oco_response")).broker_order_id == "oco-2000010529"


def test_a_cancel_that_was_asked_for_is_no_end() -> None:
    order = parse_single_order(body("order_cancel_requested"))

    assert (order.status, order.filled_quantity) == (OrderStatus.OPEN, Decimal(0))
    assert order.updated_at == datetime(2023, 7, 31, 15, 33, 56, 722000, UTC)


def test_a_dry_run_is_no_order() -> None:
    """Neither id nor time: whoever took it for an order would look for it for ever."""
    with pytest.raises(UnreadablePayload):
        parse_placed(body("order_dry_run_vertical"))


def test_an_oco_is_its_two_orders() -> None:
    told = body("complex_order_oco_response")["data"]
    assert isinstance(told, dict)
    order = parse_complex_order({"data": told["complex-order"]})

    assert (order.broker_order_id, order.status) == ("oco-2000010529", OrderStatus.PENDING)
    assert [(one.type, one.limit_price, one.stop_price) for one in order.alternatives] == [
        (OrderType.LIMIT, Decimal("200.5"), None),
        (OrderType.STOP, None, Decimal("150.25")),
    ]


@pytest.mark.parametrize("name", ["complex_order_cancel_response", "complex_order_otoco_response"])
def test_a_complex_order_of_another_kind_is_none_of_ours(name: str) -> None:
    told: Any = body(name)["data"]  # Any: JSON
    with pytest.raises(UnreadablePayload):
        parse_complex_order({"data": told.get("complex-order", told)})


def test_positions_have_a_sign_and_mixed_numbers() -> None:
    held = parse_positions(body("positions_list_2025_2026"))

    assert held
    assert all(position.quantity for position in held)
    assert all(position.cost_basis is None or position.cost_basis >= 0 for position in held)
    recorded: Any = json.loads(fixture("tastytrade", "positions_list_2025_2026.json"))  # Any: JSON
    signs = {row["symbol"]: row["quantity-direction"] for row in recorded["data"]["items"]}
    assert {position.quantity > 0 for position in held if signs.get(position.symbol) == "Short"} <= {False}


def test_money_is_read_from_both_forms_of_an_answer() -> None:
    documented, recorded = parse_balance(body("balances_doc_2023")), body("balances_single_object_zero_2025")

    assert documented.cash is not None
    assert parse_balance(recorded).cash == 0
    assert parse_balance({"data": {"items": [recorded["data"]]}}) == parse_balance(recorded)
    with pytest.raises(UnreadablePayload):
        parse_balance({"data": {"items": []}})


def test_an_account_is_the_grants_or_is_not() -> None:
    told = body("accounts_list_shape")

    assert parse_accounts(told, "").account_id == "5WT00001"
    assert parse_accounts(told, "5WT00001").ok
    assert not parse_accounts(told, "5WT00099").ok


def test_a_grant_that_may_only_look_cannot_be_connected() -> None:
    told: Any = json.loads(fixture("tastytrade", "accounts_list_shape.json"))  # Any: JSON
    told["data"]["items"][0]["authority-level"] = "read-only"

    report = parse_accounts(told, "5WT00001")
    assert (report.ok, report.reason) == (False, "This grant may look at the account and not trade in it")


@pytest.mark.parametrize(
    ("name", "status", "kind", "said"),
    [
        ("error_cannot_update_order", 422, AlreadyFinal, "the order could not be cancelled"),
        ("error_invalid_credentials", 401, AuthenticationFailed, "Invalid login"),
        ("error_not_permitted", 403, AuthenticationFailed, "User not permitted access"),
        ("error_preflight_cant_buy_for_credit", 422, Refused, "You cannot buy for a credit."),
        ("error_preflight_gtc_market", 422, Refused, "GTC/GTD Market orders are not supported."),
    ],
)
def test_refusals_are_sorted_by_their_codes(
    name: str, status: int, kind: type[VendorError], said: str
) -> None:
    """A-12: what is then known of the order decides all that follows."""
    reply = HttpReply(status=status, text=fixture("tastytrade", f"{name}.json"), headers={})
    with pytest.raises(kind) as caught:
        read_answer(reply, about_order=True, retry_after_seconds=None)

    assert caught.value.reason.startswith(said)


def test_a_page_of_the_proxy_is_no_refusal_with_a_reason() -> None:
    reply = HttpReply(status=401, text="<html>401</html>", headers={})
    with pytest.raises(AuthenticationFailed) as caught:
        read_answer(reply, about_order=False, retry_after_seconds=None)

    assert caught.value.reason == "tastytrade answered with status 401"


def test_an_oco_is_written_as_the_vendor_shows_it() -> None:
    wanted: Any = json.loads(fixture("tastytrade", "request_oco.json"))  # Any: JSON
    request = OcoRequest(
        tag="a-tag",
        underlying="SPY",
        symbol="SPY260320C00600000",
        side=OrderSide.SELL_TO_CLOSE,
        quantity=Decimal(100),
        stop_price=Decimal("150.25"),
        target_price=Decimal("200.50"),
    )
    written: Any = oco_document(request)  # Any: JSON

    assert written["type"] == wanted["type"]
    for ours, theirs in zip(written["orders"], wanted["orders"], strict=True):
        leg = {**theirs["legs"][0], "symbol": "SPY   260320C00600000", "instrument-type": "Equity Option"}
        assert ours["legs"] == [leg]
        assert set(theirs) <= set(ours)
        assert {Decimal(str(theirs[name])) for name in ("price", "stop-trigger") if name in theirs} == {
            Decimal(ours[name]) for name in ("price", "stop-trigger") if name in ours
        }


@pytest.mark.parametrize(
    ("net_price", "told"),
    [
        ("-3.00", {"price": "3.00", "price-effect": "Credit"}),
        ("3.00", {"price": "3.00", "price-effect": "Debit"}),
        ("0", {"price": "0.00"}),
    ],
)
def test_a_net_price_is_never_below_zero_and_has_an_effect(net_price: str, told: dict[str, str]) -> None:
    """B-10: debit, credit, even."""
    written = combined_document(replace(SPREAD, net_price=Decimal(net_price)))

    assert {name: written[name] for name in ("price", "price-effect") if name in written} == told
    assert written["advanced-instructions"] == {"strict-position-effect-validation": True}


def test_coins_are_not_sent() -> None:
    coin = replace(SPREAD.legs[0], instrument=Instrument.CRYPTO)
    with pytest.raises(Unsupported):
        combined_document(replace(SPREAD, legs=(coin, SPREAD.legs[1])))


def test_symbols_go_round_padded_to_twenty_one_characters() -> None:
    cases = json.loads(fixture("symbols", "option_symbol_cases.json"))
    listed = [one for one in (cases if isinstance(cases, list) else cases["cases"]) if one.get("osi")]

    assert len(listed) > 40
    for case in listed:
        padded = to_padded(case["osi"])
        assert (padded, len(padded)) == (case["osi"], 21)
        assert to_padded(from_padded(padded)) == padded


def test_an_execution_shown_twice_counts_once() -> None:
    """I-07: executions are told apart by their ids."""
    order = _filled([("f-1", 1, "2.00"), ("f-2", 1, "2.50"), ("f-2", 1, "2.50")])

    assert (order.filled_quantity, order.avg_fill_price) == (Decimal(2), Decimal("2.25"))


def test_without_all_its_executions_a_fill_has_no_price_yet() -> None:
    order = _filled([("f-1", 1, "2.00")])

    assert (order.status, order.filled_quantity, order.avg_fill_price) == (
        OrderStatus.FILLED,
        Decimal(2),
        None,
    )


def _filled(fills: list[tuple[str, int, str]]) -> Any:  # Any: an order
    row = {
        "id": 1,
        "status": "Filled",
        "order-type": "Market",
        "time-in-force": "Day",
        "legs": [
            {
                "symbol": "SPY   260320C00600000",
                "action": "Buy to Open",
                "quantity": 2,
                "remaining-quantity": 0,
                "fills": [
                    {"fill-id": name, "quantity": quantity, "fill-price": price}
                    for name, quantity, price in fills
                ],
            }
        ],
    }
    return parse_single_order({"data": row})


def page(number: int, total: int, *ids: int) -> httpx.Response:
    """Return one page of a list of orders."""
    rows = [{**_row(), "id": one} for one in ids]
    told = {"per-page": 200, "page-offset": number, "total-items": total, "total-pages": 2}
    return answer({"data": {"items": rows}, "pagination": told})


def _row() -> dict[str, object]:
    leg = {"symbol": "SPY", "action": "Buy to Open", "quantity": 1, "remaining-quantity": 1, "fills": []}
    return {"status": "Live", "order-type": "Limit", "time-in-force": "Day", "price": "1.0", "legs": [leg]}


def test_a_list_is_read_to_its_last_page_or_not_at_all() -> None:
    """I-06: an order that moved between two pages is not taken for gone."""
    token = answer({"access_token": "a-token", "token_type": "Bearer", "expires_in": 900})
    whole = ScriptedVendor(token, page(0, 3, 1, 2), page(1, 3, 3))
    assert len(tastytrade(HttpPool(whole), HandClock()).list_orders().orders) == 3
    moved = ScriptedVendor(token, page(0, 3, 1, 2), page(1, 3, 2))

    with pytest.raises(OutcomeUnknown):
        tastytrade(HttpPool(moved), HandClock()).list_orders()

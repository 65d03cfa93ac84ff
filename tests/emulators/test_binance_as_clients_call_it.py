"""What third-party clients of Binance send, and what they read in an answer (C-06).

Written down from runs of ccxt 4.5.90 and binance-sdk-spot 13.3.0 against the emulator: markets, balances,
orders of all kinds, pairs, cancel and replace, trades, refusals.
"""

import hashlib
import hmac
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from tests.emulators.test_binance_trading import HOST, KEY, SECRET, Trader


@pytest.fixture
def trader() -> Trader:
    return Trader()


def ccxt(trader: Trader, path: str, **asked: Any) -> httpx.Response:  # Any: texts
    """Call as ccxt does: everything, the signature too, in the form of the body."""
    at = int(trader.outside.clock().timestamp() * 1000)
    text = urlencode({"timestamp": at, "recvWindow": 10_000, **asked})
    signature = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
    headers = {"X-MBX-APIKEY": KEY, "Content-Type": "application/x-www-form-urlencoded"}
    return trader.http.post(f"{HOST}{path}", content=f"{text}&signature={signature}", headers=headers)


def test_a_signed_form_in_the_body_places_an_order(trader: Trader) -> None:
    """ccxt: POST by form; `newOrderRespType` FULL for a fee and an average from the fills."""
    asked = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"}
    placed = ccxt(trader, "/order", newClientOrderId="x-TKT5PX2F1", newOrderRespType="FULL", **asked)

    assert placed.status_code == 200
    assert placed.json()["fills"][0]["commissionAsset"] == "BTC"
    assert placed.json()["clientOrderId"] == "x-TKT5PX2F1"


def test_an_edit_is_a_cancel_and_a_new_order(trader: Trader) -> None:
    """ccxt edits by cancelReplace, in the body, and takes `newOrderResponse` for the order."""
    old = trader.done("POST", "/order", **trader.limit("1.1"))
    new = trader.limit("1.2", newOrderRespType="RESULT", cancelReplaceMode="STOP_ON_FAILURE")
    edited = ccxt(trader, "/order/cancelReplace", cancelOrderId=old["orderId"], **new)

    assert edited.status_code == 200
    assert edited.json()["newOrderResponse"]["status"] == "NEW"
    assert edited.json()["newOrderResponse"]["orderId"] != old["orderId"]


def test_numbers_may_have_one_place_and_lists_are_asked_for_by_number(trader: Trader) -> None:
    """binance-sdk-spot: query strings, floats, an order list by `orderListId`, cancelled as a whole."""
    price = trader.last() * 110 // 100
    asked = trader.limit("1.1", price=f"{price}.0", quantity="0.01")
    assert trader.ask("POST", "/order", **asked).status_code == 200
    pair = trader.done("POST", "/orderList/oco", **trader.oco())
    ended = trader.done("DELETE", "/orderList", symbol="BTCUSDT", orderListId=pair["orderListId"])

    assert ended["listOrderStatus"] == "ALL_DONE"
    assert len(trader.done("DELETE", "/openOrders", symbol="BTCUSDT")) == 1

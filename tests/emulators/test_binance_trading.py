"""The signed calls of the Binance emulator: who may ask, what orders do, what is refused (C-06)."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chalicelib.brokers.binance.credentials import BinanceCredentials
from infra.local.emulators.binance.trading.orders import CoinBook, Side
from infra.local.emulators.binance.trading.signing import ApiKey
from infra.local.emulators.keeping import restore_world, save_world
from infra.local.emulators.serving.transport import EmulatorTransport
from tests.emulators.support import Outside, fixture

ACCOUNT, KEY, SECRET = "100000001", "k" * 64, "s" * 64
HOST = "https://testnet.binance.vision/api/v3"


class Trader:
    """A client that signs as the documentation says, on an account with a bitcoin and dollars."""

    def __init__(self) -> None:
        self.outside = Outside()
        self.outside.clock.at = datetime(2026, 2, 21, 12, 34, 30, tzinfo=UTC)
        self.desk = self.outside.world.binance_testnet.desk
        self.desk.add_account(
            ACCOUNT, key=KEY, secret=SECRET, balances={"USDT": Decimal(50_000), "BTC": Decimal(1)}
        )
        self.http = httpx.Client(transport=EmulatorTransport(self.outside.world.hosts()))
        self.secret = SECRET

    @property
    def book(self) -> CoinBook:
        return self.desk.book(ACCOUNT)

    def ask(self, method: str, path: str, *, late_ms: int = 0, **asked: Any) -> httpx.Response:  # Any: texts
        at = int(self.outside.clock().timestamp() * 1000) - late_ms
        text = urlencode({**asked, "timestamp": at}, quote_via=quote)
        signed = BinanceCredentials(api_key=KEY, api_secret=self.secret).sign(text.encode())
        url = f"{HOST}{path}?{text}&signature={quote(signed, safe='')}"
        return self.http.request(method, url, headers={"X-MBX-APIKEY": KEY})

    def done(self, method: str, path: str, **asked: Any) -> Any:
        answer = self.ask(method, path, **asked)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def last(self) -> Decimal:
        return self.desk.floor.till.last("BTCUSDT", self.outside.clock())

    def level(self, share: str) -> str:
        return str((self.last() * Decimal(share)).quantize(Decimal("0.01")))

    def jump(self, share: str) -> None:
        self.outside.clock.forward(seconds=30)
        price = float(self.level(share))
        self.outside.world.simulated.crypto.bend("BTCUSDT", [(0.0, price)], self.outside.clock())
        self.outside.clock.forward(seconds=2)

    def limit(self, share: str, **more: Any) -> dict[str, Any]:  # Any: as above
        return {
            "symbol": "BTCUSDT",
            "side": "SELL",
            "type": "LIMIT",
            "timeInForce": "GTC",
            "quantity": "0.01",
            "price": self.level(share),
            **more,
        }

    def oco(self, stop: str = "0.9", target: str = "1.1") -> dict[str, Any]:
        return {
            "symbol": "BTCUSDT",
            "side": "SELL",
            "quantity": "0.01",
            "aboveType": "LIMIT_MAKER",
            "abovePrice": self.level(target),
            "belowType": "STOP_LOSS_LIMIT",
            "belowStopPrice": self.level(stop),
            "belowPrice": str((Decimal(self.level(stop)) * Decimal("0.995")).quantize(Decimal("0.01"))),
            "belowTimeInForce": "GTC",
        }


@pytest.fixture
def trader() -> Trader:
    return Trader()


def code(answer: httpx.Response) -> tuple[int, int]:
    return answer.status_code, answer.json()["code"]


def test_the_documented_signatures_hold() -> None:
    """C-06: HMAC and Ed25519, by the vectors of the documentation."""
    vectors: Any = fixture("binance", "signing_vectors.json")
    for one in vectors["hmac_sha256"]:
        signed = BinanceCredentials(api_key=KEY, api_secret=one["secret"]).sign(one["payload"].encode())
        assert signed == one["signature_hex"]
        key = ApiKey(key=KEY, account_id=ACCOUNT, secret=one["secret"])
        assert key.verifies(one["payload"].encode(), one["signature_hex"].upper())
    for one in vectors["ed25519"]:
        private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(one["seed_hex"]))
        public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        key = ApiKey(key=KEY, account_id=ACCOUNT, public_key=public.decode())
        assert key.verifies(one["payload"].encode(), one["signature_base64"])
        assert not key.verifies(one["payload"].encode(), one["signature_base64"].lower())


def test_who_is_not_let_in(trader: Trader) -> None:
    """C-06: the clock rule with both its texts, keys and signatures."""
    assert code(trader.ask("GET", "/account", late_ms=5001)) == (400, -1021)
    assert code(trader.ask("GET", "/account", late_ms=-1000)) == (400, -1021)
    assert trader.ask("GET", "/account", late_ms=9000, recvWindow=10_000).status_code == 200
    assert code(trader.ask("GET", "/account", recvWindow=60_001)) == (400, -1131)
    trader.secret = "x" * 64
    assert code(trader.ask("GET", "/account")) == (400, -1022)
    trader.desk.revoke(KEY)
    assert code(trader.ask("GET", "/account")) == (401, -2015)


@pytest.mark.parametrize(
    ("name", "path", "asked"),
    [
        ("account.json", "/account", {}),
        ("rate_limit_order.json", "/rateLimit/order", {}),
        ("account_commission.json", "/account/commission", {"symbol": "BTCUSDT"}),
    ],
)
def test_accounts_have_the_documented_form(
    trader: Trader, name: str, path: str, asked: dict[str, Any]
) -> None:
    recorded: Any = fixture("binance", name)
    found = trader.done("GET", path, **asked)

    first, known = (found[0], recorded[0]) if isinstance(found, list) else (found, recorded)
    assert list(first) == list(known)


def test_orders_have_the_documented_form(trader: Trader) -> None:
    placed = trader.done("POST", "/order", **trader.limit("1.1", newOrderRespType="ACK"))
    assert list(placed) == list(fixture("binance", "order_new_ack.json"))
    shown = trader.done("GET", "/order", symbol="BTCUSDT", orderId=placed["orderId"])
    assert set(shown) == set(fixture("binance", "order_query.json"))
    gone = trader.done("DELETE", "/order", symbol="BTCUSDT", orderId=placed["orderId"])
    assert list(gone) == list(fixture("binance", "order_cancel.json"))
    bought = trader.done("POST", "/order", symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.01")
    recorded: Any = fixture("binance", "order_new_full_market_fills.json")
    assert (list(bought), list(bought["fills"][0])) == (list(recorded), list(recorded["fills"][0]))
    trades: Any = fixture("binance", "my_trades.json")
    assert list(trader.done("GET", "/myTrades", symbol="BTCUSDT")[0]) == list(trades[0])
    assert bought["fills"][0]["commissionAsset"] == "BTC"
    pair = trader.done("POST", "/orderList/oco", **trader.oco())
    listed: Any = fixture("binance", "oco_order_list_result.json")
    assert list(pair) == list(listed)
    assert [one["type"] for one in pair["orderReports"]] == ["STOP_LOSS_LIMIT", "LIMIT_MAKER"]


def test_a_pair_holds_its_coins_once_and_its_loser_expires(trader: Trader) -> None:
    """C-06: order lists; a stop-limit that is leapt over is triggered and stays, the position is open."""
    pair = trader.done("POST", "/orderList/oco", **trader.oco())
    assert (trader.book.balance("BTC").free, trader.book.balance("BTC").locked) == (
        Decimal("0.99"),
        Decimal("0.01"),
    )
    trader.jump("0.8")
    stop, target = (
        trader.done("GET", "/order", symbol="BTCUSDT", orderId=one["orderId"]) for one in pair["orders"]
    )
    assert (stop["status"], stop["isWorking"]) == ("NEW", True)
    assert (target["status"], target["expiryReason"]) == ("EXPIRED", "OCO_TRIGGER")

    trader.jump("1.3")
    stop = trader.done("GET", "/order", symbol="BTCUSDT", orderId=stop["orderId"])
    assert stop["status"] == "FILLED"
    assert trader.done("GET", "/orderList", orderListId=pair["orderListId"])["listOrderStatus"] == "ALL_DONE"
    assert (trader.book.balance("BTC").free, trader.book.balance("BTC").locked) == (
        Decimal("0.99"),
        Decimal(0),
    )


def test_an_entry_with_its_bracket_in_one_call(trader: Trader) -> None:
    asked = {
        "symbol": "BTCUSDT",
        "workingType": "LIMIT",
        "workingSide": "BUY",
        "workingPrice": trader.level("0.99"),
        "workingQuantity": "0.02",
        "workingTimeInForce": "GTC",
        "pendingSide": "SELL",
        "pendingQuantity": "0.01",
        "pendingAboveType": "LIMIT_MAKER",
        "pendingAbovePrice": trader.level("1.2"),
        "pendingBelowType": "STOP_LOSS_LIMIT",
        "pendingBelowStopPrice": trader.level("0.8"),
        "pendingBelowPrice": trader.level("0.79"),
        "pendingBelowTimeInForce": "GTC",
    }
    placed = trader.done("POST", "/orderList/otoco", **asked)
    assert [one["status"] for one in placed["orderReports"]] == ["NEW", "PENDING_NEW", "PENDING_NEW"]
    trader.jump("0.98")

    assert [one["status"] for one in trader.done("GET", "/openOrders", symbol="BTCUSDT")] == ["NEW", "NEW"]
    assert trader.book.balance("BTC").locked == Decimal("0.01")


def test_cancel_and_replace_is_not_one_act(trader: Trader) -> None:
    """C-06: each half has an outcome of its own; 409 leaves a position without its stop."""
    old = trader.done("POST", "/order", **trader.limit("1.1"))
    would_take = trader.limit("0.9", type="LIMIT_MAKER", cancelReplaceMode="STOP_ON_FAILURE")
    del would_take["timeInForce"]
    half = trader.ask("POST", "/order/cancelReplace", cancelOrderId=old["orderId"], **would_take)
    assert code(half) == (409, -2021)
    recorded: Any = fixture("binance", "cancel_replace_409_cancel_ok_new_failed.json")
    assert list(half.json()["data"]) == list(recorded["data"])
    assert half.json()["data"]["newOrderResponse"]["code"] == -2010

    again = trader.limit("1.2", cancelReplaceMode="STOP_ON_FAILURE", cancelOrderId=old["orderId"])
    assert code(trader.ask("POST", "/order/cancelReplace", **again)) == (400, -2022)
    again["cancelReplaceMode"] = "ALLOW_FAILURE"
    other = trader.ask("POST", "/order/cancelReplace", **again)
    assert code(other) == (409, -2021)
    assert other.json()["data"]["cancelResult"] == "FAILURE"


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        ({"quantity": "0.000015"}, (400, -1013)),
        ({"quantity": "0.000000001"}, (400, -1111)),
        ({"quantity": "2"}, (400, -2010)),
        ({"price": "95000.001"}, (400, -1013)),
        ({"price": "1"}, (400, -1013)),
        ({"type": "STOP_LOSS", "stopPrice": "90000"}, (400, -2010)),
        ({"type": "BEST"}, (400, -1116)),
        ({"timeInForce": ""}, (400, -1102)),
        ({"newClientOrderId": "no blanks"}, (400, -1100)),
        ({"nonsense": "1"}, (400, -1104)),
        ({"symbol": "NOSUCH"}, (400, -1121)),
    ],
)
def test_what_an_order_is_refused_for(
    trader: Trader, changed: dict[str, Any], refused: tuple[int, int]
) -> None:
    """C-06: filters, balances and parameters by the exchange's codes."""
    assert code(trader.ask("POST", "/order", **{**trader.limit("1.1"), **changed})) == refused
    assert not trader.book.orders


def test_ids_are_unique_among_open_orders_alone(trader: Trader) -> None:
    first = trader.done("POST", "/order", **trader.limit("1.1", newClientOrderId="mine"))
    again = trader.limit("1.2", newClientOrderId="mine")
    assert trader.ask("POST", "/order", **again).json()["msg"] == "Duplicate order sent."
    trader.done("DELETE", "/order", symbol="BTCUSDT", origClientOrderId="mine")
    assert code(trader.ask("DELETE", "/order", symbol="BTCUSDT", orderId=first["orderId"])) == (400, -2011)
    assert trader.done("POST", "/order", **again)["orderId"] > first["orderId"]


def test_five_stops_of_a_pair_and_a_hundred_orders_in_ten_seconds(trader: Trader) -> None:
    """C-06: the symbol's limits, and the account's, which other accounts do not share."""
    for _ in range(5):
        trader.done("POST", "/orderList/oco", **trader.oco())
    assert code(trader.ask("POST", "/orderList/oco", **trader.oco())) == (400, -1013)
    for _ in range(90):
        last = trader.ask("POST", "/order", **trader.limit("1.1", quantity="0.001"))
    assert last.headers["X-MBX-ORDER-COUNT-10S"] == "100"
    late = trader.ask("POST", "/order", **trader.limit("1.1", quantity="0.001"))
    assert code(late) == (429, -1015)
    assert int(late.headers["Retry-After"]) == 10
    trader.outside.clock.forward(seconds=10)
    assert trader.ask("POST", "/order", **trader.limit("1.1", quantity="0.001")).status_code == 200


def test_weights_are_told_and_what_went_well_weighs_nothing(trader: Trader) -> None:
    used = int(trader.ask("GET", "/account").headers["X-MBX-USED-WEIGHT-1M"])
    placed = trader.ask("POST", "/order", **trader.limit("1.1"))
    assert int(placed.headers["X-MBX-USED-WEIGHT-1M"]) == used
    refused = trader.ask("POST", "/order", **trader.limit("1.1", quantity="7"))
    assert int(refused.headers["X-MBX-USED-WEIGHT-1M"]) == used + 1


def test_a_person_trades_there_too_and_it_is_kept_between_two_runs(trader: Trader, tmp_path: Any) -> None:
    """C-06: account changes from outside; a restart finds orders and balances."""
    now = trader.outside.clock()
    pair = trader.done("POST", "/orderList/oco", **trader.oco())
    trader.desk.trade_by_hand(ACCOUNT, "BTCUSDT", Side.SELL, Decimal("0.5"), now)
    trader.desk.move_money(ACCOUNT, "USDT", Decimal(-1000))
    trader.desk.cancel_by_hand(ACCOUNT, pair["orders"][0]["orderId"], now)
    shown = trader.done("GET", "/account", omitZeroBalances="true")["balances"]
    assert {one["asset"]: one["free"] for one in shown}["BTC"] == "0.50000000"

    save_world(trader.outside.world, tmp_path / "world.json")
    later = Trader()
    restore_world(later.outside.world, tmp_path / "world.json")
    assert later.desk.orders(ACCOUNT) == trader.desk.orders(ACCOUNT)
    assert later.desk.balances(ACCOUNT) == trader.desk.balances(ACCOUNT)
    assert json.dumps(later.desk.order_lists(ACCOUNT)) == json.dumps(trader.desk.order_lists(ACCOUNT))


def test_an_order_meets_no_price_of_before_it_came(trader: Trader) -> None:
    """C-06: nothing rested meanwhile; what the market did then is over when the next order comes."""
    trader.done("POST", "/order", **trader.limit("0.99"))
    trader.jump("1.05")
    trader.jump("0.97")
    placed = trader.done("POST", "/order", **trader.limit("1.02"))
    trader.outside.clock.forward(seconds=5)
    trader.desk.catch_up(trader.outside.clock())

    assert trader.book.orders[placed["orderId"]].is_open


def test_a_cancel_that_loses_finds_the_order_filled(trader: Trader) -> None:
    """C-06: refused as unknown; the pair's nearer order has traded at its own price, the other is over."""
    placed = trader.done("POST", "/orderList/oco", **trader.oco("0.95", "1.2"))
    trader.outside.world.faults.arm_from({"vendor": "binance", "kind": "cancel_loses"})
    lost = trader.ask("DELETE", "/orderList", symbol="BTCUSDT", orderListId=placed["orderListId"])

    assert code(lost) == (400, -2011)
    assert sorted(one.state.value for one in trader.book.orders.values()) == ["EXPIRED", "FILLED"]
    (trade,) = trader.book.trades
    assert trade.price == Decimal(trader.level("0.95"))


def test_an_answer_that_says_nothing_may_follow_what_was_done(trader: Trader) -> None:
    """C-06: -1007 after the order was taken."""
    body = {"code": -1007, "msg": "Timeout waiting for response from backend server."}
    wish = {
        "vendor": "binance",
        "kind": "status_after",
        "match": {"path": "/order"},
        "code": 504,
        "body": body,
    }
    trader.outside.world.faults.arm_from(wish)
    unknown = trader.ask("POST", "/order", **trader.limit("1.1"))

    assert code(unknown) == (504, -1007)
    assert len(trader.book.orders) == 1


def test_a_clock_that_drifts_refuses_who_does_not_ask_for_its_time(trader: Trader) -> None:
    """C-06: -1021 both ways; what happens there keeps to everybody's time."""
    emulator = trader.outside.world.binance_testnet
    for ahead in (30, -30):
        emulator.clock_ahead = timedelta(seconds=ahead)
        assert code(trader.ask("GET", "/account")) == (400, -1021)
        told = trader.http.get(f"{HOST}/time").json()["serverTime"]
        assert round(told / 1000 - trader.outside.clock().timestamp()) == ahead
        trader.done("GET", "/account", late_ms=-1000 * ahead)


def test_others_behind_the_address_use_up_its_weight(trader: Trader) -> None:
    """C-06: the headers tell of it, and the next call is one too many."""
    trader.outside.world.binance_testnet.others_use(5_990)
    asked = trader.ask("GET", "/order", symbol="BTCUSDT", orderId=1)
    assert asked.headers["X-MBX-USED-WEIGHT-1M"] == "5994"

    refused = trader.ask("GET", "/account")
    assert (refused.status_code, "Retry-After" in refused.headers) == (429, True)

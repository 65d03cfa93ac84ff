"""Drives an emulator of Binance's signed API by the client `ccxt` of PyPI; tells in JSON what it came to."""

import json
import sys
from collections.abc import Callable
from typing import Any  # a client without types here

import ccxt

SYMBOL = "BTC/USDT"


def client(url: str, key: str, secret: str, **options: object) -> ccxt.binance:
    """Return a client of spot alone, whose calls go to the emulator."""
    options = {
        "fetchCurrencies": False,
        "fetchMargins": False,
        "fetchMarkets": {"types": ["spot"]},
        **options,
    }
    exchange = ccxt.binance({"apiKey": key, "secret": secret, "options": options})
    exchange.urls["api"] = dict.fromkeys(("public", "private"), f"{url}/api/v3")
    return exchange


def refused(call: Callable[[], object]) -> str:
    """Return what the client makes of a refusal."""
    try:
        call()
    except ccxt.BaseError as error:
        return type(error).__name__
    return ""


def of_orders(exchange: ccxt.binance, price: float) -> dict[str, Any]:
    told: dict[str, Any] = {}
    limit = exchange.create_order(
        SYMBOL, "limit", "sell", 0.01, exchange.price_to_precision(SYMBOL, price * 1.1)
    )
    told["limit"] = [limit["status"], limit["type"], limit["amount"], limit["filled"]]
    told["open"] = [one["id"] == limit["id"] for one in exchange.fetch_open_orders(SYMBOL)]
    edited = exchange.edit_order(
        limit["id"], SYMBOL, "limit", "sell", 0.02, exchange.price_to_precision(SYMBOL, price * 1.2)
    )
    told["edited"] = [edited["status"], edited["amount"], edited["id"] != limit["id"]]
    told["before"] = exchange.fetch_order(limit["id"], SYMBOL)["status"]
    told["canceled"] = exchange.cancel_order(edited["id"], SYMBOL)["status"]
    told["twice"] = refused(lambda: exchange.cancel_order(edited["id"], SYMBOL))
    stop = exchange.create_order(
        SYMBOL,
        "limit",
        "sell",
        0.01,
        exchange.price_to_precision(SYMBOL, price * 0.89),
        {"stopLossPrice": exchange.price_to_precision(SYMBOL, price * 0.9)},
    )
    told["stop"] = [stop["type"], exchange.fetch_order(stop["id"], SYMBOL)["status"]]
    told["all canceled"] = [one["status"] for one in exchange.cancel_all_orders(SYMBOL)]
    return told


def of_trades(exchange: ccxt.binance) -> dict[str, Any]:
    told: dict[str, Any] = {}
    bought = exchange.create_order(SYMBOL, "market", "buy", 0.02)
    told["bought"] = [bought["status"], bought["filled"], bought["fee"]["currency"]]
    (trade,) = exchange.fetch_my_trades(SYMBOL)
    told["trade"] = [trade["order"] == bought["id"], trade["side"], trade["amount"], trade["takerOrMaker"]]
    told["costs the same"] = trade["cost"] == bought["cost"]
    balance = exchange.fetch_balance()
    told["btc"] = [balance["BTC"]["free"], balance["BTC"]["used"]]
    return told


def of_pairs(exchange: ccxt.binance, price: float) -> dict[str, Any]:
    """ccxt has no unified OCO for spot: its generated methods send the pair in the exchange's own words."""
    told: dict[str, Any] = {}
    at = {
        name: exchange.price_to_precision(SYMBOL, price * share)
        for name, share in (("abovePrice", 1.1), ("belowStopPrice", 0.9), ("belowPrice", 0.89))
    }
    ask = {"symbol": "BTCUSDT", "side": "SELL", "quantity": "0.01", "aboveType": "LIMIT_MAKER"}
    ask |= {"belowType": "STOP_LOSS_LIMIT", "belowTimeInForce": "GTC", **at}
    pair = exchange.private_post_orderlist_oco(ask)
    told["pair"] = [pair["contingencyType"], pair["listOrderStatus"], len(pair["orders"])]
    told["legs"] = sorted(one["type"] for one in exchange.fetch_open_orders(SYMBOL))
    (listed,) = exchange.private_get_openorderlist()
    told["listed"] = listed["orderListId"] == pair["orderListId"]
    told["held"] = exchange.fetch_balance()["BTC"]["used"]
    ended = exchange.private_delete_orderlist({"symbol": "BTCUSDT", "orderListId": pair["orderListId"]})
    told["ended"] = [ended["listOrderStatus"], [one["status"] for one in ended["orderReports"]]]
    return told


def drive(url: str, key: str, secret: str) -> dict[str, Any]:
    told: dict[str, Any] = {"by its own clock": refused(client(url, key, secret).fetch_balance)}
    exchange = client(url, key, secret, adjustForTimeDifference=True)
    market = exchange.load_markets()[SYMBOL]
    told["limits"] = [market["limits"]["amount"]["min"], market["precision"]["price"], market["active"]]
    balance = exchange.fetch_balance()
    told["balance"] = [balance["USDT"]["free"], balance["BTC"]["total"]]
    price = exchange.fetch_ticker(SYMBOL)["last"]
    told |= of_orders(exchange, price) | of_pairs(exchange, price) | of_trades(exchange)
    told["too much"] = refused(lambda: exchange.create_order(SYMBOL, "market", "sell", 5))
    another = client(url, key, "another", adjustForTimeDifference=True)
    told["another secret"] = refused(another.fetch_balance)
    return told


if __name__ == "__main__":
    print(json.dumps(drive(**json.loads(sys.argv[1]))))

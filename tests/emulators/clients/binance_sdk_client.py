"""Drives an emulator of Binance's signed API by the exchange's own SDK (PyPI `binance-sdk-spot`).

Tells in JSON what it came to. The SDK warns of an answer that does not fit its models: those are told, too.
"""

import json
import logging
import sys
from collections.abc import Callable
from typing import Any  # a client without types here

import clock
from binance_common.configuration import ConfigurationRestAPI
from binance_common.errors import BadRequestError, UnauthorizedError
from binance_sdk_spot import Spot
from binance_sdk_spot.rest_api import SpotRestAPI
from binance_sdk_spot.rest_api.models import (
    NewOrderSideEnum,
    NewOrderTimeInForceEnum,
    NewOrderTypeEnum,
    OrderCancelReplaceCancelReplaceModeEnum,
    OrderCancelReplaceSideEnum,
    OrderCancelReplaceTimeInForceEnum,
    OrderCancelReplaceTypeEnum,
    OrderListOcoAboveTypeEnum,
    OrderListOcoBelowTimeInForceEnum,
    OrderListOcoBelowTypeEnum,
    OrderListOcoSideEnum,
    OrderListOtocoPendingAboveTypeEnum,
    OrderListOtocoPendingBelowTimeInForceEnum,
    OrderListOtocoPendingBelowTypeEnum,
    OrderListOtocoPendingSideEnum,
    OrderListOtocoWorkingSideEnum,
    OrderListOtocoWorkingTimeInForceEnum,
    OrderListOtocoWorkingTypeEnum,
)

SYMBOL = "BTCUSDT"
SELL, LIMIT = NewOrderSideEnum.SELL, NewOrderTypeEnum.LIMIT
GTC = NewOrderTimeInForceEnum.GTC


class Unfit(logging.Handler):
    """Keeps what the SDK says of answers that do not fit."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


def refused(call: Callable[[], object]) -> list[object]:
    """Return how a call is refused."""
    try:
        call()
    except (BadRequestError, UnauthorizedError) as error:
        return [type(error).__name__, error.status_code]
    return []


def of_orders(api: SpotRestAPI, price: float) -> dict[str, Any]:
    told: dict[str, Any] = {}
    asked = {"time_in_force": GTC, "quantity": 0.01, "price": round(price * 1.1, 2)}
    placed = api.new_order(SYMBOL, SELL, LIMIT, new_client_order_id="by-the-sdk", **asked).data()
    told["placed"] = [placed.status, placed.client_order_id, placed.type]
    told["twice"] = refused(
        lambda: api.new_order(SYMBOL, SELL, LIMIT, new_client_order_id="by-the-sdk", **asked)
    )
    queried = api.get_order(SYMBOL, orig_client_order_id="by-the-sdk").data()
    told["queried"] = [queried.status, queried.orig_qty, queried.order_id == placed.order_id]
    told["open"] = [one.client_order_id for one in api.get_open_orders(symbol=SYMBOL).data()]
    replaced = api.order_cancel_replace(
        SYMBOL,
        OrderCancelReplaceSideEnum.SELL,
        OrderCancelReplaceTypeEnum.LIMIT,
        OrderCancelReplaceCancelReplaceModeEnum.STOP_ON_FAILURE,
        time_in_force=OrderCancelReplaceTimeInForceEnum.GTC,
        quantity=0.01,
        price=round(price * 1.2, 2),
        cancel_order_id=placed.order_id,
    ).data()
    told["replaced"] = [replaced.cancel_result, replaced.new_order_result]
    gone = api.delete_order(SYMBOL, order_id=replaced.new_order_response.order_id).data()
    told["gone"] = gone.status
    told["gone twice"] = refused(lambda: api.delete_order(SYMBOL, order_id=gone.order_id))
    told["unknown"] = refused(lambda: api.get_order(SYMBOL, order_id=1))
    told["between steps"] = refused(
        lambda: api.new_order(SYMBOL, SELL, LIMIT, **{**asked, "quantity": 0.0123456})
    )
    return told


def of_pairs(api: SpotRestAPI, price: float) -> dict[str, Any]:
    told: dict[str, Any] = {}
    pair = api.order_list_oco(
        SYMBOL,
        OrderListOcoSideEnum.SELL,
        0.01,
        OrderListOcoAboveTypeEnum.LIMIT_MAKER,
        OrderListOcoBelowTypeEnum.STOP_LOSS_LIMIT,
        list_client_order_id="a-pair",
        above_price=round(price * 1.1, 2),
        below_stop_price=round(price * 0.9, 2),
        below_price=round(price * 0.89, 2),
        below_time_in_force=OrderListOcoBelowTimeInForceEnum.GTC,
    ).data()
    told["pair"] = [pair.contingency_type, pair.list_order_status, len(pair.order_reports)]
    told["listed"] = [one.list_client_order_id for one in api.open_order_list().data()]
    told["read"] = api.get_order_list(orig_client_order_id="a-pair").data().list_order_status
    held = {one.asset: one.locked for one in api.get_account(omit_zero_balances=True).data().balances}
    told["held"] = held["BTC"]
    ended = api.delete_order_list(SYMBOL, order_list_id=pair.order_list_id).data()
    told["ended"] = [ended.list_order_status, sorted(one.status for one in ended.order_reports)]
    three = api.order_list_otoco(
        SYMBOL,
        OrderListOtocoWorkingTypeEnum.LIMIT,
        OrderListOtocoWorkingSideEnum.BUY,
        round(price * 0.95, 2),
        0.01,
        OrderListOtocoPendingSideEnum.SELL,
        0.01,
        OrderListOtocoPendingAboveTypeEnum.LIMIT_MAKER,
        working_time_in_force=OrderListOtocoWorkingTimeInForceEnum.GTC,
        pending_above_price=round(price * 1.1, 2),
        pending_below_type=OrderListOtocoPendingBelowTypeEnum.STOP_LOSS_LIMIT,
        pending_below_stop_price=round(price * 0.8, 2),
        pending_below_price=round(price * 0.79, 2),
        pending_below_time_in_force=OrderListOtocoPendingBelowTimeInForceEnum.GTC,
    ).data()
    told["three"] = sorted(one.status for one in three.order_reports)
    told["all gone"] = len(api.delete_open_orders(SYMBOL).data())
    return told


def of_trades(api: SpotRestAPI) -> dict[str, Any]:
    told: dict[str, Any] = {}
    bought = api.new_order(SYMBOL, NewOrderSideEnum.BUY, NewOrderTypeEnum.MARKET, quantity=0.02).data()
    told["bought"] = [bought.status, bought.executed_qty, bought.fills[0].commission_asset]
    (trade,) = api.my_trades(SYMBOL, order_id=bought.order_id).data()
    told["trade"] = [trade.qty, trade.is_buyer, trade.commission_asset]
    told["counted"] = [one.interval for one in api.rate_limit_order().data()]
    told["fee"] = api.account_commission(SYMBOL).data().standard_commission.taker
    told["filters"] = bool(api.my_filters(SYMBOL).data().exchange_filters is not None)
    return told


def drive(url: str, key: str, private_key: str, ahead: float) -> dict[str, Any]:
    clock.run_ahead(ahead)
    unfit = Unfit()
    logging.getLogger().addHandler(unfit)
    told: dict[str, Any] = {}
    settings = {"api_key": key, "base_path": url, "retries": 0, "timeout": 10_000}
    api = Spot(config_rest_api=ConfigurationRestAPI(private_key=private_key, **settings)).rest_api
    (symbol,) = api.exchange_info(symbol=SYMBOL).data().symbols
    told["symbol"] = [symbol.status, symbol.base_asset, symbol.quote_asset]
    account = api.get_account().data()
    told["balance"] = sorted([one.asset, one.free] for one in account.balances)
    price = float(api.ticker_price(symbol=SYMBOL).data().actual_instance.price)
    told |= of_orders(api, price) | of_pairs(api, price) | of_trades(api)
    by_hmac = ConfigurationRestAPI(api_secret="another", **settings)
    told["another secret"] = refused(Spot(config_rest_api=by_hmac).rest_api.get_account)
    told["unfit"] = unfit.said
    return told


if __name__ == "__main__":
    print(json.dumps(drive(**json.loads(sys.argv[1]))))

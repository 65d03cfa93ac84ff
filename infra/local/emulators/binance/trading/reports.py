"""Orders, lists, trades and balances as they go over the wire: numbers are texts, times milliseconds."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from infra.local.emulators.binance.rows import milliseconds
from infra.local.emulators.binance.trading.orders import (
    ALGO,
    CoinBook,
    CoinOrder,
    CoinTrade,
    Kind,
    OrderList,
    State,
)

Row = dict[str, Any]  # Any: the exchange's own JSON
_PREVENTION: Final = "EXPIRE_MAKER"


def eight(value: Decimal) -> str:
    """Write a number with eight places."""
    return f"{value:.8f}"


def _time(at: datetime | None) -> int:
    return -1 if at is None else milliseconds(at)


def _numbers(order: CoinOrder) -> Row:
    return {
        "price": eight(order.price),
        "origQty": eight(order.quantity),
        "executedQty": eight(order.executed),
        "origQuoteOrderQty": eight(order.quote_wanted),
        "cummulativeQuoteQty": eight(order.quote_executed),
        "status": order.state.value,
        "timeInForce": order.force.value,
        "type": order.kind.value,
        "side": order.side.value,
    }


def _stop(order: CoinOrder) -> Row:
    return {} if order.stop_price is None else {"stopPrice": eight(order.stop_price)}


def acknowledged(order: CoinOrder) -> Row:
    """Return what newOrderRespType ACK answers."""
    return {
        "symbol": order.symbol,
        "orderId": order.id,
        "orderListId": order.list_id,
        "clientOrderId": order.client_id,
        "transactTime": milliseconds(order.updated_at),
    }


def placed(order: CoinOrder, trades: Iterable[CoinTrade], form: str | None) -> Row:
    """Return the answer to a new order in the form that was asked for, else that of its type."""
    wanted = form or ("FULL" if order.kind in {Kind.MARKET, Kind.LIMIT} else "ACK")
    if wanted == "ACK":
        return acknowledged(order)
    row = {
        **acknowledged(order),
        **_numbers(order),
        **_stop(order),
        "workingTime": _time(order.working_at),
        "selfTradePreventionMode": _PREVENTION,
    }
    if wanted == "FULL":
        row["fills"] = [
            {
                "price": eight(trade.price),
                "qty": eight(trade.quantity),
                "commission": eight(trade.commission),
                "commissionAsset": trade.commission_asset,
                "tradeId": trade.id,
            }
            for trade in trades
        ]
    return row


def queried(order: CoinOrder) -> Row:
    """Return what a query shows of an order."""
    reason = {} if order.expiry_reason is None else {"expiryReason": order.expiry_reason}
    return {
        "symbol": order.symbol,
        "orderId": order.id,
        "orderListId": order.list_id,
        "clientOrderId": order.client_id,
        **_numbers(order),
        "stopPrice": eight(order.stop_price or Decimal(0)),
        "icebergQty": eight(Decimal(0)),
        "time": milliseconds(order.created_at),
        "updateTime": milliseconds(order.updated_at),
        "isWorking": order.kind not in ALGO or order.working_at is not None,
        "workingTime": _time(order.working_at),
        "selfTradePreventionMode": _PREVENTION,
        **reason,
    }


def cancelled(order: CoinOrder, by: str) -> Row:
    """Return what a cancel answers: its own id stands where the order's stood."""
    return {
        "symbol": order.symbol,
        "origClientOrderId": order.client_id,
        "orderId": order.id,
        "orderListId": order.list_id,
        "clientOrderId": by,
        "transactTime": milliseconds(order.updated_at),
        **_numbers(order),
        **_stop(order),
        "selfTradePreventionMode": _PREVENTION,
    }


def list_row(book: CoinBook, held: OrderList, reports: list[Row] | None = None) -> Row:
    """Return an order list, with its orders' reports where it was changed."""
    row: Row = {
        "orderListId": held.id,
        "contingencyType": held.contingency.value,
        "listStatusType": "ALL_DONE" if held.is_done else "EXEC_STARTED",
        "listOrderStatus": "ALL_DONE" if held.is_done else "EXECUTING",
        "listClientOrderId": held.client_id,
        "transactionTime": milliseconds(held.updated_at),
        "symbol": held.symbol,
        "orders": [
            {
                "symbol": held.symbol,
                "orderId": number,
                "clientOrderId": book.orders[number].client_id,
            }
            for number in held.orders
        ],
    }
    return row if reports is None else {**row, "orderReports": reports}


def trade_row(trade: CoinTrade) -> Row:
    """Return an execution as `myTrades` shows it."""
    return {
        "symbol": trade.symbol,
        "id": trade.id,
        "orderId": trade.order_id,
        "orderListId": trade.list_id,
        "price": eight(trade.price),
        "qty": eight(trade.quantity),
        "quoteQty": eight(trade.quote),
        "commission": eight(trade.commission),
        "commissionAsset": trade.commission_asset,
        "time": milliseconds(trade.at),
        "isBuyer": trade.is_buyer,
        "isMaker": trade.is_maker,
        "isBestMatch": True,
    }


def account_row(book: CoinBook, *, may_trade: bool, omits_zero: bool) -> Row:
    """Return an account with its balances."""
    share = eight(book.fee_share)
    points = int(book.fee_share * 10_000)
    nothing = eight(Decimal(0))
    return {
        "makerCommission": points,
        "takerCommission": points,
        "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": {"maker": share, "taker": share, "buyer": nothing, "seller": nothing},
        "canTrade": may_trade,
        "canWithdraw": True,
        "canDeposit": True,
        "brokered": False,
        "requireSelfTradePrevention": False,
        "preventSor": False,
        "updateTime": 0 if book.updated_at is None else milliseconds(book.updated_at),
        "accountType": "SPOT",
        "balances": [
            {"asset": asset, "free": eight(held.free), "locked": eight(held.locked)}
            for asset, held in sorted(book.balances.items())
            if not omits_zero or held.free or held.locked
        ],
        "permissions": ["SPOT"],
        "uid": int(book.account_id),
    }


def is_gone(order: CoinOrder) -> bool:
    """Say whether nothing of an order ever traded and it is over."""
    return order.executed == 0 and order.state in {State.CANCELED, State.EXPIRED}

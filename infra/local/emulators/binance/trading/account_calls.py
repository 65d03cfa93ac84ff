"""Calls that read an account: balances, executions, limits (wire/binance.md, 7)."""

from decimal import Decimal

from infra.local.emulators.binance.trading import reports
from infra.local.emulators.binance.trading.call import Answer, SignedCall


def account(call: SignedCall) -> Answer:
    """Show balances."""
    omits = call.given.text("omitZeroBalances") == "true"
    call.given.end()
    return reports.account_row(call.book, may_trade=call.key.may_trade, omits_zero=omits)


def trades(call: SignedCall) -> Answer:
    """Show executions."""
    symbol, order_id, first = call.pair(), call.given.whole("orderId"), call.given.whole("fromId")
    start, end, limit = call.span()
    call.given.end()
    found = [
        one
        for one in call.book.trades
        if one.symbol == symbol
        and (order_id is None or one.order_id == order_id)
        and (first is None or one.id >= first)
        and call.is_within(one.at, start, end)
    ]
    oldest_first = start is not None or first is not None
    return [reports.trade_row(one) for one in (found[:limit] if oldest_first else found[-limit:])]


def order_limits(call: SignedCall) -> Answer:
    """Show how many orders count."""
    call.given.end()
    return call.counts.rows(call.now)


def commission(call: SignedCall) -> Answer:
    """Show what is paid in fees."""
    symbol = call.pair()
    call.given.end()
    share, none = reports.eight(call.book.fee_share), reports.eight(Decimal(0))
    nothing = {"maker": none, "taker": none, "buyer": none, "seller": none}
    return {
        "symbol": symbol,
        "standardCommission": {"maker": share, "taker": share, "buyer": none, "seller": none},
        "specialCommission": nothing,
        "taxCommission": nothing,
        "discount": {
            "enabledForAccount": call.book.pays_in_bnb,
            "enabledForSymbol": True,
            "discountAsset": "BNB",
            "discount": "0.75000000",
        },
    }


def filters(call: SignedCall) -> Answer:
    """Show filters of this account alone: it has none."""
    call.pair()
    call.given.end()
    return {"exchangeFilters": [], "symbolFilters": [], "assetFilters": []}

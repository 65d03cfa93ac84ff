"""What a tester sees and does behind Binance: the exchange's own truth, and its owner's money (local.md).

An account is looked for at the testnet, then at the live exchange. All raise BadRequest.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from infra.local.control.control_requests import BadRequest, Body, Query, account_of, number, refuse_unknown
from infra.local.emulators.binance.app import BinanceEmulator
from infra.local.emulators.binance.trading.desk import TradingDesk
from infra.local.emulators.binance.trading.till import QUOTE
from infra.local.emulators.world import World

Call = Callable[[World, Query, Body], object]


def _exchange(world: World, account: str) -> BinanceEmulator:
    for exchange in (world.binance_testnet, world.binance):
        if exchange.has_account(account):
            return exchange
    raise BadRequest(f"Binance has no account {account}", 404)


def _showing(show: Callable[[TradingDesk, str], object]) -> Call:
    def call(world: World, query: Query, _body: Body) -> object:
        account = account_of(query)
        return {"items": _exchange(world, account).see(lambda desk: show(desk, account))}

    return call


def _positions(desk: TradingDesk, account: str) -> list[Mapping[str, str]]:
    return [row for row in desk.balances(account) if row["asset"] != QUOTE]


def move_money(world: World, _query: Query, body: Body) -> object:
    """Pay an asset in, or with less than 0 take it out."""
    refuse_unknown(body, "account", "asset", "amount")
    account, asset = account_of(body), str(body.get("asset") or QUOTE)
    amount = Decimal(str(number(body, "amount")))
    try:
        _exchange(world, account).see(lambda desk: desk.move_money(account, asset, amount))
    except ValueError as error:
        raise BadRequest(str(error)) from error
    return {"ok": True}


def wipe(world: World, _query: Query, body: Body) -> object:
    """Forget an account's orders and give it its first balance, as the testnet does each month."""
    refuse_unknown(body, "account")
    account = account_of(body)
    _exchange(world, account).see(lambda desk: desk.wipe(account))
    return {"ok": True}


def revoke(world: World, _query: Query, body: Body) -> object:
    """Have an account's keys be refused from now on."""
    refuse_unknown(body, "account")
    account = account_of(body)
    _exchange(world, account).see(lambda desk: desk.revoke_all(account))
    return {"ok": True}


def _calls(world: World, _query: Query, _body: Body) -> object:
    counts = [exchange.calls() for exchange in (world.binance, world.binance_testnet)]
    by_endpoint: dict[str, int] = {}
    for count in counts:
        endpoints = count["by_endpoint"]
        assert isinstance(endpoints, Mapping), "a log tells counts by endpoint"
        for endpoint, calls in endpoints.items():
            by_endpoint[endpoint] = by_endpoint.get(endpoint, 0) + int(calls)
    return {"total": sum(by_endpoint.values()), "by_endpoint": dict(sorted(by_endpoint.items()))}


CALLS: Final[Mapping[tuple[str, str], Call]] = {
    ("GET", "/vendors/binance/orders"): _showing(TradingDesk.orders),
    ("GET", "/vendors/binance/order-lists"): _showing(TradingDesk.order_lists),
    ("GET", "/vendors/binance/balances"): _showing(TradingDesk.balances),
    ("GET", "/vendors/binance/positions"): _showing(_positions),
    ("GET", "/vendors/binance/trades"): _showing(TradingDesk.trades),
    ("POST", "/vendors/binance/money"): move_money,
    ("POST", "/vendors/binance/wipe"): wipe,
    ("POST", "/vendors/binance/revoke"): revoke,
    ("GET", "/vendors/binance/calls"): _calls,
}

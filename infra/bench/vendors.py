"""Vendors in this process: order lists in Tradier's words from the seeded rows, and a clock on vendors."""

import json
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import httpx
import psycopg

from infra.bench.ground import Database

_ACCOUNT: Final = re.compile(r"/accounts/([^/]+)/(orders|positions)$")
_AT: Final = "2026-02-19T14:31:00.000Z"
_BRACKETS: Final = """
    select t.account_id, o.parent_broker_order_id, o.tag, o.symbol, t.ticker,
        max(o.broker_order_id) filter (where o.role = 'TAKE_PROFIT'), max(o.limit_price),
        max(o.broker_order_id) filter (where o.role = 'STOP_LOSS'), max(o.stop_price), max(o.quantity)
    from orders o join paper_trades t on t.id = o.trade_id
    where o.status = 'OPEN' group by 1, 2, 3, 4, 5 order by 1, 2
"""


@dataclass
class VendorTime:
    """Counts calls and the seconds that the vendor itself took, so that they can be left out."""

    calls: int = 0
    seconds: float = 0.0


class TimedTransport(httpx.BaseTransport):
    """Passes requests on, and counts."""

    def __init__(self, inner: httpx.BaseTransport, spent: VendorTime) -> None:
        self._inner = inner
        self._spent = spent

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request, on the vendor's time."""
        started = time.perf_counter()
        try:
            return self._inner.handle_request(request)
        finally:
            self._spent.calls += 1
            self._spent.seconds += time.perf_counter() - started


def order_lists(database: Database) -> httpx.BaseTransport:
    """Return a broker that lists every seeded bracket as one working OCO and holds what it protects.

    The answers are made beforehand.
    """
    orders: dict[str, list[dict[str, object]]] = {}
    held: dict[str, Counter[str]] = {}
    with psycopg.connect(database.superuser) as connection:
        for account_id, *bracket in connection.execute(_BRACKETS.encode()):
            orders.setdefault(account_id, []).append(_oco(*bracket))
            held.setdefault(account_id, Counter())[bracket[2]] += int(bracket[-1])
    answers = {
        (one, "orders"): json.dumps({"orders": {"order": own}}).encode() for one, own in orders.items()
    }
    for account_id, own in held.items():
        positions = [_position(symbol, quantity) for symbol, quantity in own.items()]
        answers[account_id, "positions"] = json.dumps({"positions": {"position": positions}}).encode()
    return httpx.MockTransport(_answering(answers))


def _position(symbol: str, quantity: int) -> dict[str, object]:
    return {"id": 1, "symbol": symbol, "quantity": float(quantity), "cost_basis": 1.0, "date_acquired": _AT}


def _answering(answers: Mapping[tuple[str, str], bytes]) -> Callable[[httpx.Request], httpx.Response]:
    def answer(request: httpx.Request) -> httpx.Response:
        asked = _ACCOUNT.search(request.url.path)
        if request.method != "GET" or asked is None:
            raise AssertionError(f"a quiet sync asks for no {request.method} {request.url.path}")
        return httpx.Response(
            200,
            content=answers[asked[1], asked[2]],
            headers={"content-type": "application/json"},
            request=request,
        )

    return answer


def _oco(
    parent: str,
    tag: str,
    symbol: str,
    ticker: str,
    target_id: str,
    target: object,
    stop_id: str,
    stop: object,
    quantity: object,
) -> dict[str, object]:
    """Return an OCO in Tradier's words (wire, section 6.4)."""
    common = {
        "symbol": ticker,
        "option_symbol": symbol,
        "side": "sell_to_close",
        "quantity": float(str(quantity)),
        "status": "open",
        "duration": "gtc",
        "avg_fill_price": 0.0,
        "exec_quantity": 0.0,
        "last_fill_price": 0.0,
        "last_fill_quantity": 0.0,
        "remaining_quantity": float(str(quantity)),
        "create_date": _AT,
        "transaction_date": _AT,
        "class": "option",
    }
    return {
        "id": int(parent),
        "status": "open",
        "create_date": _AT,
        "transaction_date": _AT,
        "class": "oco",
        "tag": tag,
        "leg": [
            {"id": int(target_id), "type": "limit", "price": float(str(target)), **common},
            {"id": int(stop_id), "type": "stop", "stop_price": float(str(stop)), **common},
        ],
    }

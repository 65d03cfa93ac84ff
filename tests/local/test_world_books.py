"""A restart of the stack is not a restart of its brokers."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

from infra.local.emulators.serving.exchange import EmulatorRequest, Handler
from infra.local.emulators.world import World
from infra.local.world_books import BookKeeper, KeptVendor

START = datetime(2026, 2, 19, 15, 0, tzinfo=UTC)


class Hour:
    """Product time that a test sets."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        return self.at


def world_at(hour: Hour) -> World:
    return World.create(7, hour.now, lambda _seconds: None)


def send_order(vendor: Handler, **fields: str) -> str:
    form = {"class": "equity", "symbol": "SPY", "quantity": "1", "duration": "day", **fields}
    request = EmulatorRequest(
        method="POST",
        path="/v1/accounts/VA1/orders",
        headers={
            "authorization": "Bearer token-1",
            "accept": "application/json",
            "content-type": "application/x-www-form-urlencoded",
        },
        body=urlencode(form).encode(),
    )
    answer = vendor.handle(request)
    return str(json.loads(answer.body)["order"]["status"])


def test_orders_positions_and_prices_outlive_a_kill(tmp_path: Path) -> None:
    """What a broker answered to was written before the answer; nothing is written at the end here."""
    hour = Hour()
    first = world_at(hour)
    first.sandbox.add_account("VA1", "token-1")
    keeper = BookKeeper(first, tmp_path / "world")
    first.simulated.jump("SPY", 500)
    keeper.store()  # as the control interface does after each move
    broker = KeptVendor(first.sandbox, keeper)
    assert send_order(broker, side="buy", type="market") == "ok"
    assert send_order(broker, side="sell", type="limit", price="520") == "ok"
    hour.at += timedelta(seconds=30)
    second = world_at(hour)

    assert BookKeeper(second, tmp_path / "world").restore()
    assert second.sandbox.truth_orders("VA1") == first.sandbox.truth_orders("VA1") != []
    assert second.sandbox.truth_positions("VA1") == first.sandbox.truth_positions("VA1") != []
    assert second.market.stock_quote("SPY", hour.at) == first.market.stock_quote("SPY", hour.at)

    second.simulated.jump("SPY", 525)
    hour.at += timedelta(seconds=5)
    assert second.sandbox.truth_positions("VA1") == []
    assert send_order(second.sandbox, side="buy", type="market") == "ok"
    assert len({str(order["id"]) for order in second.sandbox.truth_orders("VA1")}) == 3


def test_a_first_start_finds_no_books(tmp_path: Path) -> None:
    keeper = BookKeeper(world_at(Hour()), tmp_path / "world")

    assert not keeper.restore()

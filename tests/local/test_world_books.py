"""A restart of the stack is not a restart of its brokers."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

from infra.local.emulators.exchange import EmulatorRequest
from infra.local.emulators.world import World
from infra.local.world_books import restore_books, store_books

START = datetime(2026, 2, 19, 15, 0, tzinfo=UTC)


class Hour:
    """Product time that a test sets."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        return self.at


def world_at(hour: Hour) -> World:
    return World.create(7, hour.now, lambda _seconds: None)


def send_order(world: World, **fields: str) -> str:
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
    answer = world.sandbox.handle(request)
    return str(json.loads(answer.body)["order"]["status"])


def test_orders_positions_and_prices_outlive_a_restart(tmp_path: Path) -> None:
    hour = Hour()
    first = world_at(hour)
    first.sandbox.add_account("VA1", "token-1")
    first.simulated.jump("SPY", 500)
    assert send_order(first, side="buy", type="market") == "ok"
    assert send_order(first, side="sell", type="limit", price="520") == "ok"
    hour.at += timedelta(seconds=30)
    store_books(first, tmp_path / "world")
    second = world_at(hour)

    assert restore_books(second, tmp_path / "world")
    assert second.sandbox.truth_orders("VA1") == first.sandbox.truth_orders("VA1") != []
    assert second.sandbox.truth_positions("VA1") == first.sandbox.truth_positions("VA1") != []
    assert second.market.stock_quote("SPY", hour.at) == first.market.stock_quote("SPY", hour.at)

    second.simulated.jump("SPY", 525)
    hour.at += timedelta(seconds=5)
    assert second.sandbox.truth_positions("VA1") == []
    assert send_order(second, side="buy", type="market") == "ok"
    assert len({str(order["id"]) for order in second.sandbox.truth_orders("VA1")}) == 3


def test_books_are_put_back_once(tmp_path: Path) -> None:
    """After a kill nothing comes back from an earlier run."""
    hour = Hour()
    store_books(world_at(hour), tmp_path / "world")

    assert restore_books(world_at(hour), tmp_path / "world")
    assert not restore_books(world_at(hour), tmp_path / "world")

"""The emulator of Binance's signed API, driven by ccxt and by the exchange's own SDK: no code of ours."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest

from infra.local.emulators.world import World
from tests.brokers.support import ed25519_pair
from tests.emulators.throwaway import RunningClock, drive

KEY: Final = "k" * 64


class Exchange:
    """A testnet whose clock runs on from an afternoon, with an account that has a bitcoin and dollars."""

    def __init__(self) -> None:
        self.clock = RunningClock(datetime(2026, 2, 21, 12, 34, 30, tzinfo=UTC))
        self.emulator = World.create(7, self.clock, lambda _seconds: None).binance_testnet

    def open_account(self, *, secret: str | None = None, public_key: str | None = None) -> None:
        balances = {"USDT": Decimal(50_000), "BTC": Decimal(1)}
        self.emulator.desk.add_account(
            "100000001", key=KEY, secret=secret, public_key=public_key, balances=balances
        )


@pytest.fixture
def exchange() -> Exchange:
    return Exchange()


def test_ccxt_trades_by_a_secret(client_python: Path, exchange: Exchange) -> None:
    """C-06: without the time difference it is refused, with it it buys, sells, edits, pairs and cancels."""
    exchange.open_account(secret="s" * 64)

    assert drive(client_python, "ccxt_client.py", exchange.emulator, key=KEY, secret="s" * 64) == {
        "by its own clock": "InvalidNonce",
        "limits": [1e-05, 0.01, True],
        "balance": [50_000.0, 1.0],
        "limit": ["open", "limit", 0.01, 0.0],
        "open": [True],
        "edited": ["open", 0.02, True],
        "before": "canceled",
        "canceled": "canceled",
        "twice": "OrderNotFound",
        "stop": ["limit", "open"],
        "all canceled": ["canceled"],
        "pair": ["OCO", "EXECUTING", 2],
        "legs": ["limit", "limit"],
        "listed": True,
        "held": 0.01,
        "ended": ["ALL_DONE", ["CANCELED", "CANCELED"]],
        "bought": ["closed", 0.02, "BTC"],
        "trade": [True, "buy", 0.02, "taker"],
        "costs the same": True,
        "btc": [1.01998, 0.0],
        "too much": "InsufficientFunds",
        "another secret": "AuthenticationError",
    }


def test_the_exchanges_own_sdk_trades_by_an_ed25519_key(client_python: Path, exchange: Exchange) -> None:
    """C-06: orders, pairs, entries with their pairs, trades; every answer fits the SDK's models."""
    public, private = ed25519_pair()
    exchange.open_account(public_key=public)
    asked = {
        "key": KEY,
        "private_key": private,
        "ahead": exchange.clock.ahead_seconds,
    }

    assert drive(client_python, "binance_sdk_client.py", exchange.emulator, **asked) == {
        "symbol": ["TRADING", "BTC", "USDT"],
        "balance": [["BTC", "1.00000000"], ["USDT", "50000.00000000"]],
        "placed": ["NEW", "by-the-sdk", "LIMIT"],
        "twice": ["BadRequestError", -2010],
        "queried": ["NEW", "0.01000000", True],
        "open": ["by-the-sdk"],
        "replaced": ["SUCCESS", "SUCCESS"],
        "gone": "CANCELED",
        "gone twice": ["BadRequestError", -2011],
        "unknown": ["BadRequestError", -2013],
        "between steps": ["BadRequestError", -1013],
        "pair": ["OCO", "EXECUTING", 2],
        "listed": ["a-pair"],
        "read": "EXECUTING",
        "held": "0.01000000",
        "ended": ["ALL_DONE", ["CANCELED", "CANCELED"]],
        "three": ["NEW", "PENDING_NEW", "PENDING_NEW"],
        "all gone": 1,
        "bought": ["FILLED", "0.02000000", "BTC"],
        "trade": ["0.02000000", True, "BTC"],
        "counted": ["SECOND", "DAY"],
        "fee": "0.00100000",
        "filters": True,
        "another secret": ["BadRequestError", -1022],
        "unfit": [],
    }

"""The emulator of tastytrade, driven by the client in daily use (PyPI `tastytrade`): no code of ours."""

from pathlib import Path

from chalicelib.brokers.padded_symbols import to_padded
from infra.local.emulators.world import World
from tests.brokers.conformance import WorldClock
from tests.emulators.throwaway import drive, neighbours


def test_the_client_in_daily_use_trades_at_the_emulator(client_python: Path) -> None:
    """B-10: signs in, buys, reads, protects by an OCO, cancels; every answer fits its models."""
    clock = WorldClock()
    world = World.create(7, clock, lambda _seconds: None)
    world.tastytrade_cert.open_account("5WT00001", "a-refresh-token", "a-client-secret")
    bought, other = (to_padded(one) for one in neighbours(world))
    told = drive(client_python, "tastytrade_client.py", world.tastytrade_cert, contract=bought, other=other)

    assert told == {
        "account": "5WT00001",
        "cash": "100000.000",
        "commission": "-2.00",
        "placed": "Routed",
        "filled": ["Filled", "by-a-client", "True"],
        "held": [[bought, "2", "Long"]],
        "pair": ["Contingent", "Contingent"],
        "resting": ["Live", "Live"],
        "ended": ["Cancelled", "Cancelled"],
        "twice": "cannot_update_order: the order could not be cancelled",
        "live": ["Cancelled", "Cancelled", "Cancelled", "Filled"],
    }

"""The emulator of tastytrade, driven by the client in daily use (PyPI `tastytrade`): no code of ours.

The client lives in an environment of its own, made once a machine and skipped where it cannot be installed.
"""

import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Final

import pytest

from chalicelib.brokers.padded_symbols import to_padded
from infra.local.emulators.serving.http_server import EmulatorServer
from infra.local.emulators.world import World
from tests.brokers.conformance import WorldClock, tradier_data

CLIENT: Final = "tastytrade==13.2.3"
SCRIPT: Final = Path(__file__).parent / "clients/tastytrade_client.py"
INSTALL_SECONDS_MAX: Final = 240


@pytest.fixture(scope="module")
def client_python() -> Path:
    """Return an interpreter that has the client."""
    home = Path(tempfile.gettempdir()) / f"papertape-{CLIENT.replace('==', '-')}-{sys.version_info.minor}"
    python = home / "bin/python"
    if (home / "installed").exists():
        return python
    venv.create(home, with_pip=True, clear=True)
    install = [str(python), "-m", "pip", "install", "--quiet", CLIENT]
    done = subprocess.run(install, capture_output=True, timeout=INSTALL_SECONDS_MAX, check=False)
    if done.returncode:
        pytest.skip(f"{CLIENT} cannot be installed here")
    (home / "installed").touch()
    return python


def test_the_client_in_daily_use_trades_at_the_emulator(client_python: Path) -> None:
    """B-10: signs in, buys, reads, protects by an OCO, cancels; every answer fits its models."""
    clock = WorldClock()
    world = World.create(7, clock, lambda _seconds: None)
    world.tastytrade_cert.open_account("5WT00001", "a-refresh-token", "a-client-secret")
    quotes = tradier_data(world, clock)
    expiry = quotes.expirations("SPY")[3]
    calls = sorted(symbol for symbol in quotes.chain("SPY", [expiry]).quotes if symbol[-9] == "C")
    bought, other = (to_padded(calls[len(calls) // 2 + step]) for step in (0, 1))
    server = EmulatorServer(world.tastytrade_cert).start()
    try:
        asked = [str(client_python), str(SCRIPT), server.url, bought, other]
        ran = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False)
    finally:
        server.stop()

    assert ran.returncode == 0, ran.stderr[-2000:]
    assert json.loads(ran.stdout) == {
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

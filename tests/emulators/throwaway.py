"""The environment that third parties' clients live in, apart from ours, and what drives an emulator by one.

It is made once a machine for the versions that are pinned here and kept outside the tree: a second run, and
another working copy, find it there. Where the packages cannot be had, the tests that need them are skipped.
"""

import fcntl
import json
import os
import subprocess
import sys
import venv
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from time import monotonic, time
from typing import Any, Final  # Any: what a client told, in JSON of its script's own

import pytest

from infra.local.emulators.market.feed import Feed
from infra.local.emulators.market.occ import Right, contract_symbol
from infra.local.emulators.market.sessions import new_york_date
from infra.local.emulators.serving.exchange import Handler
from infra.local.emulators.serving.http_server import EmulatorServer
from infra.local.emulators.world import NO_DELAY, World

#: One environment for all: their requirements agree.
CLIENTS: Final = (
    "binance-sdk-spot==13.3.0",
    "ccxt==4.5.90",
    "ibind[oauth]==0.2.2",
    "schwab-py==1.5.1",
    "tastytrade==13.2.3",
)
SCRIPTS: Final = Path(__file__).parent / "clients"
INSTALL_SECONDS_MAX: Final = 300
RUN_SECONDS_MAX: Final = 120


@dataclass
class RunningClock:
    """Product time that starts anywhere and runs on as real time does: clients stamp what they sign."""

    at: datetime
    _started: float = field(default_factory=monotonic)

    def __call__(self) -> datetime:
        return self.at + timedelta(seconds=monotonic() - self._started)

    @property
    def ahead_seconds(self) -> float:
        """How far it is ahead of the machine's clock."""
        return self().timestamp() - time()


def made_environment() -> Path:
    """Return the interpreter that has the clients; skips the test where they cannot be installed."""
    name = f"clients-{sha256(repr((CLIENTS, sys.version)).encode()).hexdigest()[:12]}"
    home = _cache() / name
    python, marker = home / "bin/python", home / "installed"
    home.parent.mkdir(parents=True, exist_ok=True)
    with (home.parent / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # workers of one run wait for the first
        if not marker.exists():
            venv.create(home, with_pip=True, clear=True)
            # Modules are compiled when they are first imported: most of them never are.
            asked = [str(python), "-m", "pip", "install", "--quiet", "--no-compile", *CLIENTS]
            done = subprocess.run(asked, capture_output=True, timeout=INSTALL_SECONDS_MAX, check=False)
            if done.returncode:
                pytest.skip(f"{', '.join(CLIENTS)} cannot be installed here")
            marker.touch()
    return python


def drive(python: Path, script: str, emulator: Handler, **asked: object) -> Any:  # Any: as above
    """Serve an emulator and drive it by a script of `clients/`; returns what the script told.

    The script is given the emulator's address as `url` and whatever else is asked, as JSON.
    """
    with EmulatorServer(emulator) as server:
        given = json.dumps({"url": server.url, **asked})
        ran = subprocess.run(
            [str(python), "-E", "-s", str(SCRIPTS / script), given],
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS_MAX,
            check=False,
        )
    assert ran.returncode == 0, ran.stderr[-3000:]
    return json.loads(ran.stdout)


def neighbours(world: World) -> tuple[str, str]:
    """Return two calls of SPY side by side around the money, as their compact symbols."""
    market, today = world.market, new_york_date(world.market.now())
    expiry = market.expiries("SPY", today)[3]
    strikes = market.strikes("SPY", expiry, today)
    spot = Feed(market, NO_DELAY).spot("SPY")
    below = max(index for index, strike in enumerate(strikes) if float(strike) <= spot)
    near = strikes[below], strikes[below + 1]
    first, second = (contract_symbol("SPY", expiry, Right.CALL, float(strike)) for strike in near)
    return first, second


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "papertape"

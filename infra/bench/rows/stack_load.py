"""C-10's load on the local stack itself: `dev.py up` lives through ten minutes with all that each brings.

The same processes, emulators and HTTP as on a laptop: a minute is what its clock runs when it is moved on by
one, options' jobs included. Its clock stands meanwhile: what is measured is what the machine needs for it.
"""

import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from pathlib import Path
from typing import Any, Final, cast

from infra.bench.ground import Database, Ground
from infra.bench.result import Bar, Bound, Outcome, Row
from infra.bench.rows.coin_load import MINUTES, SECONDS_MAX, counted, seed_load
from infra.bench.rows.coin_tick import EVENTS, POSITIONS
from infra.bench.seeding import Coin, seed_coins
from infra.local.clockwork.clock import ProductClock
from infra.local.database.postgres import DATABASE, PostgresCluster
from infra.local.emulators.market.crypto import PAIRS
from infra.local.running import call_json, start, stop, wait_until_ready

#: Thursday morning: options trade, too, and every job of a session falls due.
BEGINS: Final = datetime.fromisoformat("2026-02-19T10:00:00-05:00")
#: Of five pairs each user lacks one, in which the trader of a signal may enter.
_EACH: Final = 4
_WORTH: Final = Decimal(150)
_LOT: Final = Decimal("0.00001")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Up:
    """A running stack: its database, its control interface, its exchange."""

    database: Database
    control_url: str
    exchange_url: str

    def minute(self) -> tuple[float, Counter[str]]:
        """Move its clock on by a minute; return the seconds that took and the jobs that ran."""
        began = time.perf_counter()
        said = call_json("POST", f"{self.control_url}/clock/advance", {"seconds": 60})
        took = time.perf_counter() - began
        ran = cast("list[dict[str, Any]]", said["ran"])  # Any: JSON
        failed = [one for one in ran if not one["ok"]]
        assert not failed, failed[:3]
        return took, Counter(str(one["job"]) for one in ran)


def measure(ground: Ground) -> list[Outcome]:
    """Let the stack live through its minutes."""
    positions = min(POSITIONS, ground.sizes.legs)
    minutes = min(MINUTES, ground.sizes.rounds + 1)
    users = max(1, positions // _EACH)
    with _up(ground.new_directory()) as stack:
        coins = [_coin(stack.exchange_url, symbol) for symbol in PAIRS]
        seed_coins(stack.database, users=users, each=min(_EACH, positions), coins=coins, since=BEGINS)
        events = _seed_traders(ground, stack.database, users, positions)
        jobs: Counter[str] = Counter()
        found = []
        for _ in range(minutes):
            took, ran = stack.minute()
            found.append(round(took, 2))
            jobs += ran
        decided = counted(stack.database, "select outcome, count(*) from decisions group by 1")
    return [
        Row(
            name="stack-load",
            what=f"the slowest of {minutes} minutes of the local stack, {positions} coins, {events:,} events",
            value=max(found),
            unit="s",
            bar=Bar(bound=Bound.VALUE_MOST, limit=SECONDS_MAX),
            detail={"minutes_s": [*found], "decisions": {**decided}, "jobs": dict(jobs)},
        )
    ]


@contextmanager
def _up(directory: Path) -> Iterator[_Up]:
    """Start `dev.py up` on a clock that stands, and end it as Ctrl-C does."""
    process = start(directory, BEGINS.isoformat())
    try:
        wait_until_ready(process)
        state: dict[str, Any] = json.loads((directory / "state.json").read_text())  # Any: JSON
        cluster = PostgresCluster(directory / "postgres")
        yield _Up(
            database=Database(urls=cluster.urls(), superuser=cluster.superuser_url(DATABASE)),
            control_url=state["control_url"],
            exchange_url=state["emulators"]["binance"],
        )
    finally:
        stop(process)


def _coin(exchange_url: str, symbol: str) -> Coin:
    told = call_json("GET", f"{exchange_url}/api/v3/ticker/price?symbol={symbol}", None)
    price = Decimal(str(told["price"])).normalize()
    tick = Decimal(1).scaleb(-PAIRS[symbol].decimals)
    quantity = (_WORTH / price).quantize(_LOT, ROUND_DOWN)
    return Coin(symbol=symbol, price=price, quantity=quantity, tick=tick)


def _seed_traders(ground: Ground, database: Database, users: int, positions: int) -> int:
    """Make the load's traders by the product's own service, on the stack's database."""
    clock = ProductClock(BEGINS, speed=0, wait=lambda _: None)
    with ground.product(database, clock=clock, changes={"MODEL_KEY": "key"}) as product:
        events = max(1, positions * EVENTS // POSITIONS)
        return seed_load(product, users, _EACH, events, list(PAIRS))

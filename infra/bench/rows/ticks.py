"""Ticks of 30 underlyings (snapshots, the desk) and of 30 accounts; a vendor's answer takes a second."""

import secrets
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

import httpx

from chalicelib.domain.desk.strategies.proposals import proposed_body
from chalicelib.domain.desk.strategies.reading import read_strategy
from chalicelib.domain.desk.strategies.strategy import Strategy
from chalicelib.domain.desk.strategies.strategy_types import StrategyType
from chalicelib.jobs import run_job
from chalicelib.services.desk.market.gather import gather
from chalicelib.services.desk.market.gathered import Wanted, wanted_by
from chalicelib.services.environment import Environment
from chalicelib.services.market.take_snapshots import open_legs, take_snapshots
from chalicelib.store.market.snapshots import SnapshotKind
from chalicelib.system import Threads
from infra.bench.canned_desk import CannedDesk
from infra.bench.ground import MORNING, Ground
from infra.bench.measure import timed
from infra.bench.result import Bar, Bound, Outcome, Peer, Row
from infra.bench.rows.snapshots import canned_market
from infra.bench.seeding import seed_broker_tokens, seed_open_trades
from infra.bench.vendors import order_lists

WIDTH: Final = 30
ANSWER_SECONDS: Final = 1.0
BAR_MS: Final = 6_000.0
_SYMBOLS: Final = [f"{first}{second}" for first in "QRS" for second in "ABCDEFGHIJ"][:WIDTH]
#: A chain of some 1,000 contracts in the expiries that a condor looks at.
_EXPIRIES: Final = 5
_STRIKES: Final = 100


class _SlowTransport(httpx.BaseTransport):
    """A broker that takes its time."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request, a second later."""
        time.sleep(ANSWER_SECONDS)
        return self._inner.handle_request(request)


def measure(ground: Ground) -> list[Outcome]:
    """Measure the ticks, each by one connection to the database."""
    return [_underlyings(ground), _desk(ground), _accounts(ground)]


def _underlyings(ground: Ground) -> Row:
    with ground.database() as database, ground.product(database, side_by_side=Threads()) as product:
        seed_open_trades(database, users=1, each=WIDTH, chains=WIDTH)
        env = product.container.jobs_environment()
        legs = open_legs(env)
        slow = canned_market(legs, answer_seconds=ANSWER_SECONDS)
        looked = replace(env, market_data=slow)
        taken = timed(
            lambda: take_snapshots(looked, legs, kind=SnapshotKind.INTRADAY, due_at=MORNING), rounds=1, warm=0
        )
        return _row("tick-underlyings", f"snapshots of {WIDTH} underlyings", taken.wall_ms, slow.calls)


def _desk(ground: Ground) -> Row:
    """Measure what a scan reads; the day's first one also reads what is kept for the day."""
    condor = read_strategy(proposed_body(StrategyType.IRON_CONDOR, "SPY"), UUID(int=1), 1)
    assert isinstance(condor, Strategy)
    wanted = wanted_by(("user0", replace(condor, underlying=symbol)) for symbol in _SYMBOLS)
    with ground.database() as database, ground.product(database, side_by_side=Threads()) as product:
        env = product.container.jobs_environment()
        market = CannedDesk(MORNING, expiries=_EXPIRIES, strikes=_STRIKES, answer_seconds=ANSWER_SECONDS)
        looked = replace(env, market_data=market)
        first = timed(lambda: gather(looked, wanted), rounds=1, warm=0)
        market.asked.clear()
        usual = timed(lambda: _gathered(looked, wanted), rounds=1, warm=0)
    row = _row("tick-desk", f"a scan's chains of {WIDTH} underlyings", usual.wall_ms, market.asked["chain"])
    return replace(row, detail={**row.detail, "first_of_the_day_ms": round(first.wall_ms)})


def _gathered(env: Environment, wanted: Sequence[Wanted]) -> None:
    found = gather(env, wanted)
    if not all(one.is_readable for one in found.underlyings.values()):
        raise AssertionError("the market was not read")


def _accounts(ground: Ground) -> Row:
    with ground.database() as database:
        seed_open_trades(database, users=WIDTH, each=1, chains=WIDTH)
        seed_broker_tokens(database, [f"user{number}" for number in range(WIDTH)], secrets.token_bytes)
        transport = _SlowTransport(order_lists(database))
        with ground.product(database, transport=transport, side_by_side=Threads()) as product:

            def tick() -> None:
                result = run_job(product.container, "sync", due_at=MORNING, payload={}, forced=True)
                if result.get("accounts") != WIDTH:
                    raise AssertionError(f"the accounts were not synced: {result}")

            taken = timed(tick, rounds=1, warm=0)
        return _row("tick-accounts", f"sync of {WIDTH} accounts", taken.wall_ms, WIDTH)


def _row(name: str, what: str, wall_ms: float, asked: int) -> Row:
    return Row(
        name=name,
        what=f"{what}, {ANSWER_SECONDS:.0f} s an answer",
        value=wall_ms,
        unit="ms",
        peer=Peer(name="one answer", value=ANSWER_SECONDS * 1000),
        bar=Bar(bound=Bound.VALUE_MOST, limit=BAR_MS),
        detail={"asked": asked},
    )

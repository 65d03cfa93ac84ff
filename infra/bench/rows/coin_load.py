"""C-10's load: ten minutes one after the other, whatever each brings; and 10,000 users in the schema.

A minute is what its jobs are: `crypto_tick`, `candle_close`, `crypto_reconcile`, and the messages that they
send, decisions among them, each with a call to a model that answers at once. One function does all of it, one
job after the other; what the exchange and the model take comes on top.
"""

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from typing import Final

import httpx
import psycopg

from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.people import Tier
from chalicelib.domain.trading.trades import read_statuses
from chalicelib.jobs import run_job
from chalicelib.services.ai.manage_traders import create_trader
from chalicelib.services.analysis.performance import read_performance
from chalicelib.services.reading.read_trades import TradeFilter, list_page
from chalicelib.store.analysis.outcomes import OutcomeFilter
from chalicelib.store.users.people import tell_tier
from chalicelib.system import Threads
from infra.bench.ground import Database, Ground, Product, standing_clock
from infra.bench.measure import Timing, by_turns
from infra.bench.result import Bar, Bound, Outcome, Peer, Row
from infra.bench.rows.ai_decision import Outside
from infra.bench.rows.coin_tick import COINS, EVENTS, POSITIONS, SIGNALS, USERNAME, Exchange
from infra.bench.rows.growth import GROWTH_MAX, Work
from infra.bench.seeding import made_up_coins, seed_coins, seed_ended_trades, seed_idle_users
from infra.local.clockwork.clock import ProductClock
from infra.local.clockwork.messages import MessageQueue

MINUTES: Final = 10
SECONDS_MAX: Final = 60.0
_EACH: Final = 5
#: Above what a price always is, and never.
_ALWAYS, _NEVER = 0.00001, 10_000_000
_IDLE_TRADES: Final = 10
_MINUTE: Final = timedelta(minutes=1)
_BUY: Final = {"decision": "LONG", "confidence": 0.9, "reasoning": "It rises.", "stop_loss": 99}
#: So far a coin falls in the minute in which its stops are met.
_DIP: Final = "89"
_QUIET_MINUTES: Final = 2
_CLOCKED: Final = ("crypto_tick", "candle_close", "crypto_reconcile")
#: What a minute's messages ask for; alerts and the context of entries go to others.
_CARRIED: Final = frozenset({"decide", "sync", "ai_change"})
#: Who holds something while all others rest, and how many trades the one who asks has behind them.
_HOLDERS: Final = 20
_OWN_TRADES: Final = 500


class _Market(Outside):
    """The exchange and the model; one coin after the other dips through its stops."""

    def __init__(self, clock: ProductClock) -> None:
        super().__init__(clock)
        self.said = dict[str, object](_BUY)
        self.dips: dict[tuple[str, int], str] = {}

    def dip(self, symbol: str, starts_at: datetime) -> None:
        """Let a coin fall through its stops in a minute, and come back."""
        self.dips[symbol, int(starts_at.timestamp() * 1000)] = _DIP

    def _found(self, request: httpx.Request) -> object:
        if request.url.path.endswith("exchangeInfo"):
            wanted = json.loads(request.url.params.get("symbols", "[]")) or [request.url.params["symbol"]]
            return {"symbols": [_pair(symbol) for symbol in wanted]}
        return super()._found(request)

    def _candles(self, request: httpx.Request) -> list[list[object]]:
        rows = super()._candles(request)
        if request.url.params["interval"] != "1m":
            return rows
        for row in rows:
            found = self.dips.get((request.url.params["symbol"], int(str(row[0]))))
            if found is not None:
                row[3] = found
        return rows


def _pair(symbol: str) -> dict[str, object]:
    prices, lots = ("minPrice", "maxPrice", "tickSize"), ("minQty", "maxQty", "stepSize")
    steps = {"PRICE_FILTER": prices, "LOT_SIZE": lots}
    limits = [
        {"filterType": kind, names[0]: "0.01", names[1]: "1000000", names[2]: "0.01"}
        for kind, names in steps.items()
    ]
    least = {"filterType": "NOTIONAL", "minNotional": "5", "applyMinToMarket": True}
    return {"symbol": symbol, "status": "TRADING", "filters": [*limits, least]}


def measure(ground: Ground) -> list[Outcome]:
    """Live through ten minutes; then what one user's calls cost among so many others, by turns."""
    return [_load(ground), *_among_many(ground)]


def _load(ground: Ground) -> Row:
    positions = min(POSITIONS, ground.sizes.legs)
    minutes = min(MINUTES, ground.sizes.rounds + 1)
    clock = standing_clock()
    market = _Market(clock)
    changes = {"MODEL_KEY": "key"}
    with (
        ground.database() as database,
        ground.product(
            database, transport=market, clock=clock, side_by_side=Threads(), changes=changes
        ) as product,
    ):
        users = max(1, positions // _EACH)
        coins = made_up_coins(COINS)
        seed_coins(database, users=users, each=min(_EACH, positions), coins=coins, since=clock.now())
        symbols = [coin.symbol for coin in coins]
        events = seed_load(product, users, _EACH, max(1, positions * EVENTS // POSITIONS), symbols)
        runner = _Minutes(product, market, clock)
        found = [runner.next(number) for number in range(minutes)]
        decided = counted(database, "select outcome, count(*) from decisions group by 1")
        by_minutes = "select 'filled', count(*) from paper_fills where fill_rule like 'minute%'"
        filled = counted(database, by_minutes)
    return Row(
        name="coin-load",
        what=f"the slowest of {minutes} minutes, {positions:,} coins, {events:,} candle events",
        value=max(found),
        unit="s",
        bar=Bar(bound=Bound.VALUE_MOST, limit=SECONDS_MAX),
        detail={
            "minutes_s": [round(one, 2) for one in found],
            "decisions": {**decided},
            "jobs": dict(runner.jobs),
            **filled,
        },
    )


class _Minutes:
    """Minutes one after the other, each with all that it brings."""

    def __init__(self, product: Product, market: _Market, clock: ProductClock) -> None:
        self._product, self._market, self._clock = product, market, clock
        self.jobs: Counter[str] = Counter()

    def next(self, number: int) -> float:
        """Live through a minute; return the seconds that all of it took."""
        due_at = self._clock.now().replace(second=0, microsecond=0) + _MINUTE
        if number >= _QUIET_MINUTES:
            self._market.dip(f"C{number % COINS}USDT", due_at - _MINUTE)
        self._clock.move(due_at)
        started = time.perf_counter()
        for job in _CLOCKED:
            self._run(job, due_at, {})
        bus = self._product.container.jobs_environment().bus
        assert isinstance(bus, MessageQueue), "the bench's own"
        while (at := bus.next_due_at()) is not None and at < due_at + _MINUTE:
            message = bus.take()
            if message is not None and message.job in _CARRIED:
                self._run(message.job, message.due_at, message.payload)
        return time.perf_counter() - started

    def _run(self, job: str, due_at: datetime, payload: Mapping[str, JsonValue]) -> None:
        ran = run_job(self._product.container, job, due_at=due_at, payload=dict(payload))
        assert not ran.get("errors"), ran
        self.jobs[job] += 1


def seed_load(product: Product, users: int, each: int, events: int, coins: Sequence[str]) -> int:
    """Make traders that look at so many pairs of trader and coin each minute; returns how many.

    Ten users have one that signals each minute, in a coin that its owner does not hold where there is one;
    the others are shared out among them.
    """
    env = product.container.api_environment()
    signalling = min(SIGNALS, users)
    for number in range(signalling):
        whose = f"user{number}"
        with env.database.transaction(whose) as connection:
            tell_tier(connection, whose, Tier.ELITE, env.clock.now())
        _trader(product, whose, f"signals {number}", [coins[(number + 1) * each % len(coins)]], _ALWAYS)
    looking = (events - signalling) // len(coins)
    for number in range(looking):
        _trader(product, f"user{number % signalling}", f"looks {number}", coins, _NEVER + number)
    return signalling + looking * len(coins)


def _trader(product: Product, username: str, name: str, symbols: Sequence[str], above: float) -> None:
    rule = {"left": {"indicator": "price"}, "op": ">", "right": above}
    trading = {"enabled": True, "require_approval": False, "max_correlated_pct": 100, "max_positions": 50}
    body = {
        "name": name,
        "symbols": list(symbols),
        "timeframe": "1m",
        "filter": {"required": [rule]},
        "trading": trading,
    }
    create_trader(product.container.api_environment(), username, body)


def counted(database: Database, select: str) -> dict[str, int]:
    """Return what a query of names with their counts finds, as the schema's owner sees it."""
    with psycopg.connect(database.superuser) as connection:
        return {str(name): int(times) for name, times in connection.execute(select.encode())}


def _among_many(ground: Ground) -> list[Outcome]:
    """Measure what one user's calls and a minute's tick cost among few and among ten times as many users."""
    *_, fewer, most = ground.sizes.growth
    with ExitStack() as stages:
        works: dict[str, dict[int, Work]] = {}
        for count in (fewer, most):
            ground.say(f"  setting up {count:,} users")
            for name, work in stages.enter_context(_crowd(ground, count)).items():
                works.setdefault(name, {})[count] = work
        return [
            _among(name, by_turns(of_sizes, rounds=ground.sizes.rounds), fewer, most)
            for name, of_sizes in works.items()
        ]


def _among(name: str, found: Mapping[int, Timing], fewer: int, most: int) -> Row:
    return Row(
        name=f"users-{name}",
        what=f"{name} among {most:,} paper users",
        value=found[most].wall_ms,
        unit="ms",
        cpu_ms=found[most].cpu_ms,
        peer=Peer(name=f"among {fewer:,}", value=found[fewer].wall_ms),
        bar=Bar(bound=Bound.RATIO_MOST, limit=GROWTH_MAX),
    )


@contextmanager
def _crowd(ground: Ground, count: int) -> Iterator[Mapping[str, Work]]:
    """Set up so many users with a past, of whom the same few hold something; yields the works to time."""
    holders = min(_HOLDERS, count)
    clock = standing_clock()
    with ground.database() as database:
        seed_coins(database, users=holders, each=_EACH, coins=made_up_coins(COINS), since=clock.now())
        seed_idle_users(database, users=count - holders, each=_IDLE_TRADES)
        seed_ended_trades(database, username=USERNAME, count=_OWN_TRADES)
        with ground.product(
            database, transport=Exchange(clock), clock=clock, side_by_side=Threads()
        ) as product:
            yield _works(product, clock)


def _works(product: Product, clock: ProductClock) -> Mapping[str, Work]:
    api = product.container.api_environment()
    listed = TradeFilter(statuses=read_statuses("CLOSED"), limit=50)

    def tick() -> None:
        due_at = clock.now().replace(second=0, microsecond=0) + _MINUTE
        clock.move(due_at)
        run_job(product.container, "crypto_tick", due_at=due_at, payload={}, forced=True)

    return {
        "list": lambda: list_page(api, USERNAME, listed, lambda _: False),
        "tick": tick,
        "performance": lambda: read_performance(api, USERNAME, OutcomeFilter()),
    }

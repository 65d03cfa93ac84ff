"""A minute of coins: 500 positions on 20 of them, 1,000 candle events, ten signals (C-10)."""

import json
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, timedelta
from decimal import Decimal
from email.utils import format_datetime
from statistics import median
from typing import Final

import httpx

from chalicelib.domain.ai.decisions.decision import ChangeKind, DecisionOutcome, Modification
from chalicelib.domain.ai.decisions.stored_changes import AskedChanges
from chalicelib.domain.ai.traders.timeframes import Timeframe
from chalicelib.domain.people import Tier
from chalicelib.jobs import run_job
from chalicelib.services.ai.candle_book import CandleBook
from chalicelib.services.ai.manage_traders import create_trader
from chalicelib.services.ai.positions.change_case import change_case
from chalicelib.services.ai.positions.propose_changes import propose_changes
from chalicelib.services.ai.raise_signals import raise_signals
from chalicelib.store.ai.ridden import read_ridden
from chalicelib.store.users.people import tell_tier
from chalicelib.system import Threads
from infra.bench.function import Event, Function, event_of
from infra.bench.ground import Ground, Product, standing_clock
from infra.bench.result import Bar, Bound, Outcome, Row
from infra.bench.seeding import made_up_coins, seed_coins
from infra.local.clockwork.clock import ProductClock

MILLISECONDS_MAX: Final = 3_000.0
POSITIONS, COINS, EVENTS, SIGNALS = 500, 20, 1_000, 10
_EACH: Final = 5
#: C-10: from the decision to the fill, as the API takes them.
ORDER_MS_MAX: Final = 200.0
#: C-10: a model's change, validated and applied.
CHANGE_MS_MAX: Final = 500.0
_ORDERS_A_ROUND: Final = 5
_PRICE: Final = {"indicator": "price"}
USERNAME: Final = "user0"
_MINUTE: Final = timedelta(minutes=1)


class Exchange(httpx.BaseTransport):
    """Coins that trade at 100 all the time; knows what it was asked, and how long its answers took."""

    def __init__(self, clock: ProductClock) -> None:
        self._clock = clock
        self.asked: Counter[str] = Counter()
        self.seconds = 0.0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer as Binance does."""
        started = time.perf_counter()
        self.asked[request.url.path.rpartition("/")[2]] += 1
        found = self._found(request)
        headers = {"Date": format_datetime(self._clock.now().astimezone(UTC), usegmt=True)}
        answer = httpx.Response(200, content=json.dumps(found).encode(), headers=headers, request=request)
        self.seconds += time.perf_counter() - started
        return answer

    def _found(self, request: httpx.Request) -> object:
        match request.url.path.rpartition("/")[2]:
            case "klines":
                return self._candles(request)
            case "price":
                return {"symbol": request.url.params["symbol"], "price": "100"}
        raise AssertionError(request.url.path)

    def _candles(self, request: httpx.Request) -> list[list[object]]:
        asked = request.url.params
        length = int(Timeframe(asked["interval"]).length.total_seconds()) * 1000
        begins, ends = int(asked["startTime"]), int(asked["endTime"])
        return [
            [at, "100", "100.5", "99.5", "100", "10", at + length - 1, "0", 1, "0", "0", "0"]
            for at in range(begins, ends, length)
        ]


class _Minutes:
    """Minutes one after the other: each is the one after that before."""

    def __init__(self, product: Product, exchange: Exchange, clock: ProductClock) -> None:
        self._product, self._exchange, self._clock = product, exchange, clock
        self.calls: Counter[str] = Counter()
        self.signals = 0

    def next(self) -> tuple[float, float]:
        """Live through a minute; return the own milliseconds of wall and of processor."""
        due_at = self._clock.now().replace(second=0, microsecond=0) + _MINUTE
        self._clock.move(due_at)
        self._exchange.asked.clear()
        self._exchange.seconds = 0.0
        cpu, wall = time.process_time(), time.perf_counter()
        ticked = run_job(self._product.container, "crypto_tick", due_at=due_at, payload={}, forced=True)
        env = self._product.container.jobs_environment()
        raised = raise_signals(env, due_at, CandleBook(env, due_at))
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        assert ticked.get("errors") == {}, ticked
        assert raised.missing == 0, raised
        self.calls, self.signals = Counter(self._exchange.asked), raised.signals
        return (wall - self._exchange.seconds) * 1000, (cpu - self._exchange.seconds) * 1000


def measure(ground: Ground) -> list[Outcome]:
    """Measure minutes in which nothing fills, so that what is measured is the looking."""
    positions = min(POSITIONS, ground.sizes.legs)
    users = max(1, positions // _EACH)
    clock = standing_clock()
    exchange = Exchange(clock)
    with (
        ground.database() as database,
        ground.product(database, transport=exchange, clock=clock, side_by_side=Threads()) as product,
    ):
        seed_coins(
            database, users=users, each=min(_EACH, positions), coins=made_up_coins(COINS), since=clock.now()
        )
        events = seed_traders(product, max(1, positions * EVENTS // POSITIONS))
        minutes = _Minutes(product, exchange, clock)
        minutes.next()
        found = [minutes.next() for _ in range(ground.sizes.rounds)]
        orders = _Orders(product, clock)
        orders.place()
        taken = sorted(orders.place() for _ in range(ground.sizes.rounds * _ORDERS_A_ROUND))
        changed = measure_changes(product, ground.sizes.rounds * _ORDERS_A_ROUND)
    return [
        Row(
            name="coin-tick",
            what=f"a minute of {positions:,} coins of {users} accounts, {events:,} candle events",
            value=median(wall for wall, _ in found),
            unit="ms",
            cpu_ms=median(cpu for _, cpu in found),
            bar=Bar(bound=Bound.VALUE_MOST, limit=MILLISECONDS_MAX),
            detail={"calls": dict(minutes.calls), "signals": minutes.signals},
        ),
        _spread("coin-order", "a coin bought on paper with stop and target", taken, ORDER_MS_MAX),
        _spread("coin-change", "a model's stop validated and applied", changed, CHANGE_MS_MAX),
    ]


def _spread(name: str, what: str, taken: Sequence[float], most: float) -> Row:
    """Return what nineteen of twenty took at most, of milliseconds in order."""
    return Row(
        name=name,
        what=f"{what}, 95th percentile",
        value=taken[int(len(taken) * 0.95)],
        unit="ms",
        bar=Bar(bound=Bound.VALUE_MOST, limit=most),
        detail={"count": len(taken), "median_ms": round(median(taken))},
    )


def seed_traders(product: Product, events: int) -> int:
    """Make traders of user0 that look at so many pairs of trader and coin each minute; ten of them signal."""
    env = product.container.api_environment()
    now = env.clock.now()
    env.database.run(lambda connection: tell_tier(connection, USERNAME, Tier.ELITE, now), username=USERNAME)
    coins = [f"C{number}USDT" for number in range(COINS)]
    lists = [coins[:SIGNALS], coins[:SIGNALS], *([coins] * ((events - 2 * SIGNALS) // COINS))]
    for number, symbols in enumerate(lists):
        # Only the first one's rule ever holds.
        rule = {"left": _PRICE, "op": ">", "right": 90 if number == 0 else 100 + number}
        body = {
            "name": f"trader {number}",
            "symbols": symbols,
            "timeframe": "1m",
            "filter": {"required": [rule]},
            "trading": {"enabled": True},
        }
        create_trader(env, USERNAME, body)
    return sum(len(symbols) for symbols in lists)


def measure_changes(product: Product, count: int) -> list[float]:
    """Have a model tighten the stops of so many positions, each once; returns the milliseconds, in order.

    From the market that the change is judged by to the stop that rests: without time for a veto.
    """
    env = product.container.jobs_environment()
    held = env.database.run(read_ridden, username=None)[:count]
    tighter = Modification(kind=ChangeKind.MOVE_SL, reason="nearer", new_stop=Decimal(91))
    asked = AskedChanges(confidence=Decimal("0.9"), changes=(tighter,))
    taken = []
    for one in held:
        started = time.perf_counter()
        case = change_case(env, one.username, one.id, asked.confidence)
        assert case is not None, "a trader's own"
        done = propose_changes(env, one.username, one.id, asked, case, decision_id=None)
        taken.append((time.perf_counter() - started) * 1000)
        if done is None or done.outcome is not DecisionOutcome.EXECUTED:
            raise AssertionError(f"the stop was not moved: {done}")
    after = {one.id: one.sl_price for one in env.database.run(read_ridden, username=None)}
    assert all(after[one.id] == tighter.new_stop for one in held)
    return sorted(taken)


class _Orders:
    """Orders for a coin, one call a time: timed from the call to its answer, filled and protected."""

    def __init__(self, product: Product, clock: ProductClock) -> None:
        self._function = Function(product.context)
        self._token = product.sign_in.access_token(USERNAME)
        self._clock = clock

    def place(self) -> float:
        """Place one order; return the milliseconds that its call took."""
        self._clock.move(self._clock.now() + _MINUTE)
        body = {
            "ticker": "C0USDT",
            "legs": [{"instrument": "CRYPTO", "side": "LONG"}],
            "qty": 0.1,
            "order_type": "market",
            "sl_price": 90,
            "tp_price": 110,
            "broker_mode": "PAPER",
        }
        asked = event_of("POST", "/api/trades", token=self._token, body=json.dumps(body))
        started = time.perf_counter()
        answered: Event = self._function.answer(asked)
        taken = (time.perf_counter() - started) * 1000
        found = json.loads(answered["body"])
        if answered["statusCode"] != 201 or found["status"] != "OPEN" or len(found["orders"]) != 3:
            raise AssertionError(f"the order was not filled: {answered['body']}")
        return taken

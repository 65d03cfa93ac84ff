"""A decision without the model's own time: from the signal to its row, and to a protected trade (C-10)."""

import json
import time
from statistics import median
from typing import Final
from uuid import UUID

import httpx

from chalicelib.domain.ai.decisions.decision import DecisionOutcome
from chalicelib.domain.ai.traders.timeframes import Timeframe
from chalicelib.domain.clocks.decide_messages import OneSignal
from chalicelib.domain.people import Tier
from chalicelib.services.ai.deciding.decide import decide
from chalicelib.services.ai.manage_traders import create_trader
from chalicelib.store.ai.signals import WebhookSignal, add_webhook
from chalicelib.store.users.people import tell_tier
from infra.bench.ground import Ground, Product, standing_clock
from infra.bench.result import Bar, Bound, Outcome, Row
from infra.bench.rows.coin_tick import USERNAME, Exchange
from infra.bench.seeding import made_up_coins, seed_coins
from infra.local.clockwork.clock import ProductClock

DECISION_MS_MAX: Final = 60.0
#: C-10: from the decision to the fill.
ENTRY_MS_MAX: Final = 200.0
#: Beside which each decision is made: what moves with it is looked at, too.
_COINS: Final = 4
_NOTHING: Final = {"decision": "NO_TRADE", "confidence": 0.5, "reasoning": "Nothing to see."}
_BUY: Final = {**_NOTHING, "decision": "LONG", "confidence": 0.9, "stop_loss": 99}
_PRICE: Final = "100"


class Outside(Exchange):
    """The exchange, and a model that says what it is told to."""

    def __init__(self, clock: ProductClock) -> None:
        super().__init__(clock)
        self.said: dict[str, object] = dict(_NOTHING)

    def _found(self, request: httpx.Request) -> object:
        match request.url.path.rpartition("/")[2]:
            case "completions":
                message = {"role": "assistant", "content": json.dumps(self.said)}
                choice = {"index": 0, "finish_reason": "stop", "message": message}
                usage = {"prompt_tokens": 1500, "completion_tokens": 60, "cost": 0.0001}
                model = json.loads(request.content)["model"]
                return {"id": "gen-1", "model": model, "choices": [choice], "usage": usage}
            case "price" if "symbols" in request.url.params:
                symbols = json.loads(request.url.params["symbols"])
                return [{"symbol": symbol, "price": _PRICE} for symbol in symbols]
        return super()._found(request)


def measure(ground: Ground) -> list[Outcome]:
    """Measure decisions of one user who holds coins, and entries, each of a trader that holds nothing."""
    clock = standing_clock()
    outside = Outside(clock)
    with (
        ground.database() as database,
        ground.product(database, transport=outside, clock=clock, changes={"MODEL_KEY": "key"}) as product,
    ):
        seed_coins(database, users=1, each=_COINS, coins=made_up_coins(_COINS), since=clock.now())
        decisions = _Decisions(product, outside)
        decisions.make(DecisionOutcome.NO_TRADE)
        made = [decisions.make(DecisionOutcome.NO_TRADE) for _ in range(ground.sizes.rounds)]
        outside.said = dict(_BUY)
        entered = [decisions.make(DecisionOutcome.EXECUTED) for _ in range(min(ground.sizes.rounds, 5))]
    return [
        _row("ai-decision", "a signal decided, model and exchange aside", made, DECISION_MS_MAX),
        _row("ai-entry", "a signal decided, bought and protected, likewise", entered, ENTRY_MS_MAX),
    ]


def _row(name: str, what: str, taken: list[tuple[float, float]], most: float) -> Row:
    return Row(
        name=name,
        what=what,
        value=median(wall for wall, _ in taken),
        unit="ms",
        cpu_ms=median(cpu for _, cpu in taken),
        bar=Bar(bound=Bound.VALUE_MOST, limit=most),
        detail={"count": len(taken)},
    )


class _Decisions:
    """Signals of user0, each of a trader of its own, decided one after the other."""

    def __init__(self, product: Product, outside: Outside) -> None:
        self._product, self._outside = product, outside
        env = product.container.api_environment()
        now = env.clock.now()
        env.database.run(lambda c: tell_tier(c, USERNAME, Tier.ELITE, now), username=USERNAME)

    def make(self, expected: DecisionOutcome) -> tuple[float, float]:
        """Decide one; return the own milliseconds of wall and of processor."""
        signal_id = self._signal()
        env = self._product.container.jobs_environment()
        self._outside.seconds = 0.0
        cpu, wall = time.process_time(), time.perf_counter()
        outcome = decide(env, USERNAME, OneSignal(username=USERNAME, signal_id=signal_id))
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        assert outcome is expected, outcome
        return (wall - self._outside.seconds) * 1000, (cpu - self._outside.seconds) * 1000

    def _signal(self) -> UUID:
        env = self._product.container.api_environment()
        now = env.clock.now()
        body = {
            "name": "measured",
            "symbols": ["C1USDT"],
            "timeframe": "5m",
            "filter": None,
            "trading": {"enabled": True, "require_approval": False, "max_correlated_pct": 100},
        }
        trader = create_trader(env, USERNAME, body)
        signal = WebhookSignal(
            id=env.randomness.uuid7(now),
            trader_id=trader.id,
            symbol="C1USDT",
            candle=Timeframe.M5.closed_at(now),
            external_id=None,
            signature=None,
            told={},
        )
        env.database.run(lambda c: add_webhook(c, USERNAME, signal), username=USERNAME)
        return signal.id

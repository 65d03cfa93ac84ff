"""Our clients of coins and of models, over real HTTP against the emulators (C-02, C-05, C-13)."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from chalicelib.domain.ai.candles import arrays_of
from chalicelib.domain.ai.decisions.decision import AiDecision, DecisionWord
from chalicelib.domain.ai.decisions.reading import read_decision
from chalicelib.domain.ai.traders.timeframes import Timeframe
from chalicelib.domain.coins.minutes import minutes_of
from chalicelib.marketdata.binance_coins import BinanceCoins
from chalicelib.marketdata.interface import MarketDataError, NoHistory
from chalicelib.models.chat import ChatModel
from chalicelib.models.interface import Talk, TryFailure
from chalicelib.vendors.deadline import Deadline
from chalicelib.vendors.http import HttpPool
from infra.local.emulators.serving.exchange import Handler
from infra.local.emulators.serving.http_server import EmulatorServer
from infra.local.emulators.world import World
from tests.brokers.support import HandClock, OpenBudget
from tests.emulators.support import MODEL_KEY
from tests.models.support import NO_TRADE, QUESTION, environment

NOW = datetime(2026, 2, 21, 12, 34, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class RealSeconds(HandClock):
    """Product time moved by hand; waits are noted and monotonic time is the machine's."""

    def monotonic(self) -> float:
        return time.monotonic()


class Outside:
    """A world on a clock, and what reaches it."""

    def __init__(self) -> None:
        self.clock = RealSeconds(NOW)
        self.world = World.create(7, self.clock.now, self.clock.sleep)
        self.world.openrouter.add_key(MODEL_KEY)
        self.budget = OpenBudget()
        self.http = HttpPool()

    @contextmanager
    def served(self, vendor: Handler) -> Iterator[str]:
        with EmulatorServer(vendor, hold_seconds=3) as server:
            yield server.url
            self.http.close()

    def coins(self, url: str) -> BinanceCoins:
        return BinanceCoins(url, budget=self.budget, clock=self.clock, http=self.http)

    def ask(self, url: str, seconds: float = 20.0) -> Talk[AiDecision]:
        model = ChatModel(
            environment(base_url=f"{url}/api/v1", key=MODEL_KEY),
            budget=self.budget,
            clock=self.clock,
            http=self.http,
            deadline=Deadline(self.clock, seconds),
        )
        return model.ask(QUESTION, read_decision)


@pytest.fixture
def outside() -> Outside:
    return Outside()


def test_candles_prices_and_filters_come_over_the_wire(outside: Outside) -> None:
    """C-05: one candle call a symbol; a candle that is still being made is not among them."""
    with outside.served(outside.world.binance) as url:
        coins = outside.coins(url)
        candles = coins.candles("BTCUSDT", Timeframe.M1, NOW - timedelta(hours=20), NOW + MINUTE)
        hours = coins.candles("BTCUSDT", Timeframe.H1, NOW - timedelta(hours=48), NOW)
        prices = coins.prices(["BTCUSDT", "ETHUSDT", "NOSUCH"])
        filters = coins.filters(["BTCUSDT", "ADAUSDT", "NOSUCH"])
        with pytest.raises(NoHistory):
            coins.candles("NOSUCH", Timeframe.M1, NOW - MINUTE, NOW)

    assert (candles[-1].ends_at, len(candles)) == (NOW.replace(second=0), 1199)
    assert all(later.starts_at - one.starts_at == MINUTE for one, later in pairwise(candles))
    assert len(minutes_of(candles)) == len(arrays_of(candles)) == 1199
    assert hours[-1].ends_at == NOW.replace(minute=0, second=0)
    last = outside.world.simulated.crypto.price("BTCUSDT", NOW)
    assert {symbol: one.as_of for symbol, one in prices.items()} == {"BTCUSDT": NOW, "ETHUSDT": NOW}
    assert prices["BTCUSDT"].price == Decimal(str(last))
    assert (filters["BTCUSDT"].tick, filters["BTCUSDT"].lot) == (Decimal("0.01"), Decimal("0.00001"))
    assert filters["ADAUSDT"].tick == Decimal("0.0001")
    assert outside.world.binance.calls()["total"] == len(outside.budget.taken)


def test_a_ban_is_heeded_until_it_ends(outside: Outside) -> None:
    """C-06, C-13: one refusal, and nobody calls until the body's time."""
    until = int((NOW + timedelta(seconds=90)).timestamp() * 1000)
    banned = {"code": -1003, "msg": f"Way too much request weight used; IP banned until {until}."}
    outside.world.faults.arm_from({"vendor": "binance", "kind": "status", "code": 418, "body": banned})
    with outside.served(outside.world.binance) as url:
        for _ in range(3):
            with pytest.raises(MarketDataError):
                outside.coins(url).prices(["BTCUSDT"])
        outside.clock.advance(90)
        assert outside.coins(url).prices(["BTCUSDT"])

    assert outside.world.binance.calls()["total"] == 2


@pytest.mark.parametrize("kind", ["drop_connection", "malformed", "timeout_before", "empty_lists"])
def test_an_exchange_that_fails_gives_no_candles(outside: Outside, kind: str) -> None:
    """Missing data fails closed: nothing, never something half read."""
    outside.world.faults.arm_from({"vendor": "binance", "kind": kind, "times": 5})
    with outside.served(outside.world.binance) as url:
        coins = outside.coins(url).within(Deadline(outside.clock, 2.0))
        try:
            found = coins.candles("BTCUSDT", Timeframe.M1, NOW - MINUTE, NOW)
        except MarketDataError:
            found = ()

    assert found == ()


def test_a_decision_comes_over_the_wire_with_what_it_cost(outside: Outside) -> None:
    with outside.served(outside.world.openrouter) as url:
        talk = outside.ask(url)

    assert talk.value is not None
    assert talk.value.decision is DecisionWord.NO_TRADE
    assert talk.failure is None
    usage = talk.tries[0].usage
    assert usage.cost_usd is not None
    assert 0 < usage.cost_usd < Decimal("0.01")
    assert talk.tries[0].latency_ms < 5000
    (asked,) = outside.world.openrouter.asked()
    assert (asked["model"], asked["max_tokens"]) == (QUESTION.model, 1000)


def test_the_quirks_of_answers_are_failed_tries(outside: Outside) -> None:
    """C-02: empty, cut off, an error with 200, another model's: asked again; a fence is taken off."""
    fenced = '```json\n{"decision": "WATCH", "confidence": 0.5, "reasoning": "Near."}\n```'
    outside.world.openrouter.queue(
        [
            {"content": "\n"},
            {"error": {"code": 429, "message": "Rate limit exceeded"}},
            {"content": fenced, "reasoning": "Hm."},
            {"content": {**NO_TRADE, "reasoning": "word " * 1000}},
            {"content": NO_TRADE, "model": "mistralai/mistral-7b-instruct"},
            {"content": "No JSON."},
        ]
    )
    with outside.served(outside.world.openrouter) as url:
        first, second = outside.ask(url), outside.ask(url)

    assert [one.failure for one in first.tries] == [TryFailure.EMPTY, TryFailure.RATE_LIMITED, None]
    assert first.value is not None
    assert first.value.decision is DecisionWord.WATCH
    assert [one.failure for one in second.tries] == [
        TryFailure.CUT_OFF,
        TryFailure.OTHER_MODEL,
        TryFailure.OUTSIDE_SCHEMA,
    ]
    assert second.value is None


def test_out_of_credit_is_told_at_once(outside: Outside) -> None:
    """C-13: as that, not as a limit."""
    outside.world.openrouter.queue([{"status": 402}])
    with outside.served(outside.world.openrouter) as url:
        talk = outside.ask(url)

    assert (talk.failure, len(talk.tries)) == (TryFailure.OUT_OF_CREDIT, 1)


def test_a_model_that_stalls_is_not_waited_for(outside: Outside) -> None:
    """An answer that comes after the deadline may be charged, and decides nothing."""
    outside.world.openrouter.queue([{"content": NO_TRADE, "seconds": 3}])
    with outside.served(outside.world.openrouter) as url:
        talk = outside.ask(url, seconds=1.2)

    assert (talk.failure, len(talk.tries)) == (TryFailure.NO_ANSWER, 1)
    assert talk.cost_usd(Decimal("0.02")) == Decimal("0.02")


@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        ({"kind": "drop_connection"}, TryFailure.NO_ANSWER),
        ({"kind": "malformed"}, TryFailure.UNREADABLE),
        ({"kind": "rate_limited", "seconds": 3}, TryFailure.RATE_LIMITED),
        ({"kind": "status", "code": 503, "headers": {"Retry-After": "2"}}, TryFailure.PROVIDER_DOWN),
    ],
)
def test_one_failure_is_gone_at_the_next_try(
    outside: Outside, fault: dict[str, object], failure: TryFailure
) -> None:
    outside.world.faults.arm_from({"vendor": "openrouter", **fault})
    with outside.served(outside.world.openrouter) as url:
        talk = outside.ask(url)

    assert [one.failure for one in talk.tries] == [failure, None]
    assert outside.clock.slept == [fault.get("seconds", 2.0 if "headers" in fault else 1.0)]

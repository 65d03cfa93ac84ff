"""Filters at a candle's close: one look for all traders, one signal a symbol and candle (C-01)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import pytest
from sqlalchemy import update

from chalicelib.domain.ai.traders.timeframes import Timeframe
from chalicelib.domain.clocks.decide_messages import DECIDE
from chalicelib.services.ai.candle_book import CANDLES, CandleBook
from chalicelib.services.ai.control_traders import pause_trader
from chalicelib.services.ai.manage_traders import change_trader, create_trader, delete_trader
from chalicelib.services.ai.raise_signals import RaiseReport, raise_signals
from chalicelib.services.environment import Environment
from chalicelib.store.ai import signals
from chalicelib.store.ai.signals import FilterSignal, SignalRow
from chalicelib.store.ai.traders import TraderRow
from chalicelib.store.schema import traders
from tests.services.ai.coins import Coins
from tests.services.stage import Stage

#: A quarter closes, and no hour.
CLOSE: Final = datetime(2026, 2, 19, 14, 45, tzinfo=UTC)
PRICE: Final = {"indicator": "price"}


def rule(left: object, op: str, right: object) -> dict[str, Any]:  # Any: a body
    return {"left": left, "op": op, "right": right}


@pytest.fixture
def coins(stage: Stage) -> Coins:
    """BTC at 100, ETH at 50; alice is Elite, bob Pro; it is the close of a quarter."""
    stage.go_to(CLOSE)
    stage.set(tier="elite")
    stage.set("bob", tier="pro")
    made = Coins(stage.clock.now)
    made.closes = {"BTCUSDT": lambda _: Decimal(100), "ETHUSDT": lambda _: Decimal(50)}
    return made


def jobs_of(stage: Stage, coins: Coins) -> Environment:
    return replace(stage.container.jobs_environment(), coin_market=coins)


def look(stage: Stage, coins: Coins, at: datetime = CLOSE) -> RaiseReport:
    """Judge one close."""
    env = jobs_of(stage, coins)
    return raise_signals(env, at, CandleBook(env, at))


def trader(stage: Stage, username: str = "alice", **changes: Any) -> TraderRow:  # Any: a body's fields
    """Make a trader that is on, and signals above 90."""
    body = {
        "name": "x",
        "symbols": ["BTCUSDT"],
        "timeframe": "15m",
        "filter": {"required": [rule(PRICE, ">", 90)]},
        "trading": {"enabled": True},
    }
    return create_trader(stage.env, username, {**body, **changes})


def raised(stage: Stage, username: str = "alice") -> list[SignalRow]:
    with stage.env.database.transaction(username) as connection:
        return signals.page(connection, username, limit=100)


def test_what_holds_at_a_close_is_a_signal(stage: Stage, coins: Coins) -> None:
    """C-01: all required rules hold; the score is the share of all that do; nothing of it is an order."""
    some = [rule(PRICE, "<", 90), rule(PRICE, ">=", 100)]
    one = trader(
        stage, symbols=["BTCUSDT", "ETHUSDT"], filter={"required": [rule(PRICE, ">", 90)], "optional": some}
    )

    assert look(stage, coins) == RaiseReport(traders=1, missing=0, signals=1)
    (found,) = raised(stage)
    assert (found.trader_id, found.symbol, found.source, found.candle) == (one.id, "BTCUSDT", "FILTER", CLOSE)
    assert round(found.setup_score, 4) == Decimal("0.6667")
    assert stage.query("select count(*) from orders") == [(0,)]


def test_a_close_looked_at_twice_signals_once(stage: Stage, coins: Coins) -> None:
    """C-01, I-20: one signal per trader, symbol and candle; the next candle is another."""
    trader(stage)
    first, again = look(stage, coins), look(stage, coins)
    stage.go_to(CLOSE + timedelta(minutes=15))
    later = look(stage, coins, CLOSE + timedelta(minutes=15))

    assert [one.signals for one in (first, again, later)] == [1, 0, 1]
    assert len(raised(stage)) == 2


def test_everybody_shares_one_call_a_symbol_and_length(stage: Stage, coins: Coins) -> None:
    """C-05: whoever asks, and however many rules; each call brings what one call can."""
    hourly = {"indicator": "EMA", "params": {"period": 20}, "timeframe": "1h"}
    for username in ("alice", "bob"):
        trader(stage, username)
        trader(stage, username, filter={"required": [rule(PRICE, ">", 90), rule(PRICE, ">=", hourly)]})

    assert look(stage, coins) == RaiseReport(traders=4, missing=0, signals=4)
    asked = {(symbol, timeframe): (start, end) for symbol, timeframe, start, end in coins.calls}
    assert len(coins.calls) == len(asked) == 2
    assert asked["BTCUSDT", Timeframe.M15] == (CLOSE - CANDLES * timedelta(minutes=15), CLOSE)
    assert asked["BTCUSDT", Timeframe.H1][1] == CLOSE - timedelta(minutes=45)


@pytest.mark.parametrize("op", [">", "<="])
def test_a_candle_that_is_still_being_made_is_not_judged(stage: Stage, coins: Coins, op: str) -> None:
    """C-05, complaint: a candle that was not closed yet judged as closed.

    The hour that is being made stands at 100, the last that closed at 80; the quarters are at 100.
    """
    coins.closes["BTCUSDT"] = lambda closed_at: Decimal(100 if closed_at > CLOSE.replace(minute=0) else 80)
    hourly = {**PRICE, "timeframe": "1h"}
    trader(stage, filter={"required": [rule(hourly, op, 90), rule(PRICE, ">", 90)]})

    assert look(stage, coins).signals == (1 if op == "<=" else 0)


def test_a_close_that_the_exchange_does_not_show_yet_is_not_guessed(stage: Stage, coins: Coins) -> None:
    """C-05: asked for once more, then nothing is judged by the candle before."""
    coins.behind = timedelta(seconds=3)
    trader(stage)

    assert look(stage, coins) == RaiseReport(traders=1, missing=1, signals=0)
    assert len(coins.calls) == 2
    coins.behind = timedelta(0)
    assert look(stage, coins).signals == 1


def test_only_lengths_that_close_are_judged(stage: Stage, coins: Coins) -> None:
    """C-12: at a quarter neither the hour nor the day."""
    for timeframe in ("1m", "5m", "15m", "1h", "4h", "1d"):
        trader(stage, timeframe=timeframe)
    hour = CLOSE.replace(hour=16, minute=0)

    assert look(stage, coins).traders == 3
    stage.go_to(hour)
    assert look(stage, coins, hour).traders == 5


def test_what_one_symbol_lacks_is_its_own(stage: Stage, coins: Coins) -> None:
    """C-01: missing data fails closed, and the others are judged."""
    coins.refusing = {"ETHUSDT"}
    trader(stage, symbols=["ETHUSDT", "BTCUSDT"], filter={"required": [rule(PRICE, ">", 1)]})

    assert look(stage, coins) == RaiseReport(traders=1, missing=1, signals=1)
    assert [one.symbol for one in raised(stage)] == ["BTCUSDT"]


def test_a_filter_that_cannot_be_read_is_its_traders_alone(stage: Stage, coins: Coins) -> None:
    """A row of another release: that trader raises nothing, the rest is judged."""
    broken, _ = trader(stage), trader(stage, "bob")
    with stage.env.database.transaction("alice") as connection:
        odd = {"required": [rule({"indicator": "VWAP"}, ">", 1)]}
        connection.execute(update(traders).where(traders.c.id == broken.id).values(filter=odd))

    assert look(stage, coins) == RaiseReport(traders=1, missing=0, signals=1)


STOPS: Final[Mapping[str, int]] = {
    "on": 1,
    "paused": 1,
    "off": 0,
    "locked": 0,
    "deleted": 0,
    "webhooks alone": 0,
    "no required rule": 0,
    "free": 0,
    "no tier": 0,
    "disabled": 0,
}


@pytest.mark.parametrize("stop", STOPS)
def test_whoever_was_stopped_raises_nothing(stage: Stage, coins: Coins, stop: str) -> None:
    """C-07, C-08, complaint: stopping a bot does not stop it. A paused one is analysed on."""
    one = trader(stage)
    stopped(stage, one, stop)

    assert look(stage, coins).signals == STOPS[stop]


def stopped(stage: Stage, one: TraderRow, stop: str) -> None:
    """Stop a trader in one of the ways there are."""
    body, off = one.body, {**one.body, "trading": {**one.trading, "enabled": False}}
    match stop:
        case "paused":
            pause_trader(stage.env, "alice", one.id)
        case "off":
            change_trader(stage.env, "alice", one.id, off, 1)
        case "locked":
            with stage.env.database.transaction("alice") as connection:
                connection.execute(update(traders).values(locked_at=CLOSE))
        case "deleted":
            delete_trader(stage.env, "alice", one.id, 1)
        case "webhooks alone":
            change_trader(stage.env, "alice", one.id, {**body, "filter": None}, 1)
        case "no required rule":
            only = {"required": [], "optional": [rule(PRICE, ">", 1)]}
            change_trader(stage.env, "alice", one.id, {**body, "filter": only}, 1)
        case "free":
            stage.set(tier="free")
        case "no tier":
            stage.set(tier=None)
        case "disabled":
            stage.set(state="DISABLED")


def test_who_is_stopped_between_look_and_row_raises_nothing(stage: Stage, coins: Coins) -> None:
    """C-07: the row asks again, whatever was read before."""
    one = trader(stage)
    found = FilterSignal(
        id=stage.env.randomness.uuid7(CLOSE),
        username="alice",
        trader_id=one.id,
        symbol="BTCUSDT",
        setup_score=Decimal(1),
        candle=CLOSE,
    )
    stopped(stage, one, "off")
    with jobs_of(stage, coins).database.transaction(None) as connection:
        assert signals.add_all(connection, [found]) == frozenset()


def test_each_signal_goes_to_be_decided_and_what_is_lost_is_found(stage: Stage, coins: Coins) -> None:
    """C-02: a message each; one that was killed before it was sent is found among what nobody decided."""
    trader(stage)
    trader(stage, "bob")
    unsent = look(stage, coins)
    stage.bus.sent.clear()
    later = CLOSE + timedelta(minutes=15)
    stage.go_to(later)
    look(stage, coins, later)
    told = [payload for job, payload, _ in stage.bus.sent if job == DECIDE]
    with jobs_of(stage, coins).database.transaction(None) as connection:
        undecided = signals.read_undecided(connection, since=CLOSE - timedelta(minutes=1), until=later)

    assert unsent.signals == 2
    newest = [raised(stage, username)[0] for username in ("alice", "bob")]
    assert {(one["username"], one["signal"]) for one in told} == {
        (one.username, str(one.id)) for one in newest
    }
    assert {one.id for one in undecided} == {
        one.id for username in ("alice", "bob") for one in raised(stage, username)
    }


def test_nobody_sees_anothers_signals(stage: Stage, coins: Coins) -> None:
    """A-10."""
    trader(stage)
    look(stage, coins)

    assert (len(raised(stage)), raised(stage, "bob")) == (1, [])

"""What traders read and whom they ask, as composed: one budget for all functions (C-05, C-06)."""

from datetime import timedelta

import pytest

from chalicelib.domain.ai.decisions.decision import DecisionWord
from chalicelib.domain.ai.decisions.reading import read_decision
from chalicelib.domain.ai.traders.timeframes import Timeframe
from chalicelib.marketdata.interface import MarketDataError, Purpose
from chalicelib.models.interface import TryFailure
from chalicelib.vendors.deadline import Deadline
from tests.models.support import QUESTION
from tests.services.stage import Stage

MINUTE = timedelta(minutes=1)


def test_coins_and_the_model_are_there(stage: Stage) -> None:
    now = stage.clock.now()
    env = stage.env
    candles = env.coin_market.candles("BTCUSDT", Timeframe.M1, now - 5 * MINUTE, now)
    talk = env.models.for_user("alice").ask(QUESTION, read_decision)

    assert candles[-1].ends_at <= now
    assert env.coin_market.source == "binance"
    assert talk.value is not None
    assert talk.value.decision is DecisionWord.NO_TRADE
    assert env.models.usual_model == QUESTION.model


def test_a_ban_told_to_one_function_is_heeded_by_the_others(stage: Stage) -> None:
    """C-06: an exit does not go past it either."""
    stage.world.faults.arm_from(
        {"vendor": "binance", "kind": "status", "code": 418, "headers": {"Retry-After": "300"}}
    )
    api, jobs = stage.env, stage.container.jobs_environment()
    with pytest.raises(MarketDataError):
        api.coin_market.prices(["BTCUSDT"])
    before = stage.world.binance.calls()
    for_exits = jobs.coin_market.within(Deadline(stage.clock), Purpose.EXIT)
    with pytest.raises(MarketDataError) as caught:
        for_exits.prices(["BTCUSDT"])

    assert stage.world.binance.calls() == before
    assert caught.value.retry_after_seconds == 300
    stage.clock.move(stage.clock.now() + 5 * MINUTE)
    assert for_exits.prices(["BTCUSDT"])


def test_calls_are_budgeted_by_their_weight(stage: Stage) -> None:
    """Pages leave to marks what marks need, and marks to exits."""
    coins = stage.env.coin_market
    pages = coins.within(None, Purpose.PAGE)
    for _ in range(120):
        pages.filters(["BTCUSDT"])
    with pytest.raises(MarketDataError):
        pages.prices(["BTCUSDT"])

    assert coins.prices(["BTCUSDT"])


def test_a_key_that_is_refused_is_told_as_that(stage: Stage) -> None:
    stage.world.faults.arm_from({"vendor": "openrouter", "kind": "expire_token"})
    talk = stage.env.models.for_user("alice").ask(QUESTION, read_decision)

    assert (talk.failure, len(talk.tries)) == (TryFailure.KEY_REFUSED, 1)

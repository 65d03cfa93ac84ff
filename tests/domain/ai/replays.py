"""Tapes and answers as tests of replays make them."""

import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from chalicelib.domain.ai.decisions.decision import AiDecision, DecisionWord, TakeProfit
from chalicelib.domain.ai.replays.answers import AS_IT_WAS, Answer, Variant
from chalicelib.domain.ai.replays.replay import Replayed, replay
from chalicelib.domain.ai.replays.tape import Tape
from chalicelib.domain.ai.traders.timeframes import Timeframe
from chalicelib.domain.ai.traders.trader import Trading
from chalicelib.domain.coins.minutes import Minute
from chalicelib.domain.market.coins import CoinCandle
from tests.domain.ai.cases import FILTERS

BEGIN: Final = datetime(2026, 2, 18, tzinfo=UTC)
MINUTE: Final = timedelta(minutes=1)
WARM_UP: Final = 6 * 60
#: When the first answers come: six hours of minutes have closed.
START: Final = BEGIN + WARM_UP * MINUTE
TRADING: Final = Trading(
    enabled=True,
    require_approval=False,
    position_size_usd=Decimal(1000),
    veto_seconds=60,
    breakeven_at_pct=None,
)
TRADE: Final = UUID(int=7)


def minutes(closes: Sequence[float | str], *, wick: str = "0.05", begin: datetime = BEGIN) -> list[Minute]:
    """Return a minute for each close: it opens at the close before, its wicks reach so far beyond both."""
    found, before = [], Decimal(str(closes[0]))
    for number, close in enumerate(closes):
        price = Decimal(str(close))
        found.append(
            Minute(
                starts_at=begin + number * MINUTE,
                opening=before,
                high=max(before, price) + Decimal(wick),
                low=min(before, price) - Decimal(wick),
                closing=price,
            )
        )
        before = price
    return found


def candles(of: Sequence[Minute], length: timedelta) -> list[CoinCandle]:
    """Return the whole candles of a length that minutes make."""
    step = length // MINUTE
    return [
        CoinCandle(
            starts_at=part[0].starts_at,
            ends_at=part[0].starts_at + length,
            opening=part[0].opening,
            high=max(one.high for one in part),
            low=min(one.low for one in part),
            closing=part[-1].closing,
            volume=Decimal(1),
        )
        for part in (of[begin : begin + step] for begin in range(0, len(of) - step + 1, step))
    ]


def tape(of: Sequence[Minute], symbol: str = "BTCUSDT") -> Tape:
    """Return a tape of fifteen-minute candles."""
    return Tape(
        symbol,
        of,
        hours=candles(of, Timeframe.H1.length),
        frames=candles(of, Timeframe.M15.length),
        filters=FILTERS,
    )


def calm(*closes: float | str) -> list[Minute]:
    """Return six hours around 100, then a minute for each close."""
    return minutes([100 + 0.2 * (number % 2) for number in range(WARM_UP - 1)] + ["100", *closes])


def walk(seed: int, count: int = 600) -> list[Minute]:
    """Return a random walk after six calm hours."""
    chance = random.Random(seed)
    price, closes = 100.0, []
    for _ in range(count):
        price = max(price + chance.gauss(0, 0.35), 20)
        closes.append(round(price, 2))
    return calm(*closes)


def answer(word: str = "LONG", *, at: datetime = START, confidence: str = "0.8", **fields: Any) -> Answer:
    """Return an answer; a long has a stop at 98 and one target at 104."""
    levels: dict[str, Any] = {}
    if word in {"LONG", "SHORT"}:
        away = 1 if word == "LONG" else -1
        levels = {
            "stop_loss": Decimal(100 - 2 * away),
            "take_profits": (TakeProfit(price=Decimal(100 + 4 * away), share=Decimal(1)),),
        }
    given = {"trade_id": TRADE, "target_ids": (), "symbol": "BTCUSDT"}
    own = {name: fields.pop(name, usual) for name, usual in given.items()}
    said = {"confidence": Decimal(confidence), "reasoning": "a test's", **levels, **fields}
    decision = AiDecision(decision=DecisionWord(word), **said)
    return Answer(id=UUID(int=int(at.timestamp())), at=at, decision=decision, **own)


def run(
    answers: Iterable[Answer],
    of: Sequence[Minute],
    *,
    trading: Trading = TRADING,
    variant: Variant = AS_IT_WAS,
    until: datetime | None = None,
) -> Replayed:
    """Replay answers over one coin's minutes."""
    return replay(
        answers,
        {"BTCUSDT": tape(of)},
        trading,
        Timeframe.M15,
        variant=variant,
        starting=Decimal(10_000),
        until=until or of[-1].ends_at,
    )

"""A trader replayed over 30 days of minutes with stored answers, read already (C-09, issue 12)."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from chalicelib.domain.ai.decisions.decision import AiDecision, DecisionWord, TakeProfit
from chalicelib.domain.ai.replays.answers import AS_IT_WAS, Answer
from chalicelib.domain.ai.replays.replay import Replayed, replay
from chalicelib.domain.ai.replays.tape import Tape
from chalicelib.domain.ai.traders.timeframes import Timeframe
from chalicelib.domain.ai.traders.trader import Trading
from chalicelib.domain.coins.minutes import Minute
from chalicelib.domain.coins.terms import SymbolFilters
from chalicelib.domain.market.coins import CoinCandle
from infra.bench.ground import Ground
from infra.bench.measure import timed
from infra.bench.result import Bar, Bound, Outcome, Row

MILLISECONDS_MAX: Final = 5_000.0
_BEGIN: Final = datetime(2026, 1, 1, tzinfo=UTC)
_MINUTE: Final = timedelta(minutes=1)
_DAYS, _DAYS_BEFORE, _SYMBOLS = 30, 1, 3
_EVERY: Final = 15
_TRADING: Final = Trading(
    enabled=True, require_approval=False, position_size_usd=Decimal(1000), trailing_pct=Decimal(2)
)
_FILTERS: Final = SymbolFilters(
    tick=Decimal("0.01"),
    lot=Decimal("0.001"),
    least_quantity=Decimal("0.001"),
    most_quantity=Decimal(9000),
    least_notional=Decimal(10),
)


def measure(ground: Ground) -> list[Outcome]:
    """Measure; an answer each quarter of an hour, of three coins in turns, stop and trailing at work."""
    minutes = {f"C{number}USDT": _minutes(number) for number in range(_SYMBOLS)}
    answers = [answer for symbol, of in minutes.items() for answer in _answers(symbol, of)]

    def once() -> Replayed:
        tapes = {symbol: _tape(symbol, of) for symbol, of in minutes.items()}
        return replay(
            answers,
            tapes,
            _TRADING,
            Timeframe.M15,
            variant=AS_IT_WAS,
            starting=Decimal(10_000),
            until=_BEGIN + timedelta(days=_DAYS + _DAYS_BEFORE),
        )

    found = once()
    taken = timed(once, rounds=ground.sizes.rounds)
    return [
        Row(
            name="ai_replay",
            what=f"a trader over {_DAYS} days of minutes, {_SYMBOLS} coins, {len(answers):,} stored answers",
            value=taken.wall_ms,
            unit="ms",
            cpu_ms=taken.cpu_ms,
            bar=Bar(bound=Bound.VALUE_MOST, limit=MILLISECONDS_MAX),
            detail={"trades": len(found.ended)},
        )
    ]


def _minutes(seed: int) -> list[Minute]:
    chance = random.Random(seed)  # noqa: S311 - prices of a bench
    price, found = 100.0, []
    for number in range((_DAYS + _DAYS_BEFORE) * 24 * 60):
        opening = price
        price = min(max(price * (1 + chance.gauss(0, 0.0012)), 20), 500)
        away = abs(chance.gauss(0, 0.05))
        found.append(
            Minute(
                starts_at=_BEGIN + number * _MINUTE,
                opening=_cents(opening),
                high=_cents(max(opening, price) + away),
                low=_cents(min(opening, price) - away),
                closing=_cents(price),
            )
        )
    return found


def _cents(price: float) -> Decimal:
    return Decimal(round(price * 100)) / 100


def _tape(symbol: str, of: Sequence[Minute]) -> Tape:
    return Tape(symbol, of, hours=_candles(of, 60), frames=_candles(of, 15), filters=_FILTERS)


def _candles(of: Sequence[Minute], step: int) -> list[CoinCandle]:
    return [
        CoinCandle(
            starts_at=part[0].starts_at,
            ends_at=part[0].starts_at + step * _MINUTE,
            opening=part[0].opening,
            high=max(one.high for one in part),
            low=min(one.low for one in part),
            closing=part[-1].closing,
            volume=Decimal(1),
        )
        for part in (of[begin : begin + step] for begin in range(0, len(of), step))
    ]


def _answers(symbol: str, of: Sequence[Minute]) -> list[Answer]:
    """Return a long or short each third quarter of an hour, with levels around the price of then."""
    found = []
    first = _DAYS_BEFORE * 24 * 60 + _EVERY * int(symbol[1])
    for number in range(first, len(of), _EVERY * _SYMBOLS):
        price, up = of[number - 1].closing, 1 if number % 2 else -1
        target = TakeProfit(price=price * (1 + up * Decimal("0.03")), share=Decimal(1))
        decision = AiDecision(
            decision=DecisionWord.LONG if up == 1 else DecisionWord.SHORT,
            confidence=Decimal("0.8"),
            reasoning="the bench's",
            stop_loss=price * (1 - up * Decimal("0.015")),
            take_profits=(target,),
        )
        name = UUID(int=number * 10 + int(symbol[1]))
        found.append(
            Answer(id=name, at=of[number].starts_at, symbol=symbol, decision=decision, trade_id=name)
        )
    return found

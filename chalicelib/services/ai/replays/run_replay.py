"""Carry a replay out: each variant over the same answers, set beside what happened (C-09)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from chalicelib.brokers.coins.account import STARTING_USDT
from chalicelib.domain.ai.replays.answers import AS_IT_WAS, Answer
from chalicelib.domain.ai.replays.replay import replay
from chalicelib.domain.ai.replays.request import AnswerSource, ReplayRequest, read_request
from chalicelib.domain.ai.replays.tape import Tape
from chalicelib.domain.ai.traders.timeframes import Timeframe
from chalicelib.domain.ai.traders.trader import Trader
from chalicelib.domain.clocks.replay_messages import OneReplay
from chalicelib.domain.coins.minutes import minutes_of
from chalicelib.domain.json_value import JsonValue
from chalicelib.marketdata.interface import MarketDataError, Purpose
from chalicelib.services.ai.replays.answers_given import given_answers
from chalicelib.services.ai.replays.outcome import answers_told, beside, figures_of
from chalicelib.services.environment import Environment
from chalicelib.store.ai import replays as store
from chalicelib.store.ai import traders
from chalicelib.store.ai.replays import ReplayRow
from chalicelib.store.ai.traders import UnreadableTrader
from chalicelib.store.analysis.ai_outcomes import AiFilter, read_ai_outcomes

_HISTORY: Final = timedelta(days=30)
#: Candles of the trader's own before the first answer: enough for an average range to settle.
_FRAMES_BEFORE: Final = 150
SEEN: Final = (
    "The model may have seen these candles in its training: a good result over a time before its cut-off "
    "proves nothing."
)
ALONE: Final = (
    "The replay's account is this trader's alone, from its starting balance; nobody else had any of its "
    "slots and money. An answer about a position counts where the replay holds the same trade."
)
LIQUIDITY: Final = "Fills are the paper engine's: liquidity is taken as unlimited."
RETAINED: Final = (
    "Answers that came to nothing are kept for 30 days: before that only executed ones are replayed."
)


class NothingToReplay(Exception):
    """Why a replay cannot be carried out; its text is shown."""


def run_replay(env: Environment, work: OneReplay) -> str | None:
    """Carry one out; returns its status, None where it is over already."""
    username = work.username
    row = env.database.run(lambda c: store.begin(c, username, work.replay_id), username=username)
    if row is None:
        return None
    try:
        status, result = store.DONE, _replayed(env, row)
    except NothingToReplay as error:
        status, result = store.FAILED, {"reason": str(error)}
    except MarketDataError as error:
        status, result = store.FAILED, {"reason": f"Candles cannot be read: {error.reason}"}
    env.database.run(lambda c: store.finish(c, username, row.id, status, result), username=username)
    return status


def _replayed(env: Environment, row: ReplayRow) -> dict[str, JsonValue]:
    asked = read_request(row.request)
    trader = _trader(env, row)
    given = given_answers(env, row.username, trader, asked)
    if not given.answers:
        raise NothingToReplay(given.why_none)
    _progress(env, row, 20)
    until = min(asked.to_at, env.clock.now())
    tapes = _tapes(env, trader.timeframe, given.answers, until)
    _progress(env, row, 60)
    variants = [AS_IT_WAS, *asked.variants]
    figures = [
        figures_of(
            replay(
                given.answers,
                tapes,
                trader.trading,
                trader.timeframe,
                variant=variant,
                starting=STARTING_USDT,
                until=until,
            ),
            variant.name,
            STARTING_USDT,
            asked.from_at,
            until,
        )
        for variant in variants
    ]
    return {
        "answers": answers_told(given),
        "as_it_was": figures[0],
        "variants": [*figures[1:]],
        **_happened(env, row, asked),
        "notes": [SEEN, ALONE, LIQUIDITY, *([RETAINED] if asked.answers is AnswerSource.STORED else [])],
    }


def _trader(env: Environment, row: ReplayRow) -> Trader:
    stored = env.database.run(lambda c: traders.read(c, row.username, row.trader_id), username=row.username)
    if stored is None:
        raise NothingToReplay("The trader was taken away.")
    try:
        return stored.read()
    except UnreadableTrader as error:
        raise NothingToReplay("The trader cannot be read.") from error


def _tapes(
    env: Environment, timeframe: Timeframe, answers: Sequence[Answer], until: datetime
) -> Mapping[str, Tape]:
    """Read each coin's minutes from its first answer on, and what was known before it."""
    market = env.coin_market.within(None, Purpose.ENTRY)
    first: dict[str, datetime] = {}
    for one in answers:
        first[one.symbol] = min(one.at, first.get(one.symbol, one.at))
    filters = market.filters(sorted(first))

    def tape(symbol: str, begins: datetime) -> Tape:
        minute = Timeframe.M1.closed_at(begins) - Timeframe.M1.length
        hour, frame = Timeframe.H1.closed_at(begins), timeframe.closed_at(begins)
        return Tape(
            symbol,
            minutes_of(market.candles(symbol, Timeframe.M1, minute, until)),
            hours=market.candles(symbol, Timeframe.H1, hour - _HISTORY, until),
            frames=market.candles(symbol, timeframe, frame - _FRAMES_BEFORE * timeframe.length, until),
            filters=filters.get(symbol),
        )

    return {symbol: tape(symbol, begins) for symbol, begins in first.items()}


def _happened(env: Environment, row: ReplayRow, asked: ReplayRequest) -> dict[str, JsonValue]:
    """Return what the trader did in that time, on paper and live."""
    wanted = AiFilter(from_at=asked.from_at, to_at=asked.to_at, trader_id=row.trader_id)

    def read(connection: Connection) -> dict[str, JsonValue]:
        return beside(read_ai_outcomes(connection, row.username, wanted))

    return env.database.run(read, username=row.username)


def _progress(env: Environment, row: ReplayRow, progress: int) -> None:
    env.database.run(lambda c: store.note_progress(c, row.username, row.id, progress), username=row.username)

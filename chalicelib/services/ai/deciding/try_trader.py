"""A trader tried: its filter and one decision over the latest candles, nothing executed (C-11).

The model is asked for real, so that it costs what a decision costs, and counts against the day's limit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.ai.decisions.decision import WITH_POSITION, AiDecision, DecisionOutcome
from chalicelib.domain.ai.filters.rules import Indicator
from chalicelib.domain.ai.filters.setups import Asked as AskedFilter
from chalicelib.domain.ai.filters.setups import Setup, setups
from chalicelib.domain.ai.traders.trader import Trader
from chalicelib.domain.ai.validation.changes import judge_changes
from chalicelib.domain.ai.validation.constraint import Validation
from chalicelib.domain.ai.validation.entries import judge_entry
from chalicelib.domain.ai.validation.reductions import judge_reduction
from chalicelib.marketdata.interface import Purpose
from chalicelib.services.ai.candle_book import CandleBook
from chalicelib.services.ai.deciding.decide import drafted
from chalicelib.services.ai.deciding.draft import Draft
from chalicelib.services.ai.deciding.matter import Matter, Wanted, matter_of
from chalicelib.services.ai.deciding.scene import Scene, ask_about, set_scene
from chalicelib.services.ai.prompts import active_version
from chalicelib.services.environment import Environment
from chalicelib.services.errors import FieldError, Invalid, NotFound
from chalicelib.store.ai import traders
from chalicelib.store.ai.decisions import DecisionRow
from chalicelib.store.ai.traders import TraderRow
from chalicelib.vendors.deadline import Deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What a trader would do now: its filter by symbol, and one decision with what would become of it."""

    setups: Mapping[str, Setup]
    decision: DecisionRow


def try_trader(env: Environment, username: str, trader_id: UUID, symbol: str | None = None) -> Tried:
    """Try a trader on one symbol: the one that is named, else the first that signals, else the first.

    Raises NotFound, and Invalid for a symbol that is not the trader's.
    """
    deadline = Deadline(env.clock)
    row = env.database.read(lambda c: traders.read(c, username, trader_id), username=username)
    if row is None:
        raise NotFound("trader")
    trader = row.read()
    if symbol is not None and symbol not in trader.symbols:
        raise Invalid([FieldError(field="symbol", message="is not one of the trader's")])
    found = _setups(env, trader, deadline)
    signals = [name for name, one in found.items() if one.is_signal]
    chosen = symbol or next(iter(signals), trader.symbols[0])
    matter, version = _matter(env, username, row, trader, chosen)
    scene = set_scene(env, matter)
    asked = ask_about(env, matter, scene, version, deadline=deadline)
    draft = drafted(env, matter, asked)
    return Tried(setups=found, decision=_judged(draft, scene.with_answer(env, matter, draft.decision)))


def _setups(env: Environment, trader: Trader, deadline: Deadline) -> Mapping[str, Setup]:
    if trader.filter is None or not trader.filter.required:
        return {}
    book = CandleBook(env, env.clock.now(), deadline=deadline, purpose=Purpose.PAGE)
    operands = [one for rule in trader.filter.rules for one in (rule.left, rule.right)]
    lengths = {one.timeframe or trader.timeframe for one in operands if isinstance(one, Indicator)}
    book.read((symbol, length) for symbol in trader.symbols for length in sorted(lengths))
    asked = AskedFilter(filter=trader.filter, timeframe=trader.timeframe, symbols=trader.symbols)
    (found,) = setups([asked], book.arrays())
    return found


def _matter(
    env: Environment, username: str, row: TraderRow, trader: Trader, symbol: str
) -> tuple[Matter, str]:
    now = env.clock.now()
    wanted = Wanted(trader_id=trader.id, symbol=symbol, candle=trader.timeframe.closed_at(now))

    def read(connection: Connection) -> tuple[Matter | None, str]:
        return matter_of(connection, username, row, wanted, now), active_version(connection)

    matter, version = env.database.run(read, username=username)
    if matter is None:
        raise NotFound("trader")
    return matter, version


#: What the rules have no word on.
_UNJUDGED: Final = (DecisionOutcome.NO_TRADE, None)


def _judged(draft: Draft, scene: Scene) -> DecisionRow:
    """Return the row that is not stored: what would become of the answer."""
    outcome, validation = _outcome(draft.decision, draft, scene)
    return draft.row(outcome, validation=validation, price_then=scene.case.moment.fresh_price)


def _outcome(decision: AiDecision, draft: Draft, scene: Scene) -> tuple[DecisionOutcome, Validation | None]:
    word, position = decision.decision, draft.matter.position
    if word.opens:
        entry = judge_entry(scene.case, decision)
        return entry.outcome, entry.validation
    if position is None:
        is_wrong = word in WITH_POSITION
        return (DecisionOutcome.VALIDATION_FAILED, None) if is_wrong else _UNJUDGED
    if word.reduces:
        reduction = judge_reduction(scene.case, position.held.position, decision)
        return reduction.outcome, reduction.validation
    if word.acts:
        change = judge_changes(scene.case, position.held.position, decision.modifications)
        return change.outcome, change.validation
    return (DecisionOutcome.EXECUTED, None) if word in WITH_POSITION else _UNJUDGED

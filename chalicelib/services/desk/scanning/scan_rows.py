"""What a scan decided, as rows: evaluations, blocks, regimes, watches of all its users in few statements."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.desk.kill_switch.tripping import Watch
from chalicelib.domain.desk.pipeline.evaluate import Evaluation
from chalicelib.domain.desk.pipeline.record import config_of, decided, failure_key
from chalicelib.domain.desk.regimes import Regime, term_structure_of, trend_of
from chalicelib.domain.desk.strategies.strategy import Strategy
from chalicelib.domain.json_value import JsonValue
from chalicelib.services.desk.market.gathered import Gathered
from chalicelib.services.desk.market.stored_facts import VIX
from chalicelib.services.desk.scanning.judging import Block, Judged
from chalicelib.services.environment import Environment
from chalicelib.store.desk.configs import NewConfig, keep_configs
from chalicelib.store.desk.evaluations import NewBlock, NewEvaluation, write_blocks, write_scan
from chalicelib.store.desk.regimes import note_regimes
from chalicelib.store.desk.watches import ScanNote, note_scans

_NOTHING: Final = dict.fromkeys(("strategies", "entering", "rejected", "blocked", "failed"), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entering:
    """An evaluation that enters, stored in row `evaluation_id`; only what is stored may be acted on."""

    username: str
    strategy: Strategy
    evaluation: Evaluation
    evaluation_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """One scan: its name, its instant, and what it made of some users' desks.

    `quiet` are the watches of users whose switch this scan leaves as it is; `idle` have nothing due.
    """

    scan_id: UUID
    at: datetime
    judged: Sequence[Judged]
    quiet: Mapping[str, Watch]
    idle: Sequence[str] = ()


def store_scan(
    env: Environment, connection: Connection, scan: Scanned, regimes: Sequence[Regime]
) -> list[Entering]:
    """Store what was decided, and return what of it enters; acting for nobody, at READ COMMITTED.

    The same scan again stores nothing, and returns nothing of what it returned before.
    """
    evaluated = [(one, strategy, found) for one in scan.judged for strategy, found in one.evaluations]
    configs = keep_configs(connection, [_config(env, scan, one, strategy) for one, strategy, _ in evaluated])
    rows = [
        _evaluation(env, scan, one.desk.username, strategy, found, configs[strategy.id])
        for one, strategy, found in evaluated
        if strategy.id in configs
    ]
    stored = write_scan(connection, scan.scan_id, scan.at, rows)
    write_blocks(connection, scan.scan_id, scan.at, list(_blocks(env, scan)))
    note_regimes(connection, scan.at, regimes)
    idle = [ScanNote(username=one, summary=_NOTHING, watch=None) for one in scan.idle]
    note_scans(connection, scan.at, [*(_note(scan, one) for one in scan.judged), *idle])
    return [
        Entering(
            username=one.desk.username,
            strategy=strategy,
            evaluation=found,
            evaluation_id=stored[strategy.id],
        )
        for one, strategy, found in evaluated
        if found.order is not None and strategy.id in stored
    ]


def regimes_in(market: Gathered) -> list[Regime]:
    """Return what regimes the market of a scan shows."""
    facts = [one.facts for one in market.underlyings.values()]
    trends = [
        trend_of(one.underlying, one.technicals, None if one.spot is None else one.spot.value)
        for one in facts
    ]
    vix, vix3m = market.vix, market.vix3m
    terms = term_structure_of(VIX, None if vix is None else vix.value, vix3m)
    return [one for one in (*trends, terms) if one is not None]


def _config(env: Environment, scan: Scanned, judged: Judged, strategy: Strategy) -> NewConfig:
    settings = judged.desk.settings
    return NewConfig(
        id=env.randomness.uuid7(scan.at),
        username=judged.desk.username,
        strategy_id=strategy.id,
        strategy_version=strategy.version,
        desk_version=settings.version,
        config=_text(config_of(strategy, settings)),
    )


def _evaluation(
    env: Environment, scan: Scanned, username: str, strategy: Strategy, found: Evaluation, config_id: UUID
) -> NewEvaluation:
    key, row, ended = failure_key(found), decided(found), found.ended_by
    return NewEvaluation(
        id=env.randomness.uuid7(scan.at),
        username=username,
        strategy_id=strategy.id,
        config_id=config_id,
        decision=found.decision.value,
        reason=found.reason,
        ended_by=None if key is None else key[0],
        is_missing=ended is not None and ended.is_missing,
        inputs=_text(row["inputs"]),
        gates=_text(row["gates"]),
        proposed_order=None if row["proposed_order"] is None else _text(row["proposed_order"]),
    )


def _blocks(env: Environment, scan: Scanned) -> Iterator[NewBlock]:
    for one in scan.judged:
        yield from new_blocks(env, scan.at, one.desk.username, one.blocks)


def new_blocks(env: Environment, at: datetime, username: str, blocks: Iterable[Block]) -> Iterator[NewBlock]:
    """Return blocks as rows."""
    for block in blocks:
        yield NewBlock(
            id=env.randomness.uuid7(at),
            username=username,
            strategy_id=block.strategy_id,
            cause=block.cause,
            reason=block.reason,
            since=block.since,
        )


def _note(scan: Scanned, judged: Judged) -> ScanNote:
    entering = sum(found.order is not None for _, found in judged.evaluations)
    return ScanNote(
        username=judged.desk.username,
        summary={
            "strategies": len(judged.desk.strategies),
            "entering": entering,
            "rejected": len(judged.evaluations) - entering,
            "blocked": len({one.strategy_id for one in judged.blocks}),
            "failed": len(judged.failures),
        },
        watch=scan.quiet.get(judged.desk.username),
    )


def _text(value: JsonValue) -> str:
    return json.dumps(value, separators=(",", ":"))

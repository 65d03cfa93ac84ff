"""One exit scan over all that the desk holds (B-06): one read, quotes side by side, one write, then left.

What was decided is stored before anything is begun: a scan that dies in between decides the same again, a
close that is under way is not begun twice. Whether the broker shows the legs is asked where the order leaves.
"""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import Connection

from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.clocks.sessions import Session
from chalicelib.domain.desk.exits.causes import Sight
from chalicelib.domain.desk.exits.judge import (
    COUNTING,
    ExitDecision,
    ExitVerdict,
    judge_exit,
    until_closed,
)
from chalicelib.domain.desk.exits.vix_watch import VixWatch
from chalicelib.domain.desk.stored import to_json
from chalicelib.marketdata.interface import Purpose, UnderlyingQuote
from chalicelib.services.desk.leaving.begin_exits import Exit, begin_exits
from chalicelib.services.desk.leaving.exit_marks import LegQuestions, Looked
from chalicelib.services.desk.leaving.vix_watch import (
    ask_vix,
    fresh_vix,
    read_watch,
    tell_blind,
    watches_after,
    written,
)
from chalicelib.services.desk.leaving.watched import Judged, as_judged, is_left_by_strategy
from chalicelib.services.desk.market.data_sources import DataSources
from chalicelib.services.desk.market.questions import Question
from chalicelib.services.environment import Environment
from chalicelib.store.ahead import in_one_turn
from chalicelib.store.database import Isolation
from chalicelib.store.desk.evaluations import NewExit, write_exits
from chalicelib.store.desk.exit_states import write_states, write_vix_watches
from chalicelib.store.desk.watched_trades import Watched, read_watched
from chalicelib.vendors.deadline import Deadline

_LOG: Final = logging.getLogger("papertape.desk")


@dataclass(slots=True, kw_only=True)
class ExitReport:
    """What one scan did; `unmarked` had no price, `begun` are closes that it began."""

    trades: int = 0
    underlyings: int = 0
    unmarked: int = 0
    waiting: int = 0
    exits: int = 0
    begun: int = 0
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What is the same for every trade of a scan: `at` is now, `scan_at` the instant that it stands for."""

    at: datetime
    scan_at: datetime
    watches: Mapping[str, VixWatch]

    @property
    def id(self) -> UUID:
        """Return the scan's id: delivered twice it is the same."""
        return uuid5(NAMESPACE_OID, f"exits {self.scan_at.isoformat()}")

    def sight(self, trade: Judged, looked: Looked, *, is_second_read: bool = False) -> Sight:
        """Return what this scan sees of a trade."""
        watch = self.watches.get(trade.row.username, _UNWATCHED)
        return Sight(
            at=looked.at,
            scan_at=self.scan_at,
            mark=looked.mark(trade),
            vix=watch.vix,
            vix_minute_ago=watch.before,
            is_second_read=is_second_read,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A trade, what was last seen of it, and what that comes to."""

    trade: Judged
    sight: Sight
    verdict: ExitVerdict


_UNWATCHED: Final = VixWatch()
#: A scan waits so long for quotes and then judges without: the next one comes within the minute.
LOOK_SECONDS_MAX: Final = 10.0


def read_open(env: Environment, *, ticker: str | None = None) -> Watched:
    """Read what exits are to be judged for, of one underlying when named."""
    found = env.database.read(partial(read_watched, ticker=ticker), username=None)
    return found._replace(trades=[row for row in found.trades if is_left_by_strategy(row)])


def leave(
    env: Environment, watched: Watched, calendar: MarketCalendar, scan_at: datetime, *, reads_vix: bool = True
) -> ExitReport:
    """Scan these trades for the instant `scan_at`; the same instant again counts nothing more.

    Without `reads_vix` this is a part of a scan: the watches are those that its tick stored.
    """
    if not watched.trades:
        return ExitReport()
    sessions: dict[str, Session | None] = {}
    trades = [as_judged(row, calendar, sessions) for row in watched.trades]
    sources = _sources(env)
    legs, vix = LegQuestions(sources, trades), _vix_question(sources, trades)
    asked: list[Callable[[], None]] = [*legs.questions, *([vix] if reads_vix else [])]
    env.side_by_side.each(asked)
    looked = legs.answered(env.clock.now())
    watches = _watches(watched, trades, scan_at, vix, looked.at, reads_vix=reads_vix)
    scan = Scan(at=looked.at, scan_at=scan_at, watches=watches)
    seen = [_judge(trade, scan.sight(trade, looked)) for trade in trades]
    seen = _read_again(env, scan, seen)
    stored = watched.vix_watches
    env.database.run(
        lambda connection: _store(env, connection, scan, seen, stored, stores_vix=reads_vix),
        username=None,
        isolation=Isolation.READ_COMMITTED,
    )
    exits = [_exit_of(scan, one) for one in seen if one.verdict.decision is ExitDecision.EXIT]
    return ExitReport(
        trades=len(seen),
        underlyings=len(legs.questions),
        unmarked=sum(one.sight.mark is None for one in seen),
        waiting=sum(one.verdict.decision is ExitDecision.WAIT for one in seen),
        exits=len(exits),
        begun=begin_exits(env, exits),
        errors=dict(looked.errors),
    )


def watch_vix(env: Environment, watched: Watched, calendar: MarketCalendar, scan_at: datetime) -> None:
    """Read and store VIX alone, for a scan that goes on in parts."""
    sessions: dict[str, Session | None] = {}
    trades = [as_judged(row, calendar, sessions) for row in watched.trades]
    vix = _vix_question(_sources(env), trades)
    vix()
    now = env.clock.now()
    watches = _watches(watched, trades, scan_at, vix, now, reads_vix=True)
    scan, stored = Scan(at=now, scan_at=scan_at, watches=watches), watched.vix_watches
    env.database.run(
        lambda connection: _store(env, connection, scan, (), stored, stores_vix=True),
        username=None,
        isolation=Isolation.READ_COMMITTED,
    )


def _sources(env: Environment) -> DataSources:
    return DataSources(env, Deadline(env.clock, LOOK_SECONDS_MAX), Purpose.EXIT)


def _vix_question(sources: DataSources, trades: Sequence[Judged]) -> Question[UnderlyingQuote | None]:
    return Question(partial(ask_vix, sources, sorted({trade.row.username for trade in trades})))


def _watches(
    watched: Watched,
    trades: Sequence[Judged],
    scan_at: datetime,
    vix: Question[UnderlyingQuote | None],
    now: datetime,
    *,
    reads_vix: bool,
) -> dict[str, VixWatch]:
    usernames = {trade.row.username for trade in trades}
    if not reads_vix:
        stored = {username: read_watch(watched.vix_watches.get(username)) for username in usernames}
        return {username: watch for username, watch in stored.items() if watch.scan_at == scan_at}
    exposed = {trade.row.username for trade in trades if trade.rules.conditions.vix_exit}
    return watches_after(watched.vix_watches, usernames, exposed, scan_at, fresh_vix(vix.value, now))


def _judge(trade: Judged, sight: Sight) -> Seen:
    verdict = until_closed(trade.state, judge_exit(trade.held, trade.rules, sight, trade.state))
    return Seen(trade=trade, sight=sight, verdict=verdict)


def _read_again(env: Environment, scan: Scan, seen: Sequence[Seen]) -> list[Seen]:
    """Look once more, at once, at what the VIX path would leave on a mark that jumped."""
    doubted = [one.trade for one in seen if one.verdict.decision is ExitDecision.READ_AGAIN]
    if not doubted:
        return list(seen)
    legs = LegQuestions(_sources(env), doubted)
    env.side_by_side.each(legs.questions)
    looked = legs.answered(env.clock.now())
    return [
        _judge(one.trade, scan.sight(one.trade, looked, is_second_read=True))
        if one.verdict.decision is ExitDecision.READ_AGAIN
        else one
        for one in seen
    ]


def _store(
    env: Environment,
    connection: Connection,
    scan: Scan,
    seen: Sequence[Seen],
    stored: Mapping[str, str],
    *,
    stores_vix: bool,
) -> None:
    """Store what was counted and decided, in one transaction; alerts are told once it has committed.

    The same again changes nothing, so that it may go out whole.
    """
    in_one_turn(connection)
    if stores_vix:
        watches = {username: written(watch) for username, watch in scan.watches.items()}
        write_vix_watches(connection, scan.scan_at, watches)
    write_states(connection, {one.trade.row.id: json.dumps(to_json(one.verdict.state)) for one in seen})
    write_exits(connection, scan.id, scan.at, [row for one in seen for row in _rows(env, scan, one)])
    if stores_vix:
        tell_blind(env, connection, stored, scan.watches)


def _rows(env: Environment, scan: Scan, seen: Seen) -> Sequence[NewExit]:
    """Return the evaluations of a trade of which there is something to tell: one a cause that holds."""
    row, verdict, sight = seen.trade.row, seen.verdict, seen.sight
    if verdict.cause is None or row.strategy_id is None:
        return ()
    held = seen.trade.held
    result = None if sight.mark is None else held.result(sight.mark)
    inputs = {
        "mark": sight.mark,
        "result": result,
        "entry_price": held.entry_price,
        "max_profit": held.max_profit,
        "vix": sight.vix,
        "vix_minute_ago": sight.vix_minute_ago,
    }
    first = NewExit(
        id=env.randomness.uuid7(scan.at),
        username=row.username,
        strategy_id=row.strategy_id,
        trade_id=row.id,
        decision=verdict.decision.value,
        cause=verdict.cause.value,
        reason=verdict.reason,
        scans=verdict.scans,
        inputs=json.dumps({name: to_json(value) for name, value in inputs.items()}),
        config_id=row.config_id,
    )
    return [first] + [
        first._replace(
            id=env.randomness.uuid7(scan.at),
            decision=ExitDecision.WAIT.value,
            cause=one.cause.value,
            reason=COUNTING if verdict.decision is ExitDecision.EXIT else verdict.reason,
            scans=one.scans,
        )
        for one in verdict.also_waiting
    ]


def _exit_of(scan: Scan, seen: Seen) -> Exit:
    assert seen.verdict.cause is not None
    decided = {"trade_id": str(seen.trade.row.id), "cause": seen.verdict.cause.value, "scan_id": str(scan.id)}
    _LOG.info("an exit is decided", extra=decided)
    return Exit(trade=seen.trade, cause=seen.verdict.cause, mark=seen.sight.mark)

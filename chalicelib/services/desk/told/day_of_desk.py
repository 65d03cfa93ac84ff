"""Why a desk entered or did not on one day: all that stood in the way, by strategy (B-02, B-14)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection

from chalicelib.domain.clocks.calendar import new_york_date, new_york_midnight
from chalicelib.domain.clocks.sessions import Session
from chalicelib.domain.desk.kill_switch.rows import SwitchRow
from chalicelib.services.desk.strategies.manage_strategies import STRATEGIES_MAX
from chalicelib.services.environment import Environment
from chalicelib.services.market_hours import calendar_of
from chalicelib.store.desk import evaluation_reads, kill_switch, settings, strategies
from chalicelib.store.desk.evaluation_reads import EntryDecided, OutcomeCount
from chalicelib.store.desk.settings import BotSwitch
from chalicelib.store.desk.strategies import StrategyRow


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategysDay:
    """What scans of one strategy came to, the most frequent first, and what was decided to be entered."""

    row: StrategyRow
    outcomes: Sequence[OutcomeCount]
    entries: Sequence[EntryDecided]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskDay:
    """A New York day of a desk; the bot and the switch as they stand now, `session` None: there was none."""

    day: date
    session: Session | None
    has_begun: bool
    bot: BotSwitch
    switch: Sequence[SwitchRow]
    strategies: Sequence[StrategysDay]


def read_day(env: Environment, username: str, day: date | None = None) -> DeskDay:
    """Read one day of a user's desk, today where none is named; strategies newest first."""
    now = env.clock.now()
    wanted = new_york_date(now) if day is None else day
    since, until = new_york_midnight(wanted), new_york_midnight(wanted + timedelta(days=1))

    def work(connection: Connection) -> DeskDay:
        session = calendar_of(env, connection).session(wanted)
        outcomes = evaluation_reads.count_outcomes(connection, username, since, until)
        entries = evaluation_reads.entries_decided(connection, username, since, until)
        rows = strategies.page(connection, username, limit=STRATEGIES_MAX)
        return DeskDay(
            day=wanted,
            session=session,
            has_begun=session is not None and session.opens_at <= now,
            bot=settings.read(connection, username).bot,
            switch=kill_switch.read_rows_of(connection, username),
            strategies=[
                StrategysDay(
                    row=row,
                    outcomes=[one for one in outcomes if one.strategy_id == row.id],
                    entries=[one for one in entries if one.strategy_id == row.id],
                )
                for row in rows
            ],
        )

    return env.database.run(work, username=username)

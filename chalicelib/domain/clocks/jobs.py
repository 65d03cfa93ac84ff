"""Every job, told once: what starts it, how long it may take, how late it may come, what it is fed by. Pure.

Schedules, the planner, the runner, health and the deployment's template all read this table; a job's code is
`run` in the module of its name (jobs/). Importing this costs little: every function's cold start does it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from chalicelib.domain.clocks.job_terms import Armed, JobTerms, OnSchedule, Opens
from chalicelib.domain.clocks.schedules import TIMEZONE, UTC_ZONE
from chalicelib.domain.clocks.session_instants import (
    bookend_instants,
    exit_instants,
    reconcile_instants,
    risk_instants,
    scan_instants,
    snapshot_instants,
    switch_instants,
    sync_instants,
)
from chalicelib.domain.clocks.sessions import Session

_MINUTE: Final = timedelta(minutes=1)
#: architecture.md, Clocks: a tick this late is dropped, the next one does its work.
_TICK_LATE_SECONDS_MAX: Final = 30
#: One account's part of a sync reads the account as it is, so that late is better than never for a while.
_SYNC_PART_LATE_SECONDS_MAX: Final = 600
#: The next reconciliation looks at the account anyway.
_RECONCILE_PART_LATE_SECONDS_MAX: Final = 120


def _at(times: str, *, days: str = "MON-FRI") -> OnSchedule:
    return OnSchedule(times={"": times}, days=days)


def _at_utc(times: str) -> OnSchedule:
    return OnSchedule(times={"": times}, days="*", timezone=UTC_ZONE)


_TABLE: Final = (
    JobTerms(
        name="plan",
        timeout_seconds=30,
        clock=OnSchedule(times={"open": "20-59 9", "day": "* 10-16", "evening": "0-30 17"}, each_minute=True),
    ),
    JobTerms(
        name="premarket", timeout_seconds=300, clock=_at("15 9"), carried_by="bookend", opens=Opens.BOTH
    ),
    JobTerms(
        name="bookend",
        timeout_seconds=300,
        clock=Armed(instants=bookend_instants),
        batch_size=10,
        opens=Opens.BOTH,
    ),
    JobTerms(
        name="sync",
        timeout_seconds=120,
        clock=Armed(instants=sync_instants),
        batch_size=10,
        tick_late_seconds_max=_TICK_LATE_SECONDS_MAX,
        part_late_seconds_max=_SYNC_PART_LATE_SECONDS_MAX,
        opens=Opens.BOTH,
    ),
    JobTerms(
        name="snapshot",
        timeout_seconds=120,
        clock=Armed(instants=snapshot_instants),
        batch_size=10,
        tick_late_seconds_max=_TICK_LATE_SECONDS_MAX,
        part_late_seconds_max=_TICK_LATE_SECONDS_MAX,
        opens=Opens.BOTH,
    ),
    JobTerms(
        name="desk_exits",
        timeout_seconds=120,
        clock=Armed(instants=exit_instants),
        batch_size=10,
        tick_late_seconds_max=_TICK_LATE_SECONDS_MAX,
        part_late_seconds_max=_TICK_LATE_SECONDS_MAX,
        opens=Opens.BOTH,
    ),
    JobTerms(
        name="desk_scan",
        timeout_seconds=120,
        clock=Armed(instants=scan_instants),
        batch_size=10,
        tick_late_seconds_max=_TICK_LATE_SECONDS_MAX,
        part_late_seconds_max=_TICK_LATE_SECONDS_MAX,
        opens=Opens.BOTH,
    ),
    JobTerms(
        name="desk_reconcile",
        timeout_seconds=300,
        clock=Armed(instants=reconcile_instants),
        batch_size=10,
        carried_by="bookend",
        tick_late_seconds_max=_TICK_LATE_SECONDS_MAX,
        part_late_seconds_max=_RECONCILE_PART_LATE_SECONDS_MAX,
        opens=Opens.BOTH,
    ),
    JobTerms(
        name="kill_switch",
        timeout_seconds=300,
        clock=Armed(instants=switch_instants),
        batch_size=10,
        carried_by="bookend",
        tick_late_seconds_max=_TICK_LATE_SECONDS_MAX,
        opens=Opens.BOTH,
    ),
    JobTerms(
        name="risk_book",
        timeout_seconds=120,
        clock=Armed(instants=risk_instants),
        batch_size=10,
        carried_by="bookend",
        tick_late_seconds_max=_TICK_LATE_SECONDS_MAX,
        opens=Opens.BOTH,
    ),
    JobTerms(
        name="crypto_tick",
        timeout_seconds=120,
        clock=OnSchedule(times={"": "* *"}, days="*", each_minute=True, timezone=UTC_ZONE),
        tick_late_seconds_max=_TICK_LATE_SECONDS_MAX,
        opens=Opens.USERS_SECRETS,
    ),
    JobTerms(
        name="crypto_reconcile",
        timeout_seconds=120,
        clock=OnSchedule(times={"": "1/2 *"}, days="*", each_minute=True, timezone=UTC_ZONE),
        batch_size=10,
        carried_by="bookend",
        tick_late_seconds_max=_TICK_LATE_SECONDS_MAX,
        part_late_seconds_max=_RECONCILE_PART_LATE_SECONDS_MAX,
        opens=Opens.USERS_SECRETS,
    ),
    JobTerms(name="ai_digest", timeout_seconds=300, clock=_at_utc("5 0")),
    JobTerms(name="ai_daily_rows", timeout_seconds=300, clock=_at_utc("5 0")),
    JobTerms(
        name="candle_close",
        timeout_seconds=120,
        clock=OnSchedule(times={"": "* *"}, days="*", each_minute=True, timezone=UTC_ZONE),
        tick_late_seconds_max=_TICK_LATE_SECONDS_MAX,
    ),
    JobTerms(
        name="ai_replay",
        timeout_seconds=900,
        clock=None,
        batch_size=1,
        carried_by="context",
        opens=Opens.VENDORS,
        is_watched=False,
    ),
    JobTerms(
        name="backtest",
        timeout_seconds=900,
        clock=None,
        batch_size=1,
        carried_by="context",
        is_watched=False,
        is_side_by_side=True,
    ),
    JobTerms(
        name="decide",
        timeout_seconds=120,
        clock=None,
        batch_size=10,
        carried_by="context",
        opens=Opens.BOTH,
        is_watched=False,
        is_side_by_side=True,
    ),
    JobTerms(
        name="unwind",
        timeout_seconds=300,
        clock=OnSchedule(times={"hour-before": "0 12,15", "quarter-before": "45 12,15"}),
        carried_by="bookend",
        opens=Opens.BOTH,
    ),
    JobTerms(
        name="expire",
        timeout_seconds=300,
        clock=_at("30 13,16-20"),
        carried_by="bookend",
        opens=Opens.BOTH,
    ),
    JobTerms(
        name="iv_history",
        timeout_seconds=300,
        clock=_at("45 13,16-18"),
        carried_by="bookend",
        opens=Opens.BOTH,
    ),
    JobTerms(name="summary", timeout_seconds=300, clock=_at("15 13,16")),
    JobTerms(name="desk_summary", timeout_seconds=300, clock=_at("15 13,16")),
    JobTerms(
        name="forensics",
        timeout_seconds=900,
        clock=_at("0 20"),
        batch_size=1,
        carried_by="context",
        opens=Opens.VENDORS,
    ),
    JobTerms(
        name="context", timeout_seconds=300, clock=None, batch_size=10, opens=Opens.BOTH, is_watched=False
    ),
    JobTerms(
        name="ai_change",
        timeout_seconds=60,
        clock=None,
        batch_size=10,
        carried_by="context",
        opens=Opens.BOTH,
        is_watched=False,
    ),
    JobTerms(name="alert", timeout_seconds=120, clock=None, batch_size=10, opens=Opens.BOTH),
    JobTerms(name="thin", timeout_seconds=900, clock=_at("0 1", days="*")),
    JobTerms(name="backup", timeout_seconds=900, clock=_at("0 2", days="*")),
)
JOBS: Final[Mapping[str, JobTerms]] = MappingProxyType({terms.name: terms for terms in _TABLE})

#: Every schedule of every job, as deployed to EventBridge Scheduler and run by the local one.
SCHEDULES: Final = tuple(schedule for terms in JOBS.values() for schedule in terms.schedules)
#: Those that keep the hours of US markets. Coins' tick keeps none, and makes up for what it misses.
EASTERN_SCHEDULES: Final = tuple(schedule for schedule in SCHEDULES if schedule.timezone == TIMEZONE)
JOB_NAMES: Final = frozenset(JOBS)
#: Jobs that take messages: armed, sent for, or sent on in parts.
MESSAGE_JOBS: Final = frozenset(name for name, terms in JOBS.items() if terms.batch_size is not None)

#: Failed runs of daily jobs come back through one queue that they share; the message names the job.
AGAIN: Final = JobTerms(name="again", timeout_seconds=900, clock=None, batch_size=1, is_watched=False)
#: The function that Secrets Manager calls to renew the sealing keys: no job, nobody's clock but its own.
ROTATE: Final = "rotate"
#: A message that fails this often goes to the dead-letter queue.
RECEIVES_MAX: Final = 3


def armed_instants(session: Session, planned_at: datetime) -> list[tuple[str, datetime]]:
    """Return (job, instant) due in [start of the next minute, the minute after), in order."""
    start = planned_at.replace(second=0, microsecond=0) + _MINUTE
    due = [
        (terms.name, at)
        for terms in JOBS.values()
        if isinstance(terms.clock, Armed)
        for at in terms.clock.instants(session)
        if start <= at < start + _MINUTE
    ]
    return sorted(due, key=lambda pair: pair[1])

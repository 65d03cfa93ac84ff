"""Health (A-17): shallow says that the API answers; deep looks at what the product leans on.

A check is ok or not with a sentence of detail; `age_s` is the age of what it looked at in seconds, of
product time. The whole is `down` without a sound database, `degraded` when anything else is amiss.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from chalicelib.brokers.capabilities import CAPABILITIES
from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.clocks.jobs import JOBS
from chalicelib.domain.desk.kill_switch.rows import SwitchMode, SwitchRow, mode_of
from chalicelib.domain.instants import rfc3339
from chalicelib.domain.market.quotes import QUOTE_AGE_MAX
from chalicelib.marketdata.interface import MarketDataError, Purpose
from chalicelib.services.environment import CredentialsUnreadable, Environment
from chalicelib.services.market_hours import calendar_of
from chalicelib.services.users.settings import require
from chalicelib.store.database import DatabaseUnavailable
from chalicelib.store.desk import settings as desk_settings
from chalicelib.store.desk.kill_switch import read_rows_of
from chalicelib.store.desk.settings import BotSwitch
from chalicelib.store.desk.status import read_stored_status
from chalicelib.store.operations import health as store
from chalicelib.store.users.settings import UserSettings
from chalicelib.vendors.deadline import Deadline
from chalicelib.vendors.errors import VendorError

_BROKER: Final = "broker"
_DATABASE: Final = "database"
_PROBE_SYMBOL: Final = "SPY"
_WATCHED: Final = [terms.name for terms in JOBS.values() if terms.is_watched]
#: A run that is this late is noticed: ticks drop at 30 s, a managed clock is precise to a minute.
_NOTICED_AFTER: Final = timedelta(minutes=5)
#: Lambda ends every run by then.
_RUN_MAX: Final = timedelta(minutes=15)
#: What delayed sources are behind (A-02).
_DELAY: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at."""

    ok: bool
    detail: str
    age_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How the product is: `status` is `ok`, `degraded` or `down`."""

    status: str
    checks: Mapping[str, Check]


def shallow() -> Health:
    """Say that the API answers."""
    return Health(status="ok", checks={"api": Check(ok=True, detail="answers")})


def deep(env: Environment, username: str) -> Health:
    """Look at database, role, broker, quotes and jobs; never raises for what is down, ends within 20 s."""
    deadline = Deadline(env.clock)
    checks, stored = _database_checks(env, username)
    if stored is not None:
        checks |= _broker_checks(env, stored.settings, deadline)
        checks |= _market_checks(env, stored, deadline)
    return Health(status=status_of(checks), checks=checks)


def status_of(checks: Mapping[str, Check]) -> str:
    """Sum the checks up in one word."""
    if not checks[_DATABASE].ok:
        return "down"
    return "ok" if all(check.ok for check in checks.values()) else "degraded"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    """What the other checks need of the database."""

    settings: UserSettings
    calendar: MarketCalendar


def _database_checks(env: Environment, username: str) -> tuple[dict[str, Check], _Stored | None]:
    """Look at the role first: as one that sees too much, nothing else is asked (A-10)."""
    now = env.clock.now()

    def work(connection: Connection) -> tuple[dict[str, Check], _Stored | None]:
        role = _role_check(store.read_role(connection))
        if not role.ok:
            return {_DATABASE: role}, None
        stored = _Stored(settings=require(connection, username), calendar=calendar_of(env, connection))
        runs = store.latest_runs(connection, _WATCHED)
        jobs = job_checks(runs, stored.calendar, now, known_since=stored.settings.created_at)
        desk = _desk_checks(connection, username, stored.calendar, now)
        return {_DATABASE: role, **_line_checks(store.read_line(connection)), **jobs, **desk}, stored

    try:
        return env.database.run(work, username=username)
    except (DatabaseUnavailable, SQLAlchemyError):
        return {_DATABASE: Check(ok=False, detail="cannot be reached")}, None


def _desk_checks(
    connection: Connection, username: str, calendar: MarketCalendar, now: datetime
) -> dict[str, Check]:
    """Look at the desk's last scan, and at what stops entries: both are of the caller alone (B-13)."""
    bot = desk_settings.read(connection, username).bot
    last = read_stored_status(connection, username).last_scan_at
    rows = read_rows_of(connection, username)
    return {"desk_scan": scan_check(calendar, now, bot, last), "kill_switch": _switch_check(rows)}


def scan_check(calendar: MarketCalendar, now: datetime, bot: BotSwitch, last: datetime | None) -> Check:
    """Judge when entries were last scanned for: each minute of the session while the bot is on."""
    age = None if last is None else max(now - last, timedelta(0)).total_seconds()
    if not bot.on:
        return Check(ok=True, detail="the bot is off", age_seconds=age)
    session = calendar.session_at(now)
    since = None if session is None else max(session.opens_at, bot.since or session.opens_at)
    is_due = since is not None and now - since > _NOTICED_AFTER
    if is_due and (last is None or now - last > _NOTICED_AFTER):
        return Check(ok=False, detail="has not scanned for five minutes", age_seconds=age)
    return Check(ok=True, detail="has not had to scan yet" if last is None else "scans", age_seconds=age)


def _switch_check(rows: Sequence[SwitchRow]) -> Check:
    """Say what stops entries: then nothing is broken, and yet not all is as usual."""
    if not rows:
        return Check(ok=True, detail=SwitchMode.OFF.value)
    return Check(ok=False, detail=f"{mode_of(rows)}: " + "; ".join(row.detail for row in rows))


def _role_check(role: store.RoleFacts) -> Check:
    """Refuse to call a database sound whose application role could see past row security (A-10)."""
    faults = [
        (role.is_superuser, "is a superuser"),
        (role.bypasses_row_security, "bypasses row security"),
        (role.owns_tables, "owns tables"),
    ]
    found = [text for is_so, text in faults if is_so]
    if found:
        return Check(ok=False, detail=f"the role {role.name} " + " and ".join(found))
    return Check(ok=True, detail=f"answers to {role.name}, which sees one user's rows at a time")


def _line_checks(line: store.LineFacts) -> dict[str, Check]:
    """Look at the line where there is one: a server of this machine is reached by a socket."""
    return {} if line.is_local else {"database_tls": line_check(line)}


def line_check(line: store.LineFacts) -> Check:
    """Show a connection that would take any server for the database: whoever sits between reads all."""
    seen = "the server sees it" if line.server_sees_tls else "it ends in front of the server, at a pooler"
    if line.over_tls and line.mode == "verify-full":
        return Check(ok=True, detail=f"over TLS, the server's name checked; {seen}")
    how = f"over TLS, but with sslmode={line.mode}" if line.over_tls else "without TLS"
    return Check(ok=False, detail=f"{how}: any server would do; deploy again with sslmode=verify-full")


def job_checks(
    runs: Sequence[store.JobRun], calendar: MarketCalendar, now: datetime, *, known_since: datetime
) -> dict[str, Check]:
    """Look at every job of the table: did its last run end well, and has it run since it last had to?

    What was due before `known_since` may have been due to another deployment, or to none.
    """
    latest = {run.job: run for run in runs}
    checks = {}
    for job in _WATCHED:
        due_at = JOBS[job].last_due(now - _NOTICED_AFTER, calendar)
        is_known = due_at is not None and due_at >= known_since
        checks[f"job:{job}"] = _job_check(latest.get(job), due_at if is_known else None, now)
    return checks


def _job_check(run: store.JobRun | None, due_at: datetime | None, now: datetime) -> Check:
    """Judge a job by its last run and by when it last had to run (None: never yet, or when it is needed)."""
    age = None if run is None else (now - run.due_at).total_seconds()
    if due_at is not None and (run is None or run.due_at < due_at):
        return Check(ok=False, detail=f"has not run since it was due at {rfc3339(due_at)}", age_seconds=age)
    if run is None:
        return Check(ok=True, detail="has not had to run yet")
    if run.finished_at is None:
        is_hung = now - run.started_at > _RUN_MAX
        return Check(ok=not is_hung, detail="did not end" if is_hung else "is running", age_seconds=age)
    words = "ok" if run.ok else "failed"
    return Check(ok=bool(run.ok), detail=f"{words}, {run.late_seconds:.1f} s late", age_seconds=age)


def _broker_checks(env: Environment, settings: UserSettings, deadline: Deadline) -> dict[str, Check]:
    """Look at the broker of new trades, and by name at every other one that the user is connected to."""
    first = settings.effective_mode
    reachable = [mode for mode, one in settings.connections.items() if one.works_in is not None]
    modes = {_BROKER: first} | {f"{_BROKER}:{mode}": mode for mode in reachable if mode is not first}
    looks = [partial(_broker_check, env, settings, mode, deadline) for mode in modes.values()]
    return dict(zip(modes, env.side_by_side.each(looks), strict=True))


def _broker_check(env: Environment, settings: UserSettings, mode: BrokerMode, deadline: Deadline) -> Check:
    account = settings.account(mode)
    if account is None:
        return Check(ok=False, detail=f"{mode}: no account is stored")
    try:
        broker = env.brokers.broker_for(account, deadline=deadline)
        report = broker.test_connection()
    except (VendorError, CredentialsUnreadable) as error:
        return Check(ok=False, detail=f"{mode}: {error}")
    detail = "accepts the token" if report.ok else report.reason or "does not accept the token"
    shown = detail if CAPABILITIES[mode].is_outside else "simulated here"
    return Check(ok=report.ok, detail=f"{mode}: {shown}")


def _market_checks(env: Environment, stored: _Stored, deadline: Deadline) -> dict[str, Check]:
    username, now = stored.settings.username, env.clock.now()

    def ask_quote() -> Check:
        source = env.market_data.for_user(username, deadline=deadline, purpose=Purpose.PAGE)
        quotes = source.underlying_quotes([_PROBE_SYMBOL])
        if not quotes or quotes[0].as_of is None:
            return Check(ok=False, detail=f"no quote of {_PROBE_SYMBOL}")
        return quote_check(stored.calendar, now, quotes[0].as_of, delayed=quotes[0].delayed)

    def ask_vendor() -> Check:
        source = env.market_data.for_user(username, deadline=deadline, purpose=Purpose.PAGE)
        listed = source.expirations(_PROBE_SYMBOL)
        return Check(
            ok=bool(listed), detail=f"{source.source} lists {len(listed)} expiries of {_PROBE_SYMBOL}"
        )

    return {"quote": _asked(ask_quote), "market_data": _asked(ask_vendor)}


def quote_check(calendar: MarketCalendar, now: datetime, as_of: datetime, *, delayed: bool) -> Check:
    """Judge a quote's age while the market is open, beyond the delay of a delayed source (A-02)."""
    age = max(now - as_of, timedelta(0))  # a vendor's clock may run a little ahead of ours
    age_max = QUOTE_AGE_MAX + (_DELAY if delayed else timedelta(0))
    session = calendar.session_at(now)
    # Right after the open the newest quote may be the last of the day before.
    is_old = session is not None and now - session.opens_at > age_max and age > age_max
    kind = "a delayed quote" if delayed else "a quote"
    words = f"{kind} of {_PROBE_SYMBOL}" + (" that is too old" if is_old else "")
    return Check(ok=not is_old, detail=words, age_seconds=age.total_seconds())


def _asked(ask: Callable[[], Check]) -> Check:
    try:
        return ask()
    except (MarketDataError, VendorError, CredentialsUnreadable) as error:
        return Check(ok=False, detail=str(error))

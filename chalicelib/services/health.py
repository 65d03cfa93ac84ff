"""Health (A-17): shallow says that the API answers; deep looks at what the product leans on.

A check is ok or not with a sentence of detail; `age_s` is the age of what it looked at in seconds, of
product time. The whole is `down` without a sound database, `degraded` when anything else is amiss.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from chalicelib.brokers.errors import BrokerError
from chalicelib.domain.ports import JsonValue
from chalicelib.domain.trades import BrokerMode
from chalicelib.marketdata.interface import MarketDataError
from chalicelib.services.environment import CredentialsUnreadable, Environment
from chalicelib.services.settings import require
from chalicelib.store import health as store
from chalicelib.store.database import DatabaseUnavailable
from chalicelib.store.settings import UserSettings

_DATABASE: Final = "database"
_PROBE_SYMBOL: Final = "SPY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at."""

    ok: bool
    detail: str
    age_seconds: float | None = None

    def shape(self) -> dict[str, JsonValue]:
        """Write the check as api.md shows it."""
        age = None if self.age_seconds is None else round(self.age_seconds, 3)
        return {"ok": self.ok, "detail": self.detail, "age_s": age}


def shallow() -> dict[str, JsonValue]:
    """Say that the API answers."""
    return {"status": "ok", "checks": {"api": Check(ok=True, detail="answers").shape()}}


def deep(env: Environment, username: str) -> dict[str, JsonValue]:
    """Look at database, role, broker, quotes and jobs; never raises for what is down."""
    checks, settings = _database_checks(env, username)
    if settings is not None:
        checks["broker"] = _broker_check(env, settings)
    checks |= _market_checks(env, username)
    shaped: dict[str, JsonValue] = {name: check.shape() for name, check in checks.items()}
    return {"status": status_of(checks), "checks": shaped}


def status_of(checks: Mapping[str, Check]) -> str:
    """Sum the checks up in one word."""
    if not checks[_DATABASE].ok:
        return "down"
    return "ok" if all(check.ok for check in checks.values()) else "degraded"


def _database_checks(env: Environment, username: str) -> tuple[dict[str, Check], UserSettings | None]:
    now = env.clock.now()

    def work(connection: Connection) -> tuple[dict[str, Check], UserSettings]:
        role = _role_check(store.read_role(connection))
        jobs = {f"job:{run.job}": _job_check(run, now) for run in store.latest_runs(connection)}
        return {_DATABASE: role, **jobs}, require(connection, username)

    try:
        return env.database.run(work, username=username)
    except (DatabaseUnavailable, SQLAlchemyError):
        return {_DATABASE: Check(ok=False, detail="cannot be reached")}, None


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


def _job_check(run: store.JobRun, now: datetime) -> Check:
    """Show a job's last run: whether it went well, how late it was, how long ago it was due."""
    age = (now - run.due_at).total_seconds()
    if run.finished_at is None:
        return Check(ok=True, detail="running", age_seconds=age)
    words = "ok" if run.ok else "failed"
    return Check(ok=bool(run.ok), detail=f"{words}, {run.late_seconds:.1f} s late", age_seconds=age)


def _broker_check(env: Environment, settings: UserSettings) -> Check:
    mode = settings.effective_mode
    account_id = settings.account_id(mode)
    if account_id is None:
        return Check(ok=False, detail=f"{mode}: no account is stored")
    try:
        report = env.brokers.broker_for(settings.username, mode, account_id).test_connection()
    except (BrokerError, CredentialsUnreadable) as error:
        return Check(ok=False, detail=f"{mode}: {error}")
    detail = "accepts the token" if report.ok else report.reason or "does not accept the token"
    return Check(ok=report.ok, detail=f"{mode}: {'simulated here' if mode is BrokerMode.PAPER else detail}")


def _market_checks(env: Environment, username: str) -> dict[str, Check]:
    now = env.clock.now()

    def ask_quote() -> Check:
        quotes = env.market_data.for_user(username).underlying_quotes([_PROBE_SYMBOL])
        if not quotes or quotes[0].as_of is None:
            return Check(ok=False, detail=f"no quote of {_PROBE_SYMBOL}")
        # A vendor's clock may run a little ahead of ours.
        age_seconds = max(0.0, (now - quotes[0].as_of).total_seconds())
        return Check(ok=True, detail=f"quotes {_PROBE_SYMBOL}", age_seconds=age_seconds)

    def ask_vendor() -> Check:
        source = env.market_data.for_user(username)
        listed = source.expirations(_PROBE_SYMBOL)
        return Check(
            ok=bool(listed), detail=f"{source.source} lists {len(listed)} expiries of {_PROBE_SYMBOL}"
        )

    return {"quote": _asked(ask_quote), "market_data": _asked(ask_vendor)}


def _asked(ask: Callable[[], Check]) -> Check:
    try:
        return ask()
    except (MarketDataError, BrokerError, CredentialsUnreadable) as error:
        return Check(ok=False, detail=str(error))

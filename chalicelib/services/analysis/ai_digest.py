"""The day's changes to traders' positions in one alert a user (C-07), told once: its topic is the day."""

from datetime import date

from sqlalchemy import Connection

from chalicelib.domain.spelling import as_day
from chalicelib.services.environment import Environment
from chalicelib.services.raise_alert import Severity, raise_alert
from chalicelib.store.analysis.ai_days import DayOfChanges, read_changes_of

KIND = "ai_digest"


def tell_changes(env: Environment, day: date) -> int:
    """Tell everybody whose positions were changed on a UTC day; returns how many were told now."""
    found = env.database.run(lambda connection: read_changes_of(connection, day), username=None)
    return sum(_tell(env, one, day) for one in found)


def _tell(env: Environment, found: DayOfChanges, day: date) -> bool:
    def work(connection: Connection) -> bool:
        return raise_alert(
            env,
            connection,
            found.username,
            severity=Severity.INFO,
            kind=KIND,
            topic=day.isoformat(),
            lasting=True,
            message=words(found, day),
        )

    return env.database.run(work, username=found.username)


def words(found: DayOfChanges, day: date) -> str:
    """Say in a sentence what was changed."""
    by = ((found.by_model, "by the model"), (found.by_rules, "by rules"), (found.by_hand, "by hand"))
    rest = ((found.vetoed, "vetoed"), (found.failed, "failed"))
    parts = [f"{count} {what}" for count, what in (*by, *rest) if count]
    positions = "1 position" if found.trades == 1 else f"{found.trades} positions"
    return f"{as_day(day)}: changes to {positions}: {', '.join(parts) or 'none carried out'}."

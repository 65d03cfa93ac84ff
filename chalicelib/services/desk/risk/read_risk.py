"""A user's risk book as it was last worked out, and how it went (B-09, B-16)."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.analysis.fewer_points import thin_keeping_extremes
from chalicelib.services.environment import Environment
from chalicelib.services.listing import Listing
from chalicelib.store.desk.risk_snapshots import RiskRow, read_last_risks, read_risks
from chalicelib.store.users import settings

#: How far back a last book may lie: a weekend with holidays about it.
_BACK: Final = timedelta(days=7)
_HISTORY: Final = timedelta(days=1)


def last_risk(env: Environment, username: str, mode: BrokerMode | None) -> RiskRow | None:
    """Return the newest book of a kind of money, of the user's own mode without; None before the first."""

    def read(connection: Connection) -> RiskRow | None:
        wanted = mode_of(connection, username, mode)
        rows = read_last_risks(connection, [username], env.clock.now() - _BACK)
        return next((row for row in rows if row.mode == wanted), None)

    return env.database.run(read, username=username)


def risk_history(
    env: Environment,
    username: str,
    mode: BrokerMode | None,
    since: datetime | None,
    until: datetime | None,
    points: int,
) -> Listing[RiskRow]:
    """Return books oldest first, the last day's without bounds; thinned to so many points by VaR 99."""
    now = env.clock.now()
    end = until or now + timedelta(microseconds=1)
    begin = since or end - _HISTORY

    def read(connection: Connection) -> list[RiskRow]:
        wanted = BrokerMode(mode_of(connection, username, mode))
        return read_risks(connection, username, wanted, begin, end)

    rows = env.database.run(read, username=username)
    kept = thin_keeping_extremes(rows, points, value=lambda row: row.figures.get("var_99_1d"))
    return Listing(items=kept, as_of=now)


def mode_of(connection: Connection, username: str, mode: BrokerMode | None) -> str:
    """Return the kind of money that is asked about, the user's own without one."""
    if mode is not None:
        return mode.value
    stored = settings.read(connection, username)
    assert stored is not None, "whoever calls has settings"
    return stored.broker_mode.value

"""Telling owners of coins that nobody looked for a while, and what was made up for (C-05)."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from chalicelib.services.environment import Environment
from chalicelib.services.raise_alert import Severity, raise_alert
from chalicelib.store.market.coin_symbols import last_look
from chalicelib.store.market.coins_at_work import count_fills, read_owners

OFFLINE: Final = "offline"
#: A tick or two that are missed are made up for in silence.
TOLD_FROM: Final = timedelta(minutes=3)


def tell_offline(env: Environment, connection: Connection, now: datetime) -> int:
    """Tell each owner since when nobody looked, where that is long; returns how many were told.

    In the transaction that notes this look. An owner is one who had coins at work at any time in between. A
    vendor's silence is none of ours: ticks looked, then.
    """
    looked_at = last_look(connection)
    if looked_at is not None and now - looked_at < TOLD_FROM:
        return 0
    told = 0
    for username, began_at in read_owners(connection, looked_at).items():
        since = began_at if looked_at is None else max(looked_at, began_at)
        if now - since < TOLD_FROM:
            continue
        fills = count_fills(connection, username, since, now)
        raise_alert(
            env,
            connection,
            username,
            severity=Severity.INFO,
            kind=OFFLINE,
            message=f"offline {_spoken(now - since)} - positions restored, {fills} fills replayed",
        )
        told += 1
    return told


def _spoken(gap: timedelta) -> str:
    """Return a stretch of time as `10m 34s`, with hours where there are any."""
    minutes, seconds = divmod(int(gap.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h {minutes}m {seconds}s" if hours else f"{minutes}m {seconds}s"

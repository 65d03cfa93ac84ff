"""Counting requests by the machine's minute; the window slides by weighing the minute before."""

import math
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.services.environment import Environment
from chalicelib.store.database import Isolation
from chalicelib.store.requests import request_counters

#: A user's counters besides those of his bearers: what he closes himself, and what his tokens close.
EXITS: Final = "exits"
EXITS_BY_TOKENS: Final = "exits by tokens"
PASSWORDS: Final = "passwords"
AI: Final = "ai"
_MINUTE_SECONDS = 60


def bearer(token_id: UUID | None) -> str:
    """Name the counter of a personal token, or of a user's sessions together."""
    return request_counters.SESSIONS if token_id is None else f"token {token_id}"


def count_request(
    env: Environment,
    username: str,
    *,
    counter: str,
    allowed: int,
    machine_now: datetime,
    weight: int = 1,
) -> int | None:
    """Count one request; return the seconds to wait when more than `allowed` fall into the last minute.

    What costs more than a call counts as `weight` of them.
    """
    minute = machine_now.replace(second=0, microsecond=0)
    elapsed = (machine_now - minute).total_seconds()

    def work(connection: Connection) -> float:
        present = request_counters.count(connection, username, minute, counter=counter, weight=weight)
        before = request_counters.read(connection, username, minute - timedelta(minutes=1), counter=counter)
        if present == weight:
            request_counters.prune(connection, username, minute - timedelta(minutes=2))
        return present + before * (1 - elapsed / _MINUTE_SECONDS)

    in_window = env.database.run(work, username=username, isolation=Isolation.READ_COMMITTED)
    return None if in_window <= allowed else max(1, math.ceil(_MINUTE_SECONDS - elapsed))

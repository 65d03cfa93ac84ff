"""Work that was given up: it waits among the dead letters, and whom it concerns is told (A-17)."""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from chalicelib.domain.clocks.calendar import new_york_date
from chalicelib.domain.json_value import JsonValue
from chalicelib.services.environment import Environment
from chalicelib.services.raise_alert import Severity, raise_alert

_LOG: Final = logging.getLogger("papertape.dead_letters")
#: An alert about an alert that cannot be sent would be the next one that cannot be sent.
_NEVER_TOLD: Final = "alert"


def tell_given_up(env: Environment, job: str, due_at: datetime, payload: Mapping[str, JsonValue]) -> None:
    """Log work that failed for the last time, and alert the user it was for, once a day and job."""
    _LOG.error("work given up", extra={"job": job, "due_at": due_at.isoformat()})
    username = payload.get("username")
    if job == _NEVER_TOLD or not isinstance(username, str):
        return
    env.database.run(
        lambda connection: raise_alert(
            env,
            connection,
            username,
            severity=Severity.CRITICAL,
            kind=f"given_up:{job}",
            message=(
                f"The job {job} of {due_at:%Y-%m-%d %H:%M:%S} UTC failed again and again for your account. "
                "Later runs go on; the operator finds this one among the dead letters."
            ),
            lasting=True,
            topic=new_york_date(due_at).isoformat(),
        ),
        username=username,
    )

"""Before the open: what expires today, what is unprotected, what has not been seen for long (A-06)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from chalicelib.domain.clocks.sessions import Session
from chalicelib.domain.structures.shapes import called
from chalicelib.services.environment import Environment
from chalicelib.services.raise_alert import Severity, raise_alert
from chalicelib.store.trades.open_positions import Remarkable, read_remarkable

#: A mark older than the last session says that a trade was not watched.
_STALE_AFTER: Final = timedelta(days=4)
#: By the fields of a remarkable trade.
_WORDS: Final[Mapping[str, tuple[Severity, str]]] = {
    "expires_today": (Severity.INFO, "expires today"),
    "unprotected": (Severity.CRITICAL, "is held without a working stop or target"),
    "stale": (Severity.WARNING, "has had no usable mark for days"),
}


def check_before_open(env: Environment, session: Session) -> dict[str, int]:
    """Raise an alert for each finding; returns the counts by kind."""
    counts = dict.fromkeys(_WORDS, 0)
    found = env.database.run(
        lambda connection: read_remarkable(
            connection, today=session.day, stale_before=session.opens_at - _STALE_AFTER
        ),
        username=None,
    )
    for one in found:
        for kind in (name for name in _WORDS if getattr(one, name)):
            counts[kind] += 1
            _tell(env, one, kind)
    return counts


def _tell(env: Environment, one: Remarkable, kind: str) -> None:
    severity, words = _WORDS[kind]
    name = called(one.ticker, one.structure)
    if kind == "expires_today" and one.goes_on:
        name = f"A leg of the {name}"
    env.database.run(
        lambda connection: raise_alert(
            env,
            connection,
            one.username,
            severity=severity,
            kind=kind,
            trade_id=one.trade_id,
            message=f"{name} {words}.",
            lasting=True,
        ),
        username=one.username,
    )

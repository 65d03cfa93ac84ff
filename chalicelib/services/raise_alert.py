"""Alerts as rows: stored in the transaction of the fact they tell, sent by channels afterwards (A-17).

Once that transaction has committed, the job `alert` is told by message if the owner has a channel for it. A
message that is lost costs a delay and nothing else: other jobs look for alerts that no channel was told of.
"""

import logging
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.accounts import AccountRef, BrokerMode
from chalicelib.domain.alerts import Severity as Severity
from chalicelib.domain.clocks.job_messages import for_user
from chalicelib.observability.metrics import Metric, Service
from chalicelib.services.environment import Environment
from chalicelib.store.database import after_commit
from chalicelib.store.users.alerts import (
    Channels,
    NewAlert,
    insert_alert,
    renew_text,
    resolve,
    resolve_of_trade,
)

_LOG: Final = logging.getLogger("papertape.alerts")
#: What comes within this long of each other goes out as one message; critical alerts do not wait.
GATHERED_SECONDS: Final = 30


def raise_alert(
    env: Environment,
    connection: Connection,
    username: str,
    *,
    severity: Severity,
    kind: str,
    message: str,
    trade_id: UUID | None = None,
    question: str | None = None,
    lasting: bool = False,
    renewed: bool = False,
    topic: str | None = None,
) -> bool:
    """Store an alert; a `lasting` condition is told once until it is resolved. Returns whether it is new.

    `topic` tells conditions of one kind apart where no trade does. `renewed` lets the text of one that lasts
    say how it stands now, a count for instance; nobody is told again.
    """
    dedupe_key = condition_key(kind, trade_id, topic) if lasting else None
    alert = NewAlert(
        id=env.randomness.uuid7(env.clock.now()),
        username=username,
        severity=severity,
        kind=kind,
        trade_id=trade_id,
        text=message,
        question=question,
        dedupe_key=dedupe_key,
    )
    channels = insert_alert(connection, alert)
    if channels is None:
        if renewed and dedupe_key is not None:
            renew_text(connection, username, dedupe_key, message)
        return False
    _LOG.info("an alert is raised", extra={"kind": kind, "severity": severity.value})
    if severity is Severity.CRITICAL:
        env.meter.emit(Service.ALERTS, {Metric.CRITICAL_ALERTS: 1}, kind=kind)
    if _is_wanted(channels, severity):
        after_commit(connection, partial(_tell_channels, env, username, severity))
    return True


def _is_wanted(channels: Channels, severity: Severity) -> bool:
    return any(
        "disabled" not in channel and severity.rank >= Severity(channel["min_severity"]).rank
        for channel in channels
    )


def _tell_channels(env: Environment, username: str, severity: Severity) -> None:
    """Have the job `alert` run for this user: at once for a critical alert, else with what else comes."""
    now = env.clock.now()
    send_alert_message(env, username, due_at=now if severity is Severity.CRITICAL else _gathered_at(now))


def send_alert_message(env: Environment, username: str, *, due_at: datetime) -> None:
    """Have the job `alert` look at a user's alerts; what keeps the message from leaving is only logged."""
    try:
        env.bus.send("alert", for_user(username), due_at=due_at)
    except Exception as error:  # noqa: BLE001  # a queue's trouble must never reach what raised the alert
        _LOG.warning("the message of an alert was not sent: %s", type(error).__name__)


def _gathered_at(now: datetime) -> datetime:
    """Return the next instant of the grid on which gathered alerts are told."""
    past = timedelta(seconds=now.timestamp() % GATHERED_SECONDS)
    return now - past + timedelta(seconds=GATHERED_SECONDS)


_UNREADABLE: Final = "credentials_unreadable"


def alert_unreadable_credentials(env: Environment, connection: Connection, account: AccountRef) -> None:
    """Tell a user, once a broker, that its token must be entered anew (A-12)."""
    raise_alert(
        env,
        connection,
        account.username,
        severity=Severity.CRITICAL,
        kind=_UNREADABLE,
        message=(
            f"Re-enter your broker credentials: the stored token of {account.mode} cannot be opened. "
            "Orders there are blocked."
        ),
        lasting=True,
        topic=account.mode.value,
    )


def resolve_alert(
    connection: Connection,
    username: str,
    *,
    kind: str,
    trade_id: UUID | None = None,
    topic: str | None = None,
) -> None:
    """Mark a lasting condition as over."""
    resolve(connection, username, condition_key(kind, trade_id, topic))


def resolve_credentials_alert(connection: Connection, username: str, mode: BrokerMode) -> None:
    """Mark the alert about an unreadable token as over: another one was stored for this broker."""
    resolve_broker_alert(connection, username, kind=_UNREADABLE, topic=mode.value)


def resolve_broker_alert(connection: Connection, username: str, *, kind: str, topic: str) -> None:
    """Mark a condition of one broker or account as over; the release before named none in it."""
    for one in (topic, None):
        resolve_alert(connection, username, kind=kind, topic=one)


def account_topic(account: AccountRef) -> str:
    """Return what tells one account's conditions from another's of the same user."""
    return f"{account.mode.value}:{account.account_id}"


def resolve_alerts_of_trade(connection: Connection, username: str, trade_id: UUID) -> None:
    """Mark the lasting conditions of a trade that has ended as over."""
    resolve_of_trade(connection, username, trade_id)


def condition_key(kind: str, trade_id: UUID | None = None, topic: str | None = None) -> str:
    """Return the name of a lasting condition, by which it is told once and found again."""
    return ":".join([kind, *(str(part) for part in (trade_id, topic) if part is not None)])

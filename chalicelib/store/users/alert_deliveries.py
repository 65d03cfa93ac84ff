"""Rows of `alert_deliveries`: what each channel was told of each alert (A-17).

A delivery is claimed, as UNKNOWN, before its message leaves: whoever dies in between leaves an unknown
outcome, which is not sent again. One exception: a critical alert is worth being told twice, so that its
unknown outcome is tried once more a minute later.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, text

from chalicelib.domain.alerts import AlertLine, Severity
from chalicelib.store.users.settings import AlertChannel

#: A known failure is tried this often in all; an unknown outcome of a critical alert, twice.
ATTEMPTS_MAX: Final = 5
UNKNOWN_AGAIN_AFTER: Final = timedelta(seconds=60)
#: What a channel could not be told for so long is on the page, and old news.
TOLD_WITHIN: Final = timedelta(hours=24)
_PAGE: Final = 200

_BY_LOUDNESS: Final = "array['critical', 'warning', 'info']"
#: A delivery that may be tried: `d` is its row, `a` its alert.
_MAY_BE_TRIED: Final = """
    (d.state = 'WAITING' and d.retry_at <= :now and d.attempts < :attempts_max)
    or (d.state = 'UNKNOWN' and a.severity = 'critical' and d.attempts < 2 and d.at <= :unknown_before)
"""
_PENDING: Final = text(
    f"""
    select a.id, a.at, a.severity, a.text, a.question
    from alerts a left join alert_deliveries d
      on d.alert_id = a.id and d.channel = :channel and d.target = :target
    where a.username = :username and a.at >= :since and a.acked_at is null and a.resolved_at is null
      and a.severity = any(:severities) and (d.id is null or {_MAY_BE_TRIED})
    order by array_position({_BY_LOUDNESS}, a.severity), a.at, a.id
    limit {_PAGE}
    """  # noqa: S608  # both insertions are constants of this module
)
_CLAIM: Final = text(
    f"""
    insert into alert_deliveries as d (id, username, alert_id, channel, target, state)
    select :id, a.username, a.id, :channel, :target, 'UNKNOWN'
    from alerts a where a.id = :alert_id and a.username = :username
    on conflict (alert_id, channel, target) do update
        set state = 'UNKNOWN', retry_at = null, error = null, attempts = d.attempts + 1,
            at = papertape_now()
        where exists (select 1 from alerts a where a.id = d.alert_id and ({_MAY_BE_TRIED}))
    returning d.attempts
    """  # noqa: S608  # as above
)
#: What has been tried often enough has failed; a delivery waits only while it may be tried again.
_SETTLE: Final = text(
    """
    update alert_deliveries set error = :error, at = papertape_now(),
        state = case when :waits and attempts >= :attempts_max then 'FAILED' else :state end,
        retry_at = case when :waits and attempts < :attempts_max then cast(:retry_at as timestamptz) end
    where username = :username and channel = :channel and target = :target and alert_id = any(:alert_ids)
    returning state
    """
)
_OVERDUE: Final = text(
    f"""
    select distinct a.username
    from alerts a
      join user_settings s on s.username = a.username
      cross join jsonb_array_elements(s.alert_channels) c
      left join alert_deliveries d
        on d.alert_id = a.id and d.channel = c ->> 'kind' and d.target = c ->> 'id'
    where a.at >= :since and a.at <= :until and a.acked_at is null and a.resolved_at is null
      and c -> 'disabled' is null and a.at >= cast(c ->> 'since' as timestamptz)
      and array_position({_BY_LOUDNESS}, a.severity) <= array_position({_BY_LOUDNESS}, c ->> 'min_severity')
      and (d.id is null or {_MAY_BE_TRIED})
    order by 1
    """  # noqa: S608  # as above
)


class DeliveryState(StrEnum):
    """What is known of a delivery."""

    UNKNOWN = "UNKNOWN"
    SENT = "SENT"
    WAITING = "WAITING"
    FAILED = "FAILED"


def pending(connection: Connection, username: str, channel: AlertChannel, now: datetime) -> list[AlertLine]:
    """Read what this channel is still to be told, the loudest first, at most 200."""
    rows = connection.execute(
        _PENDING,
        {
            **_named(username, channel),
            **_limits(now),
            "since": max(channel.since, now - TOLD_WITHIN),
            "severities": severities_from(Severity(channel.min_severity)),
        },
    )
    return [
        AlertLine(id=row.id, at=row.at, severity=Severity(row.severity), text=row.text, question=row.question)
        for row in rows
    ]


_MESSAGES: Final = text(
    "select count(distinct (channel, target, at)) from alert_deliveries "
    "where username = :username and at >= :since and state in ('SENT', 'UNKNOWN')"
)


def messages_since(connection: Connection, username: str, since: datetime) -> int:
    """Count the messages that left for a user's channels: what one carried was settled at one instant."""
    return int(connection.execute(_MESSAGES, {"username": username, "since": since}).scalar_one())


def severities_from(lowest: Severity) -> list[str]:
    """Return the severities that are at least this loud."""
    return [severity.value for severity in Severity if severity.rank >= lowest.rank]


def claim(
    connection: Connection,
    username: str,
    channel: AlertChannel,
    wanted: Mapping[UUID, UUID],
    now: datetime,
) -> dict[UUID, int]:
    """Claim the delivery of these alerts (alert → id of a new row); returns the attempts of those claimed."""
    attempts: dict[UUID, int] = {}
    for alert_id, delivery_id in wanted.items():
        claimed = connection.execute(
            _CLAIM,
            {**_named(username, channel), **_limits(now), "id": delivery_id, "alert_id": alert_id},
        ).scalar()
        if claimed is not None:
            attempts[alert_id] = claimed
    return attempts


def settle(
    connection: Connection,
    username: str,
    channel: AlertChannel,
    alert_ids: Sequence[UUID],
    *,
    state: DeliveryState,
    error: str | None,
    retry_at: datetime,
) -> bool:
    """Record how a message of these alerts went; returns whether some are to be tried again at `retry_at`.

    What is WAITING has failed when it was tried often enough.
    """
    values = {
        "state": state.value,
        "waits": state is DeliveryState.WAITING,
        "error": error,
        "retry_at": retry_at,
        "attempts_max": ATTEMPTS_MAX,
        "alert_ids": list(alert_ids),
    }
    rows = connection.execute(_SETTLE, {**_named(username, channel), **values})
    return DeliveryState.WAITING in set(rows.scalars())


def users_overdue(connection: Connection, now: datetime, *, older_than: timedelta) -> list[str]:
    """Read who has alerts that a channel was not told of though it should: their message may be lost."""
    reach = {"since": now - TOLD_WITHIN, "until": now - older_than}
    rows = connection.execute(_OVERDUE, {**_limits(now), **reach})
    return list(rows.scalars())


def _named(username: str, channel: AlertChannel) -> dict[str, str]:
    return {"username": username, "channel": channel.kind, "target": channel.id}


def _limits(now: datetime) -> dict[str, object]:
    return {"now": now, "attempts_max": ATTEMPTS_MAX, "unknown_before": now - UNKNOWN_AGAIN_AFTER}

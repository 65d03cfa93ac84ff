"""Tell a user's channels what they have not been told yet (A-17).

Claim, send, settle: a delivery is stored as UNKNOWN before its message leaves. A burst becomes one message of
many lines, the loudest first. What a vendor refuses for good disables the channel and tells the owner.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.alerts import AlertLine, ChannelKind, Severity, first_message, in_order
from chalicelib.notify.interface import Delivery, Verdict
from chalicelib.services.environment import CredentialsUnreadable, Environment, UnknownKey
from chalicelib.services.raise_alert import raise_alert, resolve_alert, send_alert_message
from chalicelib.services.users import alert_channels
from chalicelib.services.users.prove_address import send_code
from chalicelib.services.users.settings import require
from chalicelib.store.database import Isolation
from chalicelib.store.users import alert_deliveries as store
from chalicelib.store.users import settings as settings_store
from chalicelib.store.users.alert_deliveries import UNKNOWN_AGAIN_AFTER, DeliveryState
from chalicelib.store.users.settings import AlertChannel
from chalicelib.vendors.deadline import Deadline

_LOG: Final = logging.getLogger("papertape.alerts")
#: One message may take this long; a run is ended by its function's time limit.
SEND_SECONDS_MAX: Final = 15.0
#: A channel is told so many messages in one run; what is left waits for the next.
MESSAGES_MAX: Final = 5
#: A user's messages over all channels: a fault that alerts without end must not become a flood of mail.
MESSAGES_AN_HOUR: Final = 120
_ENOUGH_AGAIN_AFTER: Final = timedelta(minutes=10)
_NEXT_RUN_AFTER: Final = timedelta(seconds=30)
#: A message is taken for lost when its alert has waited this long.
OVERDUE_AFTER: Final = timedelta(minutes=2)
_FAILING: Final = "channel_failing"
_STATES: Final[Mapping[Verdict, DeliveryState]] = {
    Verdict.SENT: DeliveryState.SENT,
    Verdict.LATER: DeliveryState.WAITING,
    Verdict.REFUSED: DeliveryState.FAILED,
    Verdict.GONE: DeliveryState.FAILED,
    Verdict.UNKNOWN: DeliveryState.UNKNOWN,
}
#: A container that lacks a key reads its keys again within minutes.
UNKNOWN_KEY_AGAIN_SECONDS: Final = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryReport:
    """What a run did: messages that were taken, alerts in them, and channels with trouble."""

    messages: int = 0
    alerts: int = 0
    troubled: int = 0

    def plus(self, other: "DeliveryReport") -> "DeliveryReport":
        """Add two reports up."""
        return DeliveryReport(
            messages=self.messages + other.messages,
            alerts=self.alerts + other.alerts,
            troubled=self.troubled + other.troubled,
        )


def users_overdue(env: Environment, *, older_than: timedelta = OVERDUE_AFTER) -> list[str]:
    """Return whose alerts wait for longer than that."""
    now = env.clock.now()
    return env.database.run(
        lambda connection: store.users_overdue(connection, now, older_than=older_than), username=None
    )


def send_overdue(env: Environment) -> int:
    """Send anew the messages that seem lost; returns how many."""
    overdue = users_overdue(env)
    for username in overdue:
        send_alert_message(env, username, due_at=env.clock.now())
    return len(overdue)


def deliver_alerts(env: Environment, username: str) -> DeliveryReport:
    """Tell each of the user's channels what it was not told yet; one channel's trouble is its own.

    A message may outlive its user: nobody has no channels.
    """
    stored = env.database.run(lambda connection: settings_store.read(connection, username), username=username)
    report = DeliveryReport()
    for channel in () if stored is None else stored.alert_channels:
        if channel.proof is not None:
            report = report.plus(DeliveryReport(messages=int(send_code(env, username, channel))))
        elif channel.disabled is None:
            report = report.plus(_Outbox(env, username, channel).empty())
    return report


class _Outbox:
    """What one channel of a user is still to be told."""

    def __init__(self, env: Environment, username: str, channel: AlertChannel) -> None:
        self._env = env
        self._username = username
        self._channel = channel
        self._sender = env.channels[ChannelKind(channel.kind)]

    def empty(self) -> DeliveryReport:
        """Send message after message until nothing is left, something goes wrong, or it is enough."""
        report = DeliveryReport()
        pause_seconds = 0.0
        if self._has_told_enough():
            return report
        for number in range(MESSAGES_MAX):
            lines = self._take()
            if not lines:
                return report
            if number > 0:
                self._env.clock.sleep(pause_seconds)
            delivery = self._send(lines)
            if delivery.verdict is not Verdict.SENT:
                return report.plus(DeliveryReport(troubled=1))
            report = report.plus(DeliveryReport(messages=1, alerts=len(lines)))
            pause_seconds = delivery.pause_seconds
        send_alert_message(self._env, self._username, due_at=self._env.clock.now() + _NEXT_RUN_AFTER)
        return report

    def _has_told_enough(self) -> bool:
        """Say whether the hour's messages are spent: what waits then goes out in one when it is over."""
        env, now = self._env, self._env.clock.now()
        hour_ago = now - timedelta(hours=1)
        told = env.database.run(
            lambda connection: store.messages_since(connection, self._username, hour_ago),
            username=self._username,
        )
        if told < MESSAGES_AN_HOUR:
            return False
        send_alert_message(env, self._username, due_at=now + _ENOUGH_AGAIN_AFTER)
        return True

    def _take(self) -> list[AlertLine]:
        """Claim the next message's alerts; another worker's claims are left to it."""
        env, now = self._env, self._env.clock.now()

        def work(connection: Connection) -> list[AlertLine]:
            waiting = in_order(store.pending(connection, self._username, self._channel, now))
            lines = first_message(waiting, length=self._sender.length, length_max=self._sender.length_max)
            wanted = {line.id: env.randomness.uuid7(now) for line in lines}
            claimed = store.claim(connection, self._username, self._channel, wanted, now)
            return [line for line in lines if line.id in claimed]

        return env.database.run(work, username=self._username, isolation=Isolation.READ_COMMITTED)

    def _send(self, lines: Sequence[AlertLine]) -> Delivery:
        try:
            target = alert_channels.open_target(self._env, self._username, self._channel)
        except UnknownKey:
            # Sealed with a key newer than this process knows: a later run has it.
            delivery = Delivery(
                verdict=Verdict.LATER,
                reason="the sealing key is not known here yet",
                retry_after_seconds=UNKNOWN_KEY_AGAIN_SECONDS,
            )
        except CredentialsUnreadable:
            delivery = Delivery(verdict=Verdict.GONE, reason="the stored target cannot be opened any more")
        else:
            delivery = self._sender.send(target, lines, Deadline(self._env.clock, SEND_SECONDS_MAX))
        if delivery.verdict is not Verdict.SENT:
            _LOG.warning(
                "alerts were not delivered",
                extra={"channel": self._channel.kind, "verdict": delivery.verdict.value},
            )
        self._settle(lines, delivery)
        return delivery

    def _settle(self, lines: Sequence[AlertLine], delivery: Delivery) -> None:
        """Record how the message went, and have the job run again where there is something to try again."""
        env, now = self._env, self._env.clock.now()
        retry_at = now + timedelta(seconds=delivery.retry_after_seconds or 0.0)

        def work(connection: Connection) -> bool:
            self._note_channel(connection, delivery)
            return store.settle(
                connection,
                self._username,
                self._channel,
                [line.id for line in lines],
                state=_STATES[delivery.verdict],
                error=delivery.reason,
                retry_at=retry_at,
            )

        waits = env.database.run(work, username=self._username)
        if waits:
            send_alert_message(env, self._username, due_at=retry_at)
        if delivery.verdict is Verdict.UNKNOWN and lines[0].severity is Severity.CRITICAL:
            send_alert_message(env, self._username, due_at=now + UNKNOWN_AGAIN_AFTER)

    def _note_channel(self, connection: Connection, delivery: Delivery) -> None:
        """Keep what a delivery says of its channel: it works, it moved, it fails, it is gone."""
        if delivery.moved_to is not None:
            self._store(
                connection,
                alert_channels.moved(self._env, self._username, self._channel, delivery.moved_to),
            )
        if delivery.verdict is Verdict.GONE:
            self._store(connection, replace(self._channel, disabled=delivery.reason or "gone"))
        if delivery.verdict is Verdict.SENT:
            resolve_alert(connection, self._username, kind=_FAILING, topic=self._channel.id)
        if delivery.verdict in {Verdict.GONE, Verdict.REFUSED}:
            raise_alert(
                self._env,
                connection,
                self._username,
                severity=Severity.WARNING,
                kind=_FAILING,
                topic=self._channel.id,
                lasting=True,
                message=_failing_words(self._channel, delivery),
            )

    def _store(self, connection: Connection, changed: AlertChannel) -> None:
        """Put the changed channel in its place, unless its owner has removed it since."""
        present = require(connection, self._username, lock=True).alert_channels
        kept = [changed if channel.id == changed.id else channel for channel in present]
        settings_store.write_channels(connection, self._username, kept)
        self._channel = changed


def _failing_words(channel: AlertChannel, delivery: Delivery) -> str:
    name = f"{channel.kind} channel …{channel.last4 or (channel.target or '')[-4:]}"
    if delivery.verdict is Verdict.GONE:
        return (
            f"Alerts no longer go to your {name}: {delivery.reason}. "
            "Save the channel again in the settings once that is mended."
        )
    return f"Alerts could not be sent to your {name}: {delivery.reason}."

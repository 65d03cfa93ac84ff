"""A user's channels of alerts as settings (A-01): checked, sealed, shown masked, kept when sent back masked.

Of a Telegram or Discord target everything is sealed: a bot's token and a web hook's address let anybody write
in the owner's name. A mail address is shown as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from chalicelib.domain.alerts import ChannelKind, Severity
from chalicelib.domain.ports import JsonValue
from chalicelib.notify.interface import BadTarget
from chalicelib.services.environment import Environment
from chalicelib.services.errors import FieldError, Invalid
from chalicelib.store.settings import AlertChannel

SEALED_FIELD: Final = "alert_channels"
_SECRET_KINDS: Final = frozenset({ChannelKind.TELEGRAM, ChannelKind.DISCORD})
_LAST_CHARACTERS: Final = 4


@dataclass(frozen=True, slots=True)
class KeptTarget:
    """A stored secret target, named by what is shown of it."""

    last4: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedChannel:
    """An alert channel as its owner gives it."""

    kind: ChannelKind
    target: str | KeptTarget
    min_severity: Severity


def check(env: Environment, wanted: Sequence[WantedChannel]) -> None:
    """Raise Invalid for targets that can be none of their kind."""
    faults = []
    for index, channel in enumerate(wanted):
        if isinstance(channel.target, KeptTarget):
            continue
        try:
            env.channels[channel.kind].check_target(channel.target)
        except BadTarget as error:
            faults.append(FieldError(field=f"{SEALED_FIELD}.{index}.target", message=str(error)))
    if faults:
        raise Invalid(faults)


def from_owner(
    env: Environment, username: str, stored: Sequence[AlertChannel], wanted: Sequence[WantedChannel]
) -> list[AlertChannel]:
    """Return the channels to store in place of the `stored` ones; a kept one works again if it was disabled.

    Raises Invalid for a kept target that is not among them.
    """
    left = list(stored)
    made = []
    for index, channel in enumerate(wanted):
        kept = _take(left, channel)
        if kept is None and isinstance(channel.target, str):
            made.append(_new(env, username, channel, channel.target))
            continue
        if kept is None:
            fault = FieldError(
                field=f"{SEALED_FIELD}.{index}.target", message="no such target is stored: enter it anew"
            )
            raise Invalid([fault])
        made.append(_again(env, kept, channel.min_severity))
    return made


def _new(env: Environment, username: str, wanted: WantedChannel, target: str) -> AlertChannel:
    now = env.clock.now()
    is_secret = wanted.kind in _SECRET_KINDS
    return AlertChannel(
        id=str(env.randomness.uuid7(now)),
        kind=wanted.kind.value,
        min_severity=wanted.min_severity.value,
        target=None if is_secret else target,
        sealed_target=env.sealer.seal(target, owner=username, field=SEALED_FIELD) if is_secret else None,
        last4=target[-_LAST_CHARACTERS:] if is_secret else None,
        since=now,
    )


def _again(env: Environment, kept: AlertChannel, min_severity: Severity) -> AlertChannel:
    since = kept.since if kept.disabled is None else env.clock.now()
    return replace(kept, min_severity=min_severity.value, since=since, disabled=None)


def _take(stored: list[AlertChannel], wanted: WantedChannel) -> AlertChannel | None:
    """Remove and return the stored channel that stays; of a secret target only its end is told."""
    for channel in stored:
        told = channel.target if channel.sealed_target is None else KeptTarget(channel.last4 or "")
        if channel.kind == wanted.kind.value and told == wanted.target:
            stored.remove(channel)
            return channel
    return None


def shape(channel: AlertChannel) -> dict[str, JsonValue]:
    """Write a channel for its owner."""
    hidden: JsonValue = {"set": True, "last4": channel.last4}
    return {
        "kind": channel.kind,
        "target": channel.target if channel.sealed_target is None else hidden,
        "min_severity": channel.min_severity,
    }


def open_target(env: Environment, username: str, channel: AlertChannel) -> str:
    """Return where a channel sends to; raises CredentialsUnreadable."""
    if channel.sealed_target is None:
        return channel.target or ""
    return env.sealer.open(channel.sealed_target, owner=username, field=SEALED_FIELD)


def moved(env: Environment, username: str, channel: AlertChannel, target: str) -> AlertChannel:
    """Return the channel with the target that its vendor moved it to."""
    sealed = env.sealer.seal(target, owner=username, field=SEALED_FIELD)
    return replace(channel, sealed_target=sealed, last4=target[-_LAST_CHARACTERS:])

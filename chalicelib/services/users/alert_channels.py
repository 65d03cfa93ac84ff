"""A user's channels of alerts as settings (A-01): checked, sealed, shown masked, kept when sent back masked.

Of a Telegram or Discord target everything is sealed: a bot's token and a web hook's address let anybody write
in the owner's name. A mail address is shown as it is.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from chalicelib.domain.alerts import ChannelKind, Severity
from chalicelib.notify.interface import BadTarget
from chalicelib.services.environment import Environment
from chalicelib.services.errors import FieldError, Invalid
from chalicelib.store.users.settings import PROOF_WANTED, AlertChannel

SEALED_FIELD: Final = "alert_channels"
#: Mail goes to whoever is named: until its reader has typed the code back, nothing else is sent there.
_UNPROVEN: Final[Mapping[str, str]] = {"proof": PROOF_WANTED, "disabled": "not confirmed yet"}
#: A code asked for anew, and one that was never typed in.
CODE_AGAIN_AFTER: Final = timedelta(minutes=10)
CODE_LIFE: Final = timedelta(hours=24)
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
    code: str | None = None


def check(env: Environment, wanted: Sequence[WantedChannel]) -> None:
    """Raise Invalid for targets that can be none of their kind, and for one that stands twice."""
    faults = []
    seen: set[tuple[ChannelKind, str | KeptTarget]] = set()
    for index, channel in enumerate(wanted):
        place = (channel.kind, channel.target)
        if place in seen and isinstance(channel.target, str):
            fault = FieldError(field=f"{SEALED_FIELD}.{index}.target", message="stands twice")
            faults.append(fault)
        seen.add(place)
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
        made.append(_again(env, kept, channel, index))
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
        **(_UNPROVEN if wanted.kind is ChannelKind.MAIL else {}),
    )


def _again(env: Environment, kept: AlertChannel, wanted: WantedChannel, index: int) -> AlertChannel:
    if kept.proof is not None:
        return _proven(env, kept, wanted, index)
    since = kept.since if kept.disabled is None else env.clock.now()
    return replace(kept, min_severity=wanted.min_severity.value, since=since, disabled=None)


def _proven(env: Environment, kept: AlertChannel, wanted: WantedChannel, index: int) -> AlertChannel:
    """Take the code that was sent to an address; without one a new code is sent, not sooner than in a while.

    Raises Invalid for another code, or one that is too old.
    """
    now = env.clock.now()
    changed = replace(kept, min_severity=wanted.min_severity.value)
    if wanted.code is None:
        is_due = kept.proof != PROOF_WANTED and now - kept.since >= CODE_AGAIN_AFTER
        return replace(changed, proof=PROOF_WANTED, since=now) if is_due else changed
    if hash_code(wanted.code) != kept.proof or now - kept.since > CODE_LIFE:
        why = "is not the code that was sent, or it is too old"
        raise Invalid([FieldError(field=f"{SEALED_FIELD}.{index}.code", message=why)])
    return replace(changed, proof=None, disabled=None, since=now)


def hash_code(code: str) -> str:
    """Return what is kept of a code, however it was typed."""
    return hashlib.sha256(code.strip().replace(" ", "").upper().encode()).hexdigest()


def _take(stored: list[AlertChannel], wanted: WantedChannel) -> AlertChannel | None:
    """Remove and return the stored channel that stays; of a secret target only its end is told."""
    for channel in stored:
        told = channel.target if channel.sealed_target is None else KeptTarget(channel.last4 or "")
        if channel.kind == wanted.kind.value and told == wanted.target:
            stored.remove(channel)
            return channel
    return None


def open_target(env: Environment, username: str, channel: AlertChannel) -> str:
    """Return where a channel sends to; raises CredentialsUnreadable."""
    if channel.sealed_target is None:
        return channel.target or ""
    return env.sealer.open(channel.sealed_target, owner=username, field=SEALED_FIELD)


def moved(env: Environment, username: str, channel: AlertChannel, target: str) -> AlertChannel:
    """Return the channel with the target that its vendor moved it to."""
    sealed = env.sealer.seal(target, owner=username, field=SEALED_FIELD)
    return replace(channel, sealed_target=sealed, last4=target[-_LAST_CHARACTERS:])

"""An address is its reader's once he has typed back the code that was mailed to it (A-17).

The code is made by the job that sends it, and only its hash is kept: nobody else reads it.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.alerts import AlertLine, ChannelKind, Severity
from chalicelib.notify.interface import Verdict
from chalicelib.services.environment import Environment
from chalicelib.services.errors import FieldError, Invalid
from chalicelib.services.raise_alert import raise_alert, send_alert_message
from chalicelib.services.users.alert_channels import SEALED_FIELD, hash_code
from chalicelib.store.database import after_commit
from chalicelib.store.users import alerts
from chalicelib.store.users import settings as store
from chalicelib.store.users.settings import PROOF_WANTED, AlertChannel
from chalicelib.vendors.deadline import Deadline

#: Codes that one user may have mailed in an hour: enough to mistype an address, too few to pester anybody.
CODES_AN_HOUR: Final = 5
_KIND: Final = "mail_code"
_SEND_SECONDS_MAX: Final = 15.0
_CODE_BYTES: Final = 5


def ask_for_codes(
    env: Environment, connection: Connection, username: str, channels: Sequence[Mapping[str, str]]
) -> None:
    """Note each code that is to be sent, and have the job send it; raises Invalid beyond CODES_AN_HOUR."""
    wanted = [(index, one) for index, one in enumerate(channels) if one.get("proof") == PROOF_WANTED]
    if not wanted:
        return
    hour_ago = env.clock.now() - timedelta(hours=1)
    asked = alerts.count_since(connection, username, _KIND, hour_ago)
    for index, channel in wanted:
        asked += 1
        if asked > CODES_AN_HOUR:
            why = f"Only {CODES_AN_HOUR} codes are mailed in an hour: try again later."
            raise Invalid([FieldError(field=f"{SEALED_FIELD}.{index}.target", message=why)])
        raise_alert(
            env,
            connection,
            username,
            severity=Severity.INFO,
            kind=_KIND,
            message=f"A code was mailed to {channel.get('target')}: type it in under Settings.",
        )
    after_commit(connection, lambda: send_alert_message(env, username, due_at=env.clock.now()))


def send_code(env: Environment, username: str, channel: AlertChannel) -> bool:
    """Send a code to an address that waits for one; the hash is stored first, so that a code is sent once."""
    if channel.proof != PROOF_WANTED:
        return False
    code = base64.b32encode(env.randomness.token_bytes(_CODE_BYTES)).decode()
    if not _keep(env, username, channel, hash_code(code)):
        return False
    now = env.clock.now()
    words = f"Your code for papertape is {code[:4]} {code[4:]}. If you did not ask for it, do nothing."
    line = AlertLine(id=UUID(channel.id), at=now, severity=Severity.INFO, text=words)
    sender = env.channels[ChannelKind(channel.kind)]
    delivery = sender.send(channel.target or "", [line], Deadline(env.clock, _SEND_SECONDS_MAX))
    return delivery.verdict is Verdict.SENT


def _keep(env: Environment, username: str, channel: AlertChannel, proof: str) -> bool:
    """Store the hash in the channel's place, unless its owner or another run was faster."""

    def work(connection: Connection) -> bool:
        stored = store.read(connection, username, lock=True)
        present = () if stored is None else stored.alert_channels
        if channel not in present:
            return False
        changed = replace(channel, proof=proof)
        store.write_channels(connection, username, [changed if one == channel else one for one in present])
        return True

    return env.database.run(work, username=username)

"""The same key and body, the same answer (I-02): kept per user, for 2xx and for a broker's refusal.

Any other answer means that nothing was done, and gives the key back. A call that died holds its key until
RUNNING_SECONDS_MAX of machine time have passed, longer than any call runs; then the next one takes over, and
what the dead one left is found by the service itself (a placed trade carries its key).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from chalicelib.services.environment import Environment
from chalicelib.services.errors import IdempotencyMismatch, InProgress
from chalicelib.store.database import Isolation
from chalicelib.store.requests import idempotency as store

RUNNING_SECONDS_MAX: Final = 30
#: The field name that sealed answers are bound to.
_FIELD: Final = "idempotency_keys.body"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """This call holds the key until it finishes or gives it back."""

    username: str
    key: str
    running_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """The first call's answer; `body` is JSON text."""

    status: int
    body: str | None
    location: str | None


def begin(
    env: Environment, username: str, key: str, fingerprint: str, *, machine_now: datetime
) -> Claim | Replay:
    """Take the key or return its first answer; raises IdempotencyMismatch, InProgress."""
    running_until = machine_now + timedelta(seconds=RUNNING_SECONDS_MAX)
    claim = Claim(username=username, key=key, running_until=running_until)

    def work(connection: Connection) -> Claim | Replay:
        if store.claim_new(connection, username, key, fingerprint, running_until):
            return claim
        row = store.read_for_update(connection, username, key)
        if row is None:
            raise InProgress
        if row.fingerprint != fingerprint:
            raise IdempotencyMismatch
        if row.is_done:
            assert row.status is not None
            return Replay(status=row.status, body=row.body, location=row.location)
        if row.running_until > machine_now:
            raise InProgress
        store.take_over(connection, username, key, running_until)
        return claim

    return env.database.run(work, username=username, isolation=Isolation.READ_COMMITTED)


def finish(env: Environment, claim: Claim, *, status: int, body: str | None, location: str | None) -> None:
    """Keep the answer for later calls with this key."""

    def work(connection: Connection) -> None:
        store.finish(
            connection,
            claim.username,
            claim.key,
            claim.running_until,
            status=status,
            body=body,
            location=location,
        )

    env.database.run(work, username=claim.username, isolation=Isolation.READ_COMMITTED)


def give_back(env: Environment, claim: Claim) -> None:
    """Forget the key: nothing was done."""

    def work(connection: Connection) -> None:
        store.release(connection, claim.username, claim.key, claim.running_until)

    env.database.run(work, username=claim.username, isolation=Isolation.READ_COMMITTED)


def seal_answer(env: Environment, username: str, key: str, text: str) -> str:
    """Seal an answer that holds a secret, bound to its owner and key."""
    return env.sealer.seal(text, owner=username, field=f"{_FIELD}:{key}")


def open_answer(env: Environment, username: str, key: str, sealed: str) -> str:
    """Open a sealed answer; raises CredentialsUnreadable."""
    return env.sealer.open(sealed, owner=username, field=f"{_FIELD}:{key}")

"""Leases: one worker at a time per resource, fenced against a late one (architecture.md, Data).

Times are the database server's own: a lease guards against a dead worker, which product time, standing still
or racing, says nothing about. PgBouncer in transaction mode knows no session locks, hence rows.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeVar

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from chalicelib.domain.accounts import AccountRef, BrokerMode
from chalicelib.store.ahead import later
from chalicelib.store.database import Database

T = TypeVar("T")

LEASE_LENGTH: Final = timedelta(seconds=90)

#: One statement each, which names its user inside: they commit by themselves.
_TAKE: Final = text("select take_lease(:username, :resource, :holder, :length)")
_RELEASE: Final = text("select release_lease(:username, :resource, :fencing)")
_EXTEND: Final = text(
    "update leases set until = clock_timestamp() + :length where resource = :resource and fencing = :fencing"
)
_ENDS_SOON: Final = text(
    "select exists (select from leases where resource = :resource"
    " and until > '-infinity' and until <= clock_timestamp() + cast(:length as interval))"
)
#: The server's own fence (migration 0017): it fails, and with it all that follows it in its transaction.
_HOLD: Final = text("select hold_lease(:resource, :fencing)")
_LEASE_LOST: Final = "PT001"


@dataclass(slots=True, kw_only=True)
class Lease:
    """A user's resource held under a fencing number that no later holder shares."""

    username: str
    resource: str
    fencing: int
    #: Whether it was let go together with what was done under it.
    is_let_go: bool = False


class LeaseLost(Exception):
    """Another worker has taken over; whatever this one meant to write must not be written."""

    def __init__(self, resource: str) -> None:
        super().__init__(f"the lease on {resource} has passed to another worker")


def account_resource(account: AccountRef) -> str:
    """Name a user's account as a resource; the database holds it to end in the hash of the user's name."""
    whose = hashlib.sha256(account.username.encode()).hexdigest()
    return f"account:{account.mode}:{account.account_id}:{whose}"


def access_resource(username: str, mode: BrokerMode) -> str:
    """Name the renewal of a user's access token at one broker as a resource, as `account_resource` does."""
    return f"access:{mode}:{hashlib.sha256(username.encode()).hexdigest()}"


def session_resource(username: str, mode: BrokerMode) -> str:
    """Name a user's one session at a broker as a resource, as `account_resource` does."""
    return f"session:{mode}:{hashlib.sha256(username.encode()).hexdigest()}"


def take_lease(
    connection: Connection, username: str, resource: str, holder: str, *, length: timedelta = LEASE_LENGTH
) -> Lease | None:
    """Take a user's lease when it is free or its holder let it run out, else return None.

    For a connection that acts for nobody, and nothing but this and `release_lease` on it.
    """
    wanted = {"username": username, "resource": resource, "holder": holder, "length": length}
    fencing = connection.execute(_TAKE, wanted).scalar()
    return None if fencing is None else Lease(username=username, resource=resource, fencing=fencing)


def extend_lease(connection: Connection, lease: Lease) -> None:
    """Hold it on, in a transaction of its user's; raises LeaseLost when another has it."""
    changed = connection.execute(
        _EXTEND, {"resource": lease.resource, "fencing": lease.fencing, "length": LEASE_LENGTH}
    )
    if changed.rowcount == 0:
        raise LeaseLost(lease.resource)


def release_lease(connection: Connection, lease: Lease) -> None:
    """Let it go, if it is still ours: by itself, or with what its user's transaction says next."""
    held = {"username": lease.username, "resource": lease.resource, "fencing": lease.fencing}
    later(connection, _RELEASE, held)


def ends_within(connection: Connection, resource: str, length: timedelta) -> bool:
    """Say whether somebody holds it for no longer than this, unless extended, or held it until just now.

    One that was let go does not count: whoever had it has done the work. In its user's transaction.
    """
    asked = {"resource": resource, "length": length}
    return bool(connection.execute(_ENDS_SOON, asked).scalar())


def hold_lease(connection: Connection, lease: Lease) -> None:
    """Make this transaction's writes (its user's) count only while the lease is ours: the server sees to it.

    It is said with what comes next; whoever waits for that gets its failure.
    """
    later(connection, _HOLD, {"resource": lease.resource, "fencing": lease.fencing})


def run_held(database: Database, lease: Lease, work: Callable[[Connection], T]) -> T:
    """Run `work` in a transaction of the lease's user, only while it is held; raises LeaseLost."""

    def fenced(connection: Connection) -> T:
        hold_lease(connection, lease)
        return work(connection)

    try:
        return database.run(fenced, username=lease.username)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) == _LEASE_LOST:
            raise LeaseLost(lease.resource) from error
        raise


def let_go_with(database: Database, lease: Lease, work: Callable[[Connection], T], *, writes: bool) -> T:
    """Run the last `work` under a lease and let go of it in the same transaction.

    What `writes` is fenced and raises LeaseLost; what only reads does not need the lease any more.
    """

    def last(connection: Connection) -> T:
        release_lease(connection, lease)
        return work(connection)

    done = run_held(database, lease, last) if writes else database.run(last, username=lease.username)
    lease.is_let_go = True
    return done

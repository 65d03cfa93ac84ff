"""Leases: one worker at a time per resource, fenced against a late one (architecture.md, Data).

Times are the database server's own: a lease guards against a dead worker, which product time, standing still
or racing, says nothing about. PgBouncer in transaction mode knows no session locks, hence rows.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection, text

LEASE_LENGTH: Final = timedelta(seconds=90)

_TAKE: Final = text(
    """
    insert into leases (resource, holder, until) values (:resource, :holder, clock_timestamp() + :length)
    on conflict (resource) do update
        set holder = excluded.holder, until = excluded.until, fencing = leases.fencing + 1
        where leases.until < clock_timestamp()
    returning fencing
    """
)
_RELEASE: Final = text(
    "update leases set until = '-infinity' where resource = :resource and fencing = :fencing"
)
_EXTEND: Final = text(
    "update leases set until = clock_timestamp() + :length where resource = :resource and fencing = :fencing"
)
_HOLDS: Final = text("select fencing from leases where resource = :resource for share")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A resource held under a fencing number that no later holder shares."""

    resource: str
    fencing: int


class LeaseLost(Exception):
    """Another worker has taken over; whatever this one meant to write must not be written."""

    def __init__(self, resource: str) -> None:
        super().__init__(f"the lease on {resource} has passed to another worker")


def take_lease(connection: Connection, resource: str, holder: str) -> Lease | None:
    """Take the lease when it is free or its holder let it run out, else return None."""
    fencing = connection.execute(
        _TAKE, {"resource": resource, "holder": holder, "length": LEASE_LENGTH}
    ).scalar()
    return None if fencing is None else Lease(resource=resource, fencing=fencing)


def extend_lease(connection: Connection, lease: Lease) -> None:
    """Hold it on; raises LeaseLost when another has it."""
    changed = connection.execute(
        _EXTEND, {"resource": lease.resource, "fencing": lease.fencing, "length": LEASE_LENGTH}
    )
    if changed.rowcount == 0:
        raise LeaseLost(lease.resource)


def release_lease(connection: Connection, lease: Lease) -> None:
    """Let it go, if it is still ours."""
    connection.execute(_RELEASE, {"resource": lease.resource, "fencing": lease.fencing})


def hold_lease(connection: Connection, lease: Lease) -> None:
    """Make this transaction's writes count only while the lease is ours; raises LeaseLost."""
    fencing = connection.execute(_HOLDS, {"resource": lease.resource}).scalar()
    if fencing != lease.fencing:
        raise LeaseLost(lease.resource)

"""One worker at a time on one broker account (A-13)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from chalicelib.domain.trades import BrokerMode
from chalicelib.services.environment import Environment
from chalicelib.store.leases import Lease, account_resource, release_lease, take_lease

#: architecture.md, Data: an API call waits this long, then leaves the work to sync.
WAIT_SECONDS_MAX: Final = 5.0
_POLL_SECONDS: Final = 0.05


@contextmanager
def account_lease(
    env: Environment, username: str, mode: BrokerMode, account_id: str, *, wait_seconds: float
) -> Iterator[Lease | None]:
    """Hold the lease of a user's account; None when another worker keeps it longer than `wait_seconds`."""
    resource = account_resource(username, mode, account_id)
    holder = env.randomness.token_bytes(8).hex()
    lease = _wait_for_lease(env, username, resource, holder, wait_seconds)
    try:
        yield lease
    finally:
        if lease is not None:
            held = lease
            env.database.by_itself(lambda connection: release_lease(connection, held))


def _wait_for_lease(
    env: Environment, username: str, resource: str, holder: str, wait_seconds: float
) -> Lease | None:
    waited = 0.0
    while True:
        lease = env.database.by_itself(lambda connection: take_lease(connection, username, resource, holder))
        if lease is not None or waited >= wait_seconds:
            return lease
        env.clock.sleep(_POLL_SECONDS)
        waited += _POLL_SECONDS

"""One worker at a time on one broker account (A-13)."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from chalicelib.domain.accounts import AccountRef
from chalicelib.services.environment import Environment
from chalicelib.store.accounts.leases import (
    LEASE_LENGTH,
    Lease,
    account_resource,
    ends_within,
    release_lease,
    take_lease,
)
from chalicelib.store.database import DatabaseUnavailable

#: architecture.md, Data: an API call waits this long, then leaves the work to sync.
WAIT_SECONDS_MAX: Final = 5.0
#: Most leases end within some calls to a broker, so the first looks come soon. Each further one waits for a
#: share of what was waited so far: whoever is dead for long is not asked after twenty times a second.
_PAUSE_SECONDS: Final = 0.05
_PAUSE_SHARE: Final = 0.25
#: No call runs longer than 20 s (api.md, Time): the lease of one that died stands in nobody's way for long.
#: One that is late all the same is fenced off.
CALL_LENGTH: Final = timedelta(seconds=22)

_LOG: Final = logging.getLogger("papertape.trades")


@contextmanager
def account_lease(
    env: Environment, account: AccountRef, *, wait_seconds: float, length: timedelta = LEASE_LENGTH
) -> Iterator[Lease | None]:
    """Hold the lease of a user's account; None when another worker keeps it longer than `wait_seconds`."""
    resource = account_resource(account)
    holder = env.randomness.token_bytes(8).hex()
    lease = _wait_for_lease(env, account.username, resource, holder, wait_seconds, length)
    try:
        yield lease
    finally:
        if lease is not None and not lease.is_let_go:
            _let_go(env, lease)


def is_kept_by_call(env: Environment, account: AccountRef) -> bool:
    """Say whether whoever keeps the account has to let go of it within a call's length, be it dead."""
    resource = account_resource(account)
    return env.database.run(
        lambda connection: ends_within(connection, resource, CALL_LENGTH), username=account.username
    )


def _let_go(env: Environment, lease: Lease) -> None:
    try:
        env.database.by_itself(lambda connection: release_lease(connection, lease))
    except (DatabaseUnavailable, SQLAlchemyError) as error:
        # It runs out by itself; what the work itself came to must not be hidden by this.
        _LOG.warning("a lease was not let go: %s", type(error).__name__)


def _wait_for_lease(
    env: Environment, username: str, resource: str, holder: str, wait_seconds: float, length: timedelta
) -> Lease | None:
    waited = 0.0
    while True:
        lease = env.database.by_itself(
            lambda connection: take_lease(connection, username, resource, holder, length=length)
        )
        if lease is not None or waited >= wait_seconds:
            return lease
        pause = min(max(_PAUSE_SECONDS, waited * _PAUSE_SHARE), wait_seconds - waited)
        env.clock.sleep(pause)
        waited += pause

"""The lock of a user's one session at Interactive Brokers: a lease that all functions share."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from chalicelib.domain.accounts import AccountRef
from chalicelib.domain.ports import Clock, Randomness
from chalicelib.store.accounts.leases import Lease, release_lease, session_resource, take_lease
from chalicelib.store.database import Database
from chalicelib.vendors.budget import Urgency
from chalicelib.vendors.errors import VendorUnreachable

#: An order with its questions is a few calls, each of 30 s at most; who died within is not waited for longer.
_LEASE: Final = timedelta(seconds=60)
_PAUSES_SECONDS: Final = (0.1, 0.2, 0.4, 0.8, 1.5, 2.0, 2.0)


class KeptSession:
    """Whoever opens the session, or sends an order with its questions, is alone with it."""

    def __init__(
        self, account: AccountRef, *, database: Database, clock: Clock, randomness: Randomness
    ) -> None:
        self._username = account.username
        self._resource = session_resource(account.username, account.mode)
        self._database = database
        self._clock = clock
        self._holder = randomness.token_bytes(8).hex()

    @contextmanager
    def __call__(self, urgency: Urgency) -> Iterator[None]:
        """Hold the lock; raises VendorUnreachable while somebody else does, but for an exit, which goes on.

        Without it a question of another order may come to nothing: that order is then looked for in the list.
        """
        lease = self._taken()
        if lease is None and urgency is not Urgency.EXIT:
            raise VendorUnreachable("another order is under way in this session", retry_after_seconds=2.0)
        try:
            yield
        finally:
            if lease is not None:
                held = lease
                self._database.by_itself(lambda connection: release_lease(connection, held))

    def _taken(self) -> Lease | None:
        for pause in (*_PAUSES_SECONDS, 0.0):
            lease = self._database.by_itself(
                lambda connection: take_lease(
                    connection, self._username, self._resource, self._holder, length=_LEASE
                )
            )
            if lease is not None:
                return lease
            self._clock.sleep(pause)
        return None


@contextmanager
def by_oneself(_urgency: Urgency) -> Iterator[None]:
    """Hold no lock: whoever tries credentials that are not stored shares them with nobody."""
    yield

"""Access tokens that all functions share: kept in the database under a seal, renewed by one at a time."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain.accounts import AccountRef
from chalicelib.domain.ports import Clock, Randomness
from chalicelib.services.environment import CredentialsUnreadable, Sealer
from chalicelib.store.accounts.leases import Lease, access_resource, release_lease, take_lease
from chalicelib.store.database import Database
from chalicelib.store.users.access import StoredAccess, access_as, read_access, write_access
from chalicelib.vendors.access import AccessToken, renew_or_fail
from chalicelib.vendors.errors import AuthenticationFailed, VendorUnreachable

#: A renewal is one call, which has 30 s at most; who died within it is not waited for longer.
_LEASE: Final = timedelta(seconds=35)
_PAUSES_SECONDS: Final = (0.1, 0.2, 0.4, 0.8, 1.5, 2.0, 2.0)
#: tastytrade shuts an address out for hours that signs in wrongly too often (wire/tastytrade.md, 1).
_REFUSED_FOR: Final = timedelta(minutes=15)


class KeptAccess:
    """One user's access tokens to one broker; a token in hand is used as long as it is good."""

    def __init__(
        self,
        account: AccountRef,
        sealed: str,
        renew: Callable[[], AccessToken],
        *,
        database: Database,
        sealer: Sealer,
        clock: Clock,
        randomness: Randomness,
    ) -> None:
        """`sealed` are the stored credentials with which `renew` asks the broker."""
        self._username, self._mode = account.username, account.mode
        self._sealed = sealed
        self._ask = renew
        self._database = database
        self._sealer = sealer
        self._clock = clock
        self._holder = randomness.token_bytes(8).hex()
        self._kept: AccessToken | None = None

    def current(self) -> str:
        """Return a token to begin a call with; raises VendorError, never with outcome UNKNOWN."""
        if self._kept is None or not self._kept.is_good(self._clock.now()):
            self._kept = self._found(refused=None) or self._renewed(refused=None)
        return self._kept.token

    def renewed(self, refused: str) -> str:
        """Return another token than the one that the broker refused; raises as `current` does."""
        self._kept = self._found(refused=refused) or self._renewed(refused=refused)
        return self._kept.token

    def _found(self, *, refused: str | None) -> AccessToken | None:
        """Return the stored token where it is good; raises AuthenticationFailed while nobody is to ask."""
        stored = self._read()
        if stored is None:
            return None
        now = self._clock.now()
        if stored.refused_until is not None and now < stored.refused_until:
            again = f"it is asked again at {stored.refused_until:%H:%M} UTC"
            raise AuthenticationFailed(f"The broker refused the stored credentials; {again}")
        if stored.access_sealed is None or stored.until is None:
            return None
        found = self._opened(stored.access_sealed, stored.until)
        return None if found is None or found.token == refused or not found.is_good(now) else found

    def _renewed(self, *, refused: str | None) -> AccessToken:
        """Renew, or wait for who does; whoever comes second finds what the first one stored."""
        resource = access_resource(self._username, self._mode)
        for pause in _PAUSES_SECONDS:
            lease = self._database.by_itself(
                lambda connection: take_lease(
                    connection, self._username, resource, self._holder, length=_LEASE
                )
            )
            if lease is not None:
                return self._renewed_alone(lease, refused=refused)
            self._clock.sleep(pause)
            found = self._found(refused=refused)
            if found is not None:
                return found
        raise VendorUnreachable("an access token is being renewed", retry_after_seconds=2.0)

    def _renewed_alone(self, lease: Lease, *, refused: str | None) -> AccessToken:
        try:
            found = self._found(refused=refused)
            if found is not None:
                return found
            try:
                token = renew_or_fail(self._ask)
            except AuthenticationFailed:
                self._store(None, None, refused_until=self._clock.now() + _REFUSED_FOR)
                raise
            sealed = self._sealer.seal(token.token, owner=self._username, field=access_as(self._mode))
            self._store(sealed, token.until, refused_until=None)
            return token
        finally:
            self._database.by_itself(lambda connection: release_lease(connection, lease))

    def _read(self) -> StoredAccess | None:
        """Return what is stored of these credentials; of others, stored since, nothing is of use here."""
        stored = self._database.read(
            lambda connection: read_access(connection, self._username, self._mode), username=self._username
        )
        return None if stored is None or stored.sealed != self._sealed else stored

    def _store(self, access: str | None, until: datetime | None, *, refused_until: datetime | None) -> None:
        kept = StoredAccess(
            sealed=self._sealed, access_sealed=access, until=until, refused_until=refused_until
        )
        self._database.run(
            lambda connection: write_access(connection, self._username, self._mode, kept),
            username=self._username,
        )

    def _opened(self, sealed: str, until: datetime) -> AccessToken | None:
        """Open a stored token; one that no key opens any more is as good as none."""
        try:
            token = self._sealer.open(sealed, owner=self._username, field=access_as(self._mode))
        except CredentialsUnreadable:
            return None
        return AccessToken(token=token, until=until)

"""OAuth at tastytrade: grants that last, access tokens that live for a quarter of an hour (wire, 1)."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from itertools import count
from typing import Final
from uuid import UUID, uuid5

from infra.local.emulators.serving.exchange import EmulatorRequest
from infra.local.emulators.tastytrade.bodies import read_body
from infra.local.emulators.tastytrade.problems import ApiRefusal, OauthRefusal, invalid_token

LIVES: Final = timedelta(seconds=900)
_NAMESPACE: Final = UUID("60d5ad7c-2f3f-4f0e-9a53-7f0d1c6b1f52")
#: Of tokens that are over nothing needs to be known.
_KEPT_MAX: Final = 4096


class Grants:
    """Who may renew what, and the access tokens that are good."""

    def __init__(self, environment: str, is_revoked: Callable[[str], bool]) -> None:
        self._environment = environment
        self._is_revoked = is_revoked
        self._secrets: dict[str, str] = {}
        self._tokens: dict[str, tuple[str, datetime]] = {}
        self._numbers = count(1)
        #: How often access tokens were asked for.
        self.renewals = 0

    def allow(self, refresh_token: str, client_secret: str) -> None:
        """Let an application's grant be renewed."""
        self._secrets[refresh_token] = client_secret

    def secret_of(self, refresh_token: str) -> str:
        """Return the client secret that belongs to a grant. Raises KeyError."""
        return self._secrets[refresh_token]

    def renew(self, request: EmulatorRequest, now: datetime) -> Mapping[str, object]:
        """Answer `POST /oauth/token`, in no envelope. Raises Refusal."""
        body = read_body(request.body)
        if body.get("grant_type") != "refresh_token":
            raise OauthRefusal("unsupported_grant_type", "Only refresh_token is emulated")
        refresh_token = str(body.get("refresh_token") or "")
        if self._is_revoked(refresh_token) or refresh_token not in self._secrets:
            raise OauthRefusal("invalid_grant", "Grant revoked or unknown")
        if self._secrets[refresh_token] != body.get("client_secret"):
            raise ApiRefusal(401, "invalid_credentials", "Invalid client secret")
        self.renewals += 1
        token = str(uuid5(_NAMESPACE, f"{self._environment} {refresh_token} {next(self._numbers)}"))
        self._tokens = {
            known: kept for known, kept in list(self._tokens.items())[-_KEPT_MAX:] if kept[1] > now
        }
        self._tokens[token] = (refresh_token, now + LIVES)
        return {"access_token": token, "token_type": "Bearer", "expires_in": int(LIVES.total_seconds())}

    def of_caller(self, request: EmulatorRequest, now: datetime) -> str:
        """Return the grant that a call is made by. Raises ApiRefusal (401)."""
        given = request.headers.get("authorization", "")
        known = self._tokens.get(given.removeprefix("Bearer "))
        if not given.startswith("Bearer ") or known is None:
            raise invalid_token()
        refresh_token, until = known
        if now >= until or self._is_revoked(refresh_token):
            raise invalid_token()
        return refresh_token

    def end_all(self) -> None:
        """Let every access token end before its time."""
        self._tokens.clear()

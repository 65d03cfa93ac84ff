"""Cognito access tokens: RS256 and nothing else, ours, unexpired by the machine's time (local.md).

Keys come from the pool's JWKS, fetched when the first token arrives and again for a key id that is not
known, at most once in REFETCH_SECONDS: forged ids cannot make us ask Cognito for each request.
"""

import base64
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import jwt
from jwt import PyJWK
from jwt.types import Options

from chalicelib.security.errors import SigninUnavailable, TokenRefused
from chalicelib.security.groups import OPERATOR_GROUP

#: Fetches the pool's key set; raises SigninUnavailable.
FetchKeys = Callable[[], Mapping[str, object]]

REFETCH_SECONDS: Final = 30.0
#: A sign-in service that is away is asked again sooner than one that answered.
REFETCH_AFTER_FAILURE_SECONDS: Final = 5.0
_ALGORITHM: Final = "RS256"
_TOKEN_CHARACTERS_MAX: Final = 8192
TOKENS_KEPT_MAX: Final = 128
_USERNAME_CHARACTERS_MAX: Final = 128
#: The only claims that are read; `exp` is compared by us, with the time that was handed in.
_DECODE_OPTIONS: Final[Options] = {
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
    "verify_aud": False,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """Who a valid access token speaks for; `username` is lower case (A-10)."""

    username: str
    sub: str
    groups: frozenset[str]
    expires_at: float
    issued_at: float = 0.0
    token_id: str | None = None

    @property
    def is_operator(self) -> bool:
        """Say whether the token's holder operates this deployment."""
        return OPERATOR_GROUP in self.groups


class PoolKeys:
    """The pool's public keys by id, fetched lazily."""

    def __init__(self, fetch: FetchKeys, monotonic: Callable[[], float]) -> None:
        self._fetch = fetch
        self._monotonic = monotonic
        self._keys: dict[str, PyJWK] = {}
        self._asked_at: float | None = None
        self._is_away = False
        self._lock = threading.Lock()

    def key(self, key_id: str) -> PyJWK:
        """Return the key of this id; raises TokenRefused for an unknown one, SigninUnavailable."""
        known = self._keys.get(key_id)
        if known is not None:
            return known
        with self._lock:
            if key_id not in self._keys and self._may_fetch():
                self._refetch()
        found = self._keys.get(key_id)
        if found is None and self._is_away:
            raise SigninUnavailable("the key set could not be read a moment ago")
        if found is None:
            raise TokenRefused("signed by an unknown key")
        return found

    def _may_fetch(self) -> bool:
        """Pause after each try, a failed one too: each takes seconds, and every caller would wait for one."""
        pause = REFETCH_AFTER_FAILURE_SECONDS if self._is_away else REFETCH_SECONDS
        return self._asked_at is None or self._monotonic() - self._asked_at >= pause

    def _refetch(self) -> None:
        self._is_away = True
        try:
            key_set = self._fetch()
        finally:
            self._asked_at = self._monotonic()
        entries = key_set.get("keys")
        if not isinstance(entries, list):
            raise SigninUnavailable("the key set has no keys")
        usable = [entry for entry in entries if isinstance(entry, dict) and entry.get("kty") == "RSA"]
        self._keys = {str(entry.get("kid")): _read_key(entry) for entry in usable}
        self._is_away = False


def _read_key(entry: dict[str, Any]) -> PyJWK:  # Any: a JWK is free-form JSON, read by the library
    try:
        return PyJWK(entry, algorithm=_ALGORITHM)
    except jwt.PyJWTError as error:
        raise SigninUnavailable("the key set is unreadable") from error


def _header(token: str) -> Mapping[str, object]:
    """Read what a token says of its key; raises ValueError, TokenRefused. Believed of nothing else.

    The library's own way decodes the whole token for it, as `decode` then does again.
    """
    head = token.partition(".")[0]
    header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    if not isinstance(header, dict):
        raise TokenRefused("not a token of this pool")
    return header


class AccessTokenVerifier:
    """Decides whether a bearer text is an access token of our pool and client."""

    def __init__(
        self, *, issuer: str, client_id: str, keys: PoolKeys, machine_time: Callable[[], datetime]
    ) -> None:
        """`machine_time` is the machine's, never product time: tokens outlive a simulated day."""
        self._issuer = issuer
        self._client_id = client_id
        self._keys = keys
        self._machine_time = machine_time
        #: What a key has signed stays signed, and a page polls with one token. Refusals are not kept.
        self._signed = lru_cache(TOKENS_KEPT_MAX)(self._decode)

    def verify(self, token: str) -> Claims:
        """Return what the token says of its holder; raises TokenRefused, SigninUnavailable."""
        if len(token) > _TOKEN_CHARACTERS_MAX:
            raise TokenRefused("too long to be a token")
        try:
            header = _header(token)
            if header.get("alg") != _ALGORITHM:
                raise TokenRefused("signed by another algorithm")
            key = self._keys.key(str(header.get("kid")))
            payload = self._signed(token, key)
        except (jwt.PyJWTError, ValueError, RecursionError) as error:
            raise TokenRefused("not a token of this pool") from error
        return self._claims(payload)

    def _decode(self, token: str, key: PyJWK) -> Mapping[str, object]:
        return jwt.decode(token, key, algorithms=[_ALGORITHM], issuer=self._issuer, options=_DECODE_OPTIONS)

    def _claims(self, payload: Mapping[str, object]) -> Claims:
        if payload.get("token_use") != "access" or payload.get("client_id") != self._client_id:
            raise TokenRefused("not an access token of this client")
        expires_at, username, sub = payload.get("exp"), payload.get("username"), payload.get("sub")
        if isinstance(expires_at, bool) or not isinstance(expires_at, int | float):
            raise TokenRefused("without an expiry")
        if expires_at <= self._machine_time().timestamp():
            raise TokenRefused("expired")
        if not isinstance(username, str) or not 0 < len(username) <= _USERNAME_CHARACTERS_MAX:
            raise TokenRefused("without a username")
        if not isinstance(sub, str) or not sub:
            raise TokenRefused("without a subject")
        groups = payload.get("cognito:groups")
        names = frozenset(str(group) for group in groups) if isinstance(groups, list) else frozenset[str]()
        issued_at, token_id = payload.get("iat"), payload.get("jti")
        return Claims(
            username=username.lower(),
            sub=sub,
            groups=names,
            expires_at=float(expires_at),
            issued_at=float(issued_at) if isinstance(issued_at, int | float) else 0.0,
            token_id=token_id if isinstance(token_id, str) else None,
        )

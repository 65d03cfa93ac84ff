"""Sign-in for a run in one process: access tokens as Cognito signs them, by a key pair made for the run."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from chalicelib.security.cognito import AccessTokenVerifier, PoolKeys

ISSUER: Final = "https://sign-in.invalid/pool"
CLIENT_ID: Final = "papertape-day"
_KEY_ID: Final = "day"
_VALID_FOR: Final = timedelta(hours=12)


class SignIn:
    """A user pool of this run; its tokens are verified by the product's own verifier."""

    def __init__(self, machine_time: Callable[[], datetime]) -> None:
        self._machine_time = machine_time
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def access_token(self, username: str) -> str:
        """Sign an access token for a user."""
        claims = {
            "iss": ISSUER,
            "sub": f"sub-of-{username}",
            "client_id": CLIENT_ID,
            "token_use": "access",
            "username": username,
            "exp": int((self._machine_time() + _VALID_FOR).timestamp()),
        }
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": _KEY_ID})

    def key_set(self) -> dict[str, object]:
        """Return the public keys as a pool serves them."""
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key()))
        return {"keys": [{**public, "kid": _KEY_ID}]}

    def verifier(self, monotonic: Callable[[], float]) -> AccessTokenVerifier:
        """Return the product's verifier over this pool's key."""
        keys = self.key_set()
        return AccessTokenVerifier(
            issuer=ISSUER,
            client_id=CLIENT_ID,
            keys=PoolKeys(lambda: keys, monotonic),
            machine_time=self._machine_time,
        )

"""Sign-in for a run in one process: access tokens as Cognito signs them, by a key pair made for the run."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from chalicelib.api.authentication import Authenticator
from chalicelib.api.context import ApiContext
from chalicelib.security.cognito import AccessTokenVerifier, PoolKeys
from chalicelib.services.sign_in.token_owners import TokenOwners
from infra.local.aws.memory_accounts import MemoryAccounts

ISSUER: Final = "https://sign-in.invalid/pool"
CLIENT_ID: Final = "papertape-day"
_KEY_ID: Final = "day"
_VALID_FOR: Final = timedelta(hours=12)


class SignIn:
    """A user pool of this run; its tokens are verified by the product's own verifier."""

    def __init__(self, machine_time: Callable[[], datetime]) -> None:
        self._machine_time = machine_time
        self.accounts = MemoryAccounts()
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def forget_people(self) -> None:
        """Have nobody be known, and so nobody disabled, in what is composed from now on."""
        self.accounts = MemoryAccounts()

    def access_token(self, username: str, *, groups: tuple[str, ...] = ()) -> str:
        """Sign an access token for a user, who has an account from now on."""
        sub = f"sub-of-{username}"
        self.accounts.add(username, sub=sub, groups=groups)
        claims = {
            "iss": ISSUER,
            "sub": sub,
            "client_id": CLIENT_ID,
            "token_use": "access",
            "username": username,
            **({"cognito:groups": list(groups)} if groups else {}),
            "iat": int(self._machine_time().timestamp()),
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

    def in_front_of(
        self, context: ApiContext, monotonic: Callable[[], float], machine_time: Callable[[], datetime]
    ) -> ApiContext:
        """Return the API's context with this run's own sign-in and accounts."""
        owners = TokenOwners(context.environment, self.accounts, machine_time)
        authenticator = Authenticator(context.environment, self.verifier(monotonic), machine_time, owners)
        return replace(context, authenticator=authenticator, accounts=self.accounts)

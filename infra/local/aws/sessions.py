"""What moto's Cognito does not know of sessions: RevokeToken, and refresh tokens that are used once.

Without the first, signing out would end every session of the user, as it does for an app client that has
token revocation switched off. The second is GetTokensFromRefreshToken of an app client with rotation: the new
token takes the old one's place, which stays good for a minute, so that two tabs that renew at once both get
their answer.
Source: Amazon Cognito developer guide, "Refresh tokens", and the API reference of both calls.
"""

import json
import time
from typing import Final

from moto.cognitoidp.exceptions import NotAuthorizedError
from moto.cognitoidp.models import CognitoIdpUserPool
from moto.cognitoidp.responses import CognitoIdpResponse
from moto.core.responses import ActionResult, EmptyResult

GRACE_SECONDS: Final = 60.0
#: When refresh tokens that were used end, by the machine's clock: security time.
_ending: dict[str, float] = {}


def teach_sessions() -> None:
    """Add both calls to moto's Cognito; doing it twice is as good as once."""
    CognitoIdpResponse.revoke_token = _revoke_token  # type: ignore[attr-defined]  # moto lacks it
    CognitoIdpResponse.get_tokens_from_refresh_token = _renew  # type: ignore[attr-defined]  # moto lacks it


def _revoke_token(response: CognitoIdpResponse) -> ActionResult:
    token = response.parameters["Token"]
    for pool in response.backend.user_pools.values():
        if token in pool.refresh_tokens:
            pool.refresh_tokens[token] = None
    return EmptyResult()


def _renew(response: CognitoIdpResponse) -> ActionResult:
    asked = json.loads(response.body)
    used = str(asked["RefreshToken"])
    pool = _pool_of(response, used)
    if _ending.get(used, float("inf")) <= time.time():
        pool.refresh_tokens[used] = None
    access_token, id_token, expires_in = pool.create_tokens_from_refresh_token(used)
    session = pool.refresh_tokens[used]
    assert session is not None, "it has just made tokens"
    client_id, username, origin = session
    renewed, _ = pool.create_refresh_token(client_id, username)
    pool.refresh_tokens[renewed] = (client_id, username, origin)
    _ending.setdefault(used, time.time() + GRACE_SECONDS)
    return ActionResult(
        {
            "AuthenticationResult": {
                "AccessToken": access_token,
                "IdToken": id_token,
                "RefreshToken": renewed,
                "ExpiresIn": expires_in,
                "TokenType": "Bearer",
            }
        }
    )


def _pool_of(response: CognitoIdpResponse, token: str) -> CognitoIdpUserPool:
    for pool in response.backend.user_pools.values():
        if pool.refresh_tokens.get(token) is not None:
            return pool
    raise NotAuthorizedError("Refresh Token has been revoked")

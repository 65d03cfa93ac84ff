"""RevokeToken for moto, which does not know it: one session ends, the user's others go on.

Without it, signing out would end every session of the user, as it does for an app client that has token
revocation switched off; in the cloud it is on.
"""

from moto.cognitoidp.responses import CognitoIdpResponse
from moto.core.responses import ActionResult, EmptyResult


def teach_revocation() -> None:
    """Add the call to moto's Cognito; doing it twice is as good as once."""
    CognitoIdpResponse.revoke_token = _revoke_token  # type: ignore[attr-defined]  # moto lacks it


def _revoke_token(response: CognitoIdpResponse) -> ActionResult:
    token = response.parameters["Token"]
    for pool in response.backend.user_pools.values():
        if token in pool.refresh_tokens:
            pool.refresh_tokens[token] = None
    return EmptyResult()

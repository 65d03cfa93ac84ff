"""Cognito's user calls over plain HTTPS and JSON: sign-in, refresh, sign-out, second factor, key set.

These calls carry no AWS signature, so they need no AWS library, whose import alone would double a cold
start. Source: Amazon Cognito user pools API reference (X-Amz-Target AWSCognitoIdentityProviderService.*).
"""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Final

from chalicelib.security.errors import PasswordRefused, SigninRefused, SigninThrottled, SigninUnavailable

_TARGET: Final = "AWSCognitoIdentityProviderService."
_TOTP: Final = "SOFTWARE_TOKEN_MFA"
_ANSWER_BYTES_MAX: Final = 1 << 20
_TIMEOUT_SECONDS: Final = 8.0
#: Cognito's words for "no"; UserNotFound is folded in, so that names cannot be probed.
_REFUSALS: Final = frozenset(
    {"NotAuthorizedException", "UserNotFoundException", "UserNotConfirmedException", "ExpiredCodeException"}
    | {"InvalidParameterException", "PasswordResetRequiredException", "ResourceNotFoundException"}
    | {"EnableSoftwareTokenMFAException", "InvalidPasswordException", "RefreshTokenReuseException"}
)
_PASSWORD_REFUSALS: Final = frozenset({"InvalidPasswordException", "PasswordHistoryPolicyViolationException"})
_THROTTLES: Final = frozenset({"TooManyRequestsException", "LimitExceededException"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Tokens of a session; each refresh brings a new refresh token."""

    access_token: str
    expires_in: int
    refresh_token: str | None


class _CognitoError(Exception):
    """Cognito's own error word."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


class CognitoClient:
    """One app client of one user pool."""

    def __init__(self, *, endpoint: str, key_set_url: str, client_id: str) -> None:
        """`endpoint` is `https://cognito-idp.<region>.amazonaws.com`, or the local emulator's address.

        `key_set_url` is the pool's JWKS: the issuer and `/.well-known/jwks.json`.
        """
        self._endpoint = endpoint.rstrip("/")
        self._key_set_url = key_set_url
        self._client_id = client_id

    def sign_in(self, username: str, password: str, code: str | None) -> SignedIn:
        """Sign in with a password and, when Cognito asks for it, the authenticator app's code.

        Raises SigninRefused (with the challenge that is left), SigninThrottled, SigninUnavailable.
        """
        answer = self._ask(
            "InitiateAuth",
            {
                "AuthFlow": "USER_PASSWORD_AUTH",
                "ClientId": self._client_id,
                "AuthParameters": {"USERNAME": username, "PASSWORD": password},
            },
        )
        challenge = answer.get("ChallengeName")
        if challenge is None:
            return _signed_in(answer)
        if challenge != _TOTP or code is None:
            raise SigninRefused(challenge=str(challenge))
        return self._answer_totp(username, code, str(answer.get("Session")))

    def _answer_totp(self, username: str, code: str, session: str) -> SignedIn:
        responses = {"USERNAME": username, "SOFTWARE_TOKEN_MFA_CODE": code}
        try:
            answer = self._call(
                "RespondToAuthChallenge",
                {
                    "ChallengeName": _TOTP,
                    "ClientId": self._client_id,
                    "Session": session,
                    "ChallengeResponses": responses,
                },
            )
        except _CognitoError as error:
            if error.word == "CodeMismatchException" or error.word in _REFUSALS:
                raise SigninRefused(challenge=_TOTP) from error
            raise _translated(error) from error
        if answer.get("ChallengeName") is not None:
            raise SigninRefused(challenge=str(answer["ChallengeName"]))
        return _signed_in(answer)

    def refresh(self, refresh_token: str) -> SignedIn:
        """Make a new access token, and a new refresh token in place of this one, which ends a minute later.

        Raises SigninRefused, SigninThrottled, SigninUnavailable.
        """
        asked = {"ClientId": self._client_id, "RefreshToken": refresh_token}
        return _signed_in(self._ask("GetTokensFromRefreshToken", asked))

    def sign_out(self, refresh_token: str) -> None:
        """End this session: the refresh token is revoked, other devices stay signed in.

        Where the app client has token revocation switched off, all sessions of the user end instead.
        A token that is not known any more is as good as signed out. Raises SigninUnavailable.
        """
        try:
            self._call("RevokeToken", {"ClientId": self._client_id, "Token": refresh_token})
        except _CognitoError:
            self._sign_out_everywhere(refresh_token)

    def _sign_out_everywhere(self, refresh_token: str) -> None:
        try:
            access_token = self.refresh(refresh_token).access_token
        except SigninRefused:
            return
        self._ask("GlobalSignOut", {"AccessToken": access_token})

    def begin_second_factor(self, access_token: str) -> str:
        """Return the secret, in base 32, of an app that is to be set up; raises SigninUnavailable."""
        return str(self._ask("AssociateSoftwareToken", {"AccessToken": access_token})["SecretCode"])

    def confirm_second_factor(self, access_token: str, code: str) -> None:
        """Have sign-in ask for the app's codes from now on; raises SigninRefused for a wrong code."""
        try:
            self._call("VerifySoftwareToken", {"AccessToken": access_token, "UserCode": code})
        except _CognitoError as error:
            if error.word == "CodeMismatchException":
                raise SigninRefused(challenge=_TOTP) from error
            raise _translated(error) from error
        self._prefer(access_token, enabled=True)

    def remove_second_factor(self, access_token: str) -> None:
        """Have sign-in ask for no code any more; raises SigninRefused, SigninUnavailable."""
        self._prefer(access_token, enabled=False)

    def _prefer(self, access_token: str, *, enabled: bool) -> None:
        choice = {"Enabled": enabled, "PreferredMfa": enabled}
        self._ask("SetUserMFAPreference", {"AccessToken": access_token, "SoftwareTokenMfaSettings": choice})

    def change_password(self, access_token: str, password: str, new_password: str) -> None:
        """Change the password; raises PasswordRefused for one that the pool's rules do not admit."""
        passwords = {"PreviousPassword": password, "ProposedPassword": new_password}
        try:
            self._call("ChangePassword", {"AccessToken": access_token, **passwords})
        except _CognitoError as error:
            if error.word in _PASSWORD_REFUSALS:
                raise PasswordRefused from error
            raise _translated(error) from error

    def sign_out_everywhere(self, access_token: str) -> None:
        """End every session of the token's holder, this one too; raises SigninRefused, SigninUnavailable."""
        self._ask("GlobalSignOut", {"AccessToken": access_token})

    def key_set(self) -> Mapping[str, object]:
        """Read the pool's public keys; raises SigninUnavailable."""
        try:
            return _exchange(self._key_set_url)
        except _CognitoError as error:
            raise SigninUnavailable(f"the key set cannot be read: {error.word}") from error

    def _ask(self, operation: str, payload: Mapping[str, object]) -> Mapping[str, object]:
        try:
            return self._call(operation, payload)
        except _CognitoError as error:
            raise _translated(error) from error

    def _call(self, operation: str, payload: Mapping[str, object]) -> Mapping[str, object]:
        headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": _TARGET + operation}
        return _exchange(self._endpoint + "/", json.dumps(payload).encode(), headers)


def _translated(error: _CognitoError) -> Exception:
    if error.word in _REFUSALS:
        return SigninRefused()
    if error.word in _THROTTLES:
        return SigninThrottled("the sign-in service asks for patience")
    return SigninUnavailable(f"the sign-in service answered {error.word}")


def _exchange(
    url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
) -> Mapping[str, object]:
    """Send one request (a POST when there is a body) and read its JSON object."""
    if not url.startswith(("https://", "http://")):
        raise SigninUnavailable("the sign-in service has no web address")
    request = urllib.request.Request(url, data=body, headers=dict(headers or {}))  # noqa: S310 checked above
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 checked above
            return _read_object(answer.read(_ANSWER_BYTES_MAX))
    except urllib.error.HTTPError as error:
        with error:
            raise _CognitoError(_error_word(error.read(_ANSWER_BYTES_MAX), error.code)) from None
    except (OSError, HTTPException) as error:
        raise SigninUnavailable("the sign-in service cannot be reached") from error


def _read_object(raw: bytes) -> Mapping[str, object]:
    try:
        answer = json.loads(raw or b"{}")
    except ValueError as error:
        raise SigninUnavailable("the sign-in service gave no readable answer") from error
    if not isinstance(answer, dict):
        raise SigninUnavailable("the sign-in service gave no readable answer")
    return answer


def _error_word(raw: bytes, status: int) -> str:
    """Return the error's name; `__type` may carry a namespace before a hash sign."""
    try:
        answer = json.loads(raw)
    except ValueError:
        answer = None
    word = answer.get("__type") if isinstance(answer, dict) else None
    return str(word).rpartition("#")[2] if word else f"HTTP {status}"


def _signed_in(answer: Mapping[str, object]) -> SignedIn:
    result = answer.get("AuthenticationResult")
    if not isinstance(result, dict) or not isinstance(result.get("AccessToken"), str):
        raise SigninUnavailable("the sign-in service gave no token")
    refresh_token = result.get("RefreshToken")
    return SignedIn(
        access_token=result["AccessToken"],
        expires_in=int(result.get("ExpiresIn") or 0),
        refresh_token=refresh_token if isinstance(refresh_token, str) else None,
    )

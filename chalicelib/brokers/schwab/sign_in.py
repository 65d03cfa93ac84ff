"""Signing in at Schwab with a browser, and access tokens from then on (wire/schwab.md, 1; OAuth2).

A login lasts seven days from the moment its owner made it, whatever is renewed meanwhile; access tokens live
for half an hour. There is no other way in: after seven days a person signs in again.
"""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from chalicelib.brokers.errors import Refused
from chalicelib.brokers.schwab.answers import read_answer
from chalicelib.brokers.schwab.environment import SchwabEnvironment
from chalicelib.domain.ports import Clock
from chalicelib.vendors.access import AccessToken
from chalicelib.vendors.budget import Urgency
from chalicelib.vendors.errors import AuthenticationFailed, OutcomeUnknown
from chalicelib.vendors.http import HttpRequest
from chalicelib.vendors.line import VendorLine
from chalicelib.vendors.secrets import without_secrets
from chalicelib.vendors.wire import UnreadablePayload, as_node, text, whole

LOGIN_LIVES: Final = timedelta(days=7)
NOT_SIGNED_IN: Final = "Sign in at Schwab: a login there lasts seven days"
_EXPIRES_IN_SECONDS: Final = 1800


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """What a browser's sign-in brings: what renews access tokens, the first one, and when all of it ends."""

    refresh_token: str = field(repr=False)
    access: AccessToken
    until: datetime


def authorize_url(environment: SchwabEnvironment, *, redirect_uri: str, state: str) -> str:
    """Return the page on which an account's owner lets the application in; `state` comes back with them."""
    query = {
        "response_type": "code",
        "client_id": environment.client_id,
        "redirect_uri": redirect_uri,
        "state": state,
    }
    return f"{environment.base_url}/v1/oauth/authorize?{urlencode(query)}"


def redeem(
    environment: SchwabEnvironment, line: VendorLine, clock: Clock, *, code: str, redirect_uri: str
) -> Login:
    """Turn the code that a browser came back with, good for seconds and once, into a login.

    Raises VendorError: AuthenticationFailed where it is not taken.
    """
    asked_at = clock.now()
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    token, access = _asked(environment, line, form, asked_at)
    if token is None:
        raise OutcomeUnknown("Schwab's answer holds no refresh token")
    return Login(refresh_token=token, access=access, until=asked_at + LOGIN_LIVES)


def renew(environment: SchwabEnvironment, line: VendorLine, clock: Clock) -> AccessToken:
    """Have an access token for the login; raises VendorError, AuthenticationFailed once that has ended."""
    if environment.refresh_token is None:
        raise AuthenticationFailed(NOT_SIGNED_IN)
    form = {"grant_type": "refresh_token", "refresh_token": environment.refresh_token}
    return _asked(environment, line, form, clock.now())[1]


def _asked(
    environment: SchwabEnvironment, line: VendorLine, form: Mapping[str, str], asked_at: datetime
) -> tuple[str | None, AccessToken]:
    pair = f"{environment.client_id}:{environment.client_secret}"
    basic = b64encode(pair.encode()).decode()
    request = HttpRequest(
        method="POST",
        url=f"{environment.base_url}/v1/oauth/token",
        form=form,
        headers={"Accept": "application/json", "Authorization": f"Basic {basic}"},
    )
    # Whatever it is for cannot go on without: it may use the last calls.
    reply = line.call(request, urgency=Urgency.EXIT)
    with without_secrets((*environment.secrets, *form.values())):
        wait = line.asked_wait_seconds(reply)
        try:
            told = read_answer(reply, about_order=False, retry_after_seconds=wait)
        except Refused as error:  # 400 in OAuth's words
            raise AuthenticationFailed(error.reason) from error
    try:
        body = as_node(told, "the token")
        access, seconds, refresh = (
            text(body, "access_token"),
            whole(body, "expires_in"),
            text(body, "refresh_token"),
        )
    except UnreadablePayload as error:
        raise OutcomeUnknown("Schwab's access token cannot be read") from error
    if access is None:
        raise OutcomeUnknown("Schwab's answer holds no access token")
    lives = timedelta(seconds=_EXPIRES_IN_SECONDS if seconds is None else seconds)
    return refresh, AccessToken(token=access, until=asked_at + lives)

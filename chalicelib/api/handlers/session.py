"""POST and DELETE /api/session, POST /api/session/refresh.

The refresh token lives in a cookie that scripts cannot read and that only these paths are sent; browsers
take `localhost` for a secure origin, so `Secure` stays everywhere.
"""

from typing import Final

from chalicelib.api.answers import Reply
from chalicelib.api.problems import unauthenticated
from chalicelib.api.reading import read_cookie
from chalicelib.api.requests import SignInBody
from chalicelib.api.routing import Call
from chalicelib.api.sign_in_limit import check_sign_in
from chalicelib.domain.json_value import JsonValue
from chalicelib.security.cognito_client import SignedIn
from chalicelib.security.errors import SigninRefused
from chalicelib.services.errors import Invalid
from chalicelib.services.sign_in import people, second_factor
from chalicelib.services.sign_in.second_factor import Person

COOKIE: Final = "papertape_refresh"
_ATTRIBUTES: Final = "Path=/api/session; HttpOnly; Secure; SameSite=Strict"
_COOKIE_SECONDS: Final = 30 * 24 * 3600
#: What a cookie's value may hold (RFC 6265); a refresh token is base64url and dots.
_FORBIDDEN_IN_COOKIES: Final = frozenset(' ",;\\\r\n')


def sign_in(call: Call) -> Reply:
    """Sign in with name, password and, when asked for, a code."""
    body = call.body_as(SignInBody)
    check_sign_in(call.context, body.username.lower(), call.headers)
    try:
        session = call.context.signin.sign_in(body.username.lower(), body.password, body.code)
    except SigninRefused as refused:
        detail = "The name or the password is wrong."
        if refused.challenge is not None:
            detail = "The sign-in needs a further step."
        raise unauthenticated(detail, challenge=refused.challenge) from refused
    _check_code(call, body)
    return _session(session)


def _check_code(call: Call, body: SignInBody) -> None:
    """Ask for the second factor that is set up here, whatever the sign-in service was told of it."""
    holder = people.find(call.env, body.username.lower())
    if holder is None:
        return
    now = call.context.machine_time()
    person = Person(env=call.env, signin=call.context.signin, username=holder.username, now=now)
    if not second_factor.is_set_up(person):
        return
    try:
        second_factor.check_code(person, body.code)
    except Invalid as wrong:
        detail = "The sign-in needs a further step."
        raise unauthenticated(detail, challenge="SOFTWARE_TOKEN_MFA") from wrong


def refresh(call: Call) -> Reply:
    """Make a new access token out of the cookie."""
    refresh_token = read_cookie(call.headers, COOKIE)
    if refresh_token is None:
        raise unauthenticated("There is no session to refresh.")
    try:
        return _session(call.context.signin.refresh(refresh_token))
    except SigninRefused as refused:
        raise unauthenticated("The session has ended: sign in again.") from refused


def sign_out(call: Call) -> Reply:
    """End the session and take the cookie back."""
    refresh_token = read_cookie(call.headers, COOKIE)
    if refresh_token is not None:
        call.context.signin.sign_out(refresh_token)
    return Reply(status=204, headers={"Set-Cookie": f"{COOKIE}=; Max-Age=0; {_ATTRIBUTES}"})


def cookie_of(session: SignedIn) -> dict[str, str]:
    """Return the header that gives a session's refresh token to the browser, where there is one."""
    token = session.refresh_token
    if token is None or _FORBIDDEN_IN_COOKIES & set(token):
        return {}
    return {"Set-Cookie": f"{COOKIE}={token}; Max-Age={_COOKIE_SECONDS}; {_ATTRIBUTES}"}


def _session(session: SignedIn) -> Reply:
    body: dict[str, JsonValue] = {"access_token": session.access_token, "expires_in": session.expires_in}
    return Reply(body=body, headers=cookie_of(session))

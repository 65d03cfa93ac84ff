"""OAuth at Schwab: applications, logins in a browser that last seven days, access tokens of half an hour.

Tokens say themselves whose they are and until when, under a seal of the vendor's, so that those of a former
run of a stack are as good as they were.
"""

import hmac
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from html import escape
from itertools import count
from typing import Final
from urllib.parse import quote, urlencode

from infra.local.emulators.schwab.problems import OauthRefusal
from infra.local.emulators.serving.exchange import EmulatorRequest, EmulatorResponse

CODE_LIVES: Final = timedelta(seconds=30)
ACCESS_LIVES: Final = timedelta(minutes=30)
LOGIN_LIVES: Final = timedelta(days=7)
_KEY: Final = b"what this vendor seals its tokens with"
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)
_CODE, _REFRESH, _ACCESS = "C0.", "R0.", "A0."


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """A program that customers may let in; it comes back to one address alone, letter by letter."""

    client_id: str
    client_secret: str
    redirect_uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Whose token a call came with, and by which application."""

    login: str
    client_id: str


class Logins:
    """Who may come in, and the tokens that are good."""

    def __init__(self, is_revoked: Callable[[str], bool], welcome: Callable[[str], None]) -> None:
        """`welcome` is told of who signs in anew."""
        self._is_revoked = is_revoked
        self._welcome = welcome
        self._applications: dict[str, Application] = {}
        self._used: set[str] = set()
        self._numbers = count(1)
        self._ended_below = 0
        #: How often access tokens were renewed.
        self.renewals = 0

    def register(self, application: Application) -> None:
        """Let an application be used."""
        self._applications[application.client_id] = application

    def page(self, request: EmulatorRequest, customers: list[str], now: datetime) -> EmulatorResponse:
        """Answer the browser: a page on which to say who one is, then the way back with a code."""
        query = request.query
        known = self._applications.get(query.get("client_id", ""))
        if known is None or query.get("redirect_uri") != known.redirect_uri:
            return _html("<h1>We are unable to complete your request</h1>", 400)
        login = query.get("login")
        if login not in customers:
            links = "".join(
                f'<li><a href="?{escape(urlencode({**query, "login": one}))}">{escape(one)}</a></li>'
                for one in customers
            )
            return _html(f"<h1>Schwab (emulated)</h1><p>Log in and allow as:</p><ul>{links}</ul>", 200)
        self._welcome(login)
        back = {
            "code": self.code(known.client_id, login, now),
            "session": sha256(login.encode()).hexdigest()[:36],
        }
        if "state" in query:
            back["state"] = query["state"]
        return EmulatorResponse(
            status=302, headers={"Location": f"{known.redirect_uri}?{urlencode(back, quote_via=quote)}"}
        )

    def code(self, client_id: str, login: str, now: datetime) -> str:
        """Return a code as the browser brings it back, which ends in `@`."""
        return self._token(_CODE, client_id, login, now + CODE_LIVES) + "@"

    def sign_in(self, client_id: str, login: str, now: datetime) -> str:
        """Return the refresh token of a login made now, as if a browser had been there."""
        self._welcome(login)
        return self._token(_REFRESH, client_id, login, now + LOGIN_LIVES) + "@"

    def token(self, request: EmulatorRequest, now: datetime) -> Mapping[str, object]:
        """Answer `POST /v1/oauth/token`. Raises OauthRefusal."""
        application = self._application(request)
        form = request.form
        match form.get("grant_type"):
            case "authorization_code":
                code = form.get("code", "")
                login, until = self._of(_CODE, code, application.client_id)
                is_used = code in self._used
                self._used.add(code)
                if login is None or is_used or now >= until:
                    raise OauthRefusal(400, "invalid_grant", "The authorization code is invalid or expired")
                if form.get("redirect_uri") != application.redirect_uri:
                    raise OauthRefusal(400, "invalid_grant", "The redirect_uri does not match")
                refresh = self.sign_in(application.client_id, login, now)
            case "refresh_token":
                refresh = form.get("refresh_token", "")
                login, until = self._of(_REFRESH, refresh, application.client_id)
                if login is None or now >= until or self._is_revoked(login):
                    said = (
                        '400 Bad Request: "{"error_description":"Exception while authenticating refresh token'
                    )
                    raise OauthRefusal(400, "unsupported_token_type", said)
                self.renewals += 1
            case _:
                raise OauthRefusal(400, "unsupported_grant_type", "The grant type is not supported")
        return {
            "expires_in": int(ACCESS_LIVES.total_seconds()),
            "token_type": "Bearer",
            "scope": "api",
            "refresh_token": refresh,
            "access_token": self._token(_ACCESS, application.client_id, login, now + ACCESS_LIVES) + "@",
            "id_token": "emulated.id.token",
        }

    def of_caller(self, request: EmulatorRequest, now: datetime) -> Seen | None:
        """Return whose call this is, None without an access token that is good."""
        given = request.headers.get("authorization", "")
        if not given.startswith("Bearer "):
            return None
        parts = _opened(_ACCESS, given.removeprefix("Bearer ").removesuffix("@"))
        if parts is None:
            return None
        client_id, login, until, number = parts
        if now >= until or number < self._ended_below or self._is_revoked(login):
            return None
        return Seen(login=login, client_id=client_id)

    def end_all(self) -> None:
        """Let every access token that was given until now end before its time."""
        self._ended_below = next(self._numbers)

    def _application(self, request: EmulatorRequest) -> Application:
        given = request.headers.get("authorization", "")
        try:
            pair = b64decode(given.removeprefix("Basic ")).decode()
        except ValueError:
            pair = ""
        client_id, _, secret = pair.partition(":")
        known = self._applications.get(client_id)
        if not given.startswith("Basic ") or known is None or known.client_secret != secret:
            raise OauthRefusal(401, "invalid_client", "Unauthorized")
        return known

    def _token(self, kind: str, client_id: str, login: str, until: datetime) -> str:
        body = "\n".join((client_id, login, until.isoformat(), str(next(self._numbers)))).encode()
        packed = urlsafe_b64encode(body).decode().rstrip("=")
        return f"{kind}{packed}.{_seal(kind, packed)}"

    def _of(self, kind: str, token: str, client_id: str) -> tuple[str | None, datetime]:
        parts = _opened(kind, token.removesuffix("@")) if token.endswith("@") else None
        if parts is None or parts[0] != client_id:
            return None, _LONG_AGO
        return parts[1], parts[2]


def _opened(kind: str, token: str) -> tuple[str, str, datetime, int] | None:
    """Return what a token says: application, customer, until when it is good, and its number."""
    packed, _, seal = token.removeprefix(kind).partition(".")
    if not token.startswith(kind) or not hmac.compare_digest(seal, _seal(kind, packed)):
        return None
    plain = urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode()
    client_id, login, until, number = plain.split("\n")
    return client_id, login, datetime.fromisoformat(until), int(number)


def _seal(kind: str, packed: str) -> str:
    return hmac.new(_KEY, f"{kind}{packed}".encode(), sha256).hexdigest()[:32]


def _html(body: str, status: int) -> EmulatorResponse:
    page = f"<!doctype html><meta charset=utf-8><title>Schwab (emulated)</title>{body}"
    return EmulatorResponse(
        status=status, headers={"Content-Type": "text/html; charset=utf-8"}, body=page.encode()
    )

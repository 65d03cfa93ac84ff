"""The second factor by app: set up, confirmed, removed, and proven (A-12, A-17).

Cognito makes the secret and asks for codes at sign-in; we keep it too, sealed, and check codes ourselves. An
access token alone can bind another app at Cognito's own interface, where we cannot keep it from; it cannot
change what is sealed here, and that is what switches live on. What is set up here asks for the password.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol, TypeVar

from sqlalchemy import Connection

from chalicelib.domain.people import name_of
from chalicelib.security import totp
from chalicelib.security.cognito_client import SignedIn
from chalicelib.security.errors import SigninRefused
from chalicelib.services.environment import Environment
from chalicelib.services.errors import FieldError, Forbidden, Invalid, TooSoon
from chalicelib.services.raise_alert import Severity, raise_alert
from chalicelib.services.requests.throttle import count_request
from chalicelib.store.users import second_factor as store
from chalicelib.store.users.second_factor import PENDING, SEALED, StoredFactor

T = TypeVar("T")

#: How long a secret waits for its first code.
_PENDING_FOR: Final = timedelta(minutes=15)
_CODES_PER_MINUTE: Final = 20
_CODES: Final = "codes"
_KIND: Final = "sign_in_changed"


class SignIn(Protocol):
    """The sign-in service's part in it (`CognitoClient`)."""

    def sign_in(self, username: str, password: str, code: str | None) -> SignedIn: ...
    def sign_out(self, refresh_token: str) -> None: ...
    def begin_second_factor(self, access_token: str) -> str: ...
    def confirm_second_factor(self, access_token: str, code: str) -> None: ...
    def remove_second_factor(self, access_token: str) -> None: ...
    def change_password(self, access_token: str, password: str, new_password: str) -> None: ...
    def sign_out_everywhere(self, access_token: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who asks; `now` is the machine's time, in which codes live."""

    env: Environment
    signin: SignIn
    username: str
    now: datetime

    def run(self, work: Callable[[Connection], T]) -> T:
        """Run a transaction in this person's name."""
        return self.env.database.run(work, username=self.username)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFactor:
    """What the app is given: a secret in base 32, and the address that a QR code shows."""

    secret: str = field(repr=False)
    otpauth: str = field(repr=False)


def begin(person: Person, password: str) -> NewFactor:
    """Return a secret for the app; nothing changes before its first code. Raises Invalid, Forbidden."""
    if _stored(person).sealed is not None:
        raise Forbidden("A second factor is set up: remove it first.")
    session = prove(person, password, None)
    secret = person.signin.begin_second_factor(session.access_token)
    pending = {
        "secret": secret,
        "access_token": session.access_token,
        "refresh_token": session.refresh_token,
        "until": (person.now + _PENDING_FOR).timestamp(),
    }
    env, username = person.env, person.username
    sealed = env.sealer.seal(json.dumps(pending), owner=username, field=PENDING)
    person.run(lambda connection: store.begin(connection, username, sealed))
    return NewFactor(secret=secret, otpauth=totp.address(secret, name_of(username)))


def confirm(person: Person, code: str) -> None:
    """Set the second factor up with the app's first code; raises Invalid."""
    env, username, stored = person.env, person.username, _stored(person)
    if stored.pending is None:
        raise _wrong("code", "begin with your password first")
    _count_code(person)
    pending = json.loads(env.sealer.open(stored.pending, owner=username, field=PENDING))
    if pending["until"] <= person.now.timestamp():
        raise _wrong("code", "came too late: begin anew")
    if totp.step_of(pending["secret"], code, person.now) is None:
        raise _wrong("code", "is not the app's present code")
    try:
        person.signin.confirm_second_factor(pending["access_token"], code)
    except SigninRefused as refused:
        raise _wrong("code", "was refused: begin anew") from refused
    sealed = env.sealer.seal(pending["secret"], owner=username, field=SEALED)

    def work(connection: Connection) -> None:
        store.confirm(connection, username, sealed)
        tell_owner(env, connection, username, "A second factor was set up for your sign-in.")

    person.run(work)
    if pending["refresh_token"] is not None:
        person.signin.sign_out(pending["refresh_token"])


def remove(person: Person, password: str, code: str) -> None:
    """Remove the second factor; raises Invalid, Forbidden without one."""
    check_code(person, code)
    session = prove(person, password, code)
    person.signin.remove_second_factor(session.access_token)

    def work(connection: Connection) -> None:
        store.remove(connection, person.username)
        said = "The second factor was removed from your sign-in."
        tell_owner(person.env, connection, person.username, said, severity=Severity.WARNING)

    person.run(work)
    if session.refresh_token is not None:
        person.signin.sign_out(session.refresh_token)


def prove(person: Person, password: str, code: str | None) -> SignedIn:
    """Begin a session of our own with the password, which proves it; raises Invalid."""
    try:
        return person.signin.sign_in(name_of(person.username), password, code)
    except SigninRefused as refused:
        field = "password" if refused.challenge is None else "code"
        raise _wrong(field, "is not right") from refused


def is_set_up(person: Person) -> bool:
    """Say whether there is a second factor."""
    return _stored(person).sealed is not None


def check_code(person: Person, code: str | None) -> int:
    """Return the step of a right code; raises Forbidden without a second factor, Invalid, TooSoon."""
    stored = _stored(person)
    if stored.sealed is None:
        raise Forbidden("Set up a second factor first.")
    if code is None:
        raise _wrong("code", "is missing")
    _count_code(person)
    secret = person.env.sealer.open(stored.sealed, owner=person.username, field=SEALED)
    step = totp.step_of(secret, code, person.now)
    if step is None:
        raise _wrong("code", "is not the app's present code")
    return step


def tell_owner(
    env: Environment,
    connection: Connection,
    username: str,
    message: str,
    *,
    severity: Severity = Severity.INFO,
) -> None:
    """Tell of a change to the sign-in: who did not make it has been robbed of a session."""
    raise_alert(env, connection, username, severity=severity, kind=_KIND, message=message)


def _stored(person: Person) -> StoredFactor:
    return person.run(lambda connection: store.read(connection, person.username))


def _count_code(person: Person) -> None:
    """Count a try, whether or not requests are: a million codes must not be gone through."""
    wait_seconds = count_request(
        person.env, person.username, counter=_CODES, allowed=_CODES_PER_MINUTE, machine_now=person.now
    )
    if wait_seconds is not None:
        raise TooSoon("Too many codes in this minute.", retry_after_seconds=wait_seconds)


def _wrong(field: str, message: str) -> Invalid:
    return Invalid([FieldError(field=field, message=message)])

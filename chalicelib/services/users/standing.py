"""Where a user stands with each broker (W-03): what is stored, and whether the broker takes it.

Whoever looks is told how it is now, not how it was when the credentials were stored: a broker that has not
been asked for a moment is asked. One that gives no answer leaves what it said last, with a reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy import Connection

from chalicelib.brokers.capabilities import CAPABILITIES
from chalicelib.brokers.interface import Capabilities
from chalicelib.brokers.offers import OFFERS, offer_of
from chalicelib.domain.accounts import BrokerMode, BrokerName, ConnectionState
from chalicelib.services.environment import CredentialsUnreadable, Environment
from chalicelib.services.listing import Listing
from chalicelib.services.users.connections import open_token
from chalicelib.services.users.login_ends import WARNED_BEFORE
from chalicelib.services.users.settings import require
from chalicelib.store.users import connections as store
from chalicelib.store.users.connections import BrokerAnswer
from chalicelib.store.users.settings import UserSettings
from chalicelib.vendors.errors import Outcome, VendorError

#: A page that polls, or several of them, ask a broker no more often.
ASKED_APART: Final = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One broker in one environment, as its user stands there."""

    broker: BrokerName
    mode: BrokerMode
    account_id: str | None
    state: ConnectionState
    last_ok_at: datetime | None
    reason: str | None
    capabilities: Capabilities
    live_enabled: bool
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    settings: UserSettings
    answers: Mapping[BrokerMode, BrokerAnswer]


def list_standings(env: Environment, username: str) -> Listing[Standing]:
    """Return where the user stands with each broker that can be connected, in each of its environments."""
    known = _read(env, username)
    asked = [mode for mode in _connected(known.settings) if _is_due(env, known.answers.get(mode))]
    answers = env.side_by_side.each([partial(_asked, env, known, mode) for mode in asked])
    told = {**known.answers, **dict(zip(asked, answers, strict=True))}
    now = env.clock.now()
    standings = [
        _standing(known.settings, name, mode, told.get(mode), now)
        for name, offer in OFFERS.items()
        for mode in offer.modes
    ]
    return Listing(items=standings, as_of=now)


def standing_of(env: Environment, username: str, name: BrokerName, mode: BrokerMode) -> Standing:
    """Return where the user stands with one broker as it is stored: it was asked a moment ago."""
    known = _read(env, username)
    return _standing(known.settings, name, mode, known.answers.get(mode), env.clock.now())


def _read(env: Environment, username: str) -> _Known:
    def work(connection: Connection) -> _Known:
        settings = require(connection, username)
        return _Known(settings=settings, answers=store.read_answers(connection, username))

    return env.database.run(work, username=username)


def _connected(settings: UserSettings) -> Sequence[BrokerMode]:
    return [mode for mode, one in settings.connections.items() if one.works_in is not None]


def _is_due(env: Environment, last: BrokerAnswer | None) -> bool:
    return last is None or last.answered_at is None or env.clock.now() - last.answered_at >= ASKED_APART


def _asked(env: Environment, known: _Known, mode: BrokerMode) -> BrokerAnswer:
    """Ask a broker, and keep what it says; without an answer return what it said last."""
    settings = known.settings
    last = known.answers.get(mode, _NEVER_ASKED)
    try:
        answer = _ask(env, settings, mode, last)
    except VendorError as error:
        if error.outcome is not Outcome.REFUSED:
            return replace(last, reason=f"The broker cannot be asked now: {error.reason}")
        answer = _refused(env, last, ConnectionState.REFUSED, error.reason)
    except CredentialsUnreadable as error:
        answer = _refused(env, last, ConnectionState.REFUSED, str(error))
    sealed = settings.connection(mode).sealed
    assert sealed is not None, "only what is stored is asked after"
    env.database.run(
        lambda connection: store.note_answer(connection, settings.username, mode, sealed, answer),
        username=settings.username,
    )
    return answer


def _ask(env: Environment, settings: UserSettings, mode: BrokerMode, last: BrokerAnswer) -> BrokerAnswer:
    token = open_token(env, settings, mode)
    report = env.connections.test(mode, token, settings.account_id(mode))
    if report.ok:
        now = env.clock.now()
        return BrokerAnswer(state=ConnectionState.OK, answered_at=now, last_ok_at=now)
    state = ConnectionState.EXPIRED if report.has_expired else ConnectionState.REFUSED
    return _refused(env, last, state, report.reason or "The broker gives no reason.")


def _refused(env: Environment, last: BrokerAnswer, state: ConnectionState, reason: str) -> BrokerAnswer:
    return BrokerAnswer(state=state, answered_at=env.clock.now(), last_ok_at=last.last_ok_at, reason=reason)


def _standing(
    settings: UserSettings, name: BrokerName, mode: BrokerMode, answer: BrokerAnswer | None, now: datetime
) -> Standing:
    is_ours = mode.is_simulated
    works = is_ours or settings.connection(mode).works_in is not None
    told = (answer or _NEVER_ASKED) if works else _not_stored(settings, mode)
    until = settings.connection(mode).login_until
    return Standing(
        broker=name,
        mode=mode,
        account_id=settings.account_id(mode),
        state=_counted_down(told.state, until, now),
        last_ok_at=told.last_ok_at,
        reason=told.reason,
        capabilities=CAPABILITIES[mode],
        live_enabled=mode.is_live and settings.is_live_on(mode),
        expires_at=until,
    )


def _counted_down(state: ConnectionState, until: datetime | None, now: datetime) -> ConnectionState:
    """Return the state of a login that ends by itself, whatever the broker last said of it."""
    if until is None or state is ConnectionState.NONE:
        return state
    if until <= now:
        return ConnectionState.EXPIRED
    is_near = state is ConnectionState.OK and until - now <= WARNED_BEFORE
    return ConnectionState.EXPIRING if is_near else state


def _not_stored(settings: UserSettings, mode: BrokerMode) -> BrokerAnswer:
    waits = settings.connection(mode).sealed is not None and offer_of(mode).in_browser
    return replace(_NOT_STORED, reason=_SIGN_IN if waits else None)


_SIGN_IN: Final = "Sign in at the broker: its page lets this program in"
_NEVER_ASKED: Final = BrokerAnswer(state=ConnectionState.OK, answered_at=None, last_ok_at=None)
_NOT_STORED: Final = BrokerAnswer(state=ConnectionState.NONE, answered_at=None, last_ok_at=None)

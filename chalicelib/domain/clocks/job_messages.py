"""What a message to a job covers: each kind one value, written to JSON and read from it here alone.

Who sends a message and who acts on it share no other word for its fields, so that neither can drift from the
other and leave a message that nothing matches.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from chalicelib.domain.accounts import AccountRef, BrokerMode
from chalicelib.domain.json_value import JsonValue

_USERNAME: Final = "username"
_MODE: Final = "broker_mode"
_ACCOUNT_ID: Final = "account_id"
_HANDED_OVER: Final = "handed_over"
_USERNAMES: Final = "usernames"
_TRADE: Final = "trade"
_CHANGE: Final = "change"
#: What the operator wants done for everybody now, session or none.
EVERYBODY_NOW: Final[Mapping[str, JsonValue]] = {"everybody": True}


class UnreadableWork(ValueError):
    """A message whose payload names no work of its job: it must fail, never pass for work done."""

    def __init__(self, payload: Mapping[str, JsonValue]) -> None:
        super().__init__(f"a payload with {sorted(payload) or 'no'} fields names no work")


@dataclass(frozen=True, slots=True, kw_only=True)
class AllAccounts:
    """Every account with work, of one user or of all (`username` None): a tick."""

    username: str | None = None

    def payload(self) -> dict[str, JsonValue]:
        """Return what the message carries."""
        return {} if self.username is None else {_USERNAME: self.username}


@dataclass(frozen=True, slots=True, kw_only=True)
class OneAccount:
    """One account: a part of a tick, or (`handed_over`) what a call left to whoever can have the account."""

    account: AccountRef
    handed_over: bool = False

    @property
    def username(self) -> str:
        """Return whose account it is."""
        return self.account.username

    def payload(self) -> dict[str, JsonValue]:
        """Return what the message carries."""
        named: dict[str, JsonValue] = {
            _USERNAME: self.account.username,
            _MODE: self.account.mode.value,
            _ACCOUNT_ID: self.account.account_id,
        }
        return {**named, _HANDED_OVER: True} if self.handed_over else named


SyncWork = AllAccounts | OneAccount


def is_asked_for(payload: Mapping[str, JsonValue]) -> bool:
    """Say whether a message names one user's work and no part of a tick: somebody wants it, however late."""
    return payload.keys() == {_USERNAME} or payload == EVERYBODY_NOW


def names_an_account(payload: Mapping[str, JsonValue]) -> bool:
    """Say whether a message of `sync` is one account's, be it readable or not."""
    return _ACCOUNT_ID in payload


def parse_sync_work(payload: Mapping[str, JsonValue]) -> SyncWork:
    """Read what a message of the job `sync` covers; raises UnreadableWork."""
    if not names_an_account(payload):
        return AllAccounts(username=parse_user(payload))
    username, mode, account_id = (payload.get(name) for name in (_USERNAME, _MODE, _ACCOUNT_ID))
    handed_over = payload.get(_HANDED_OVER) is True
    if not (isinstance(username, str) and isinstance(mode, str) and isinstance(account_id, str)):
        raise UnreadableWork(payload)
    try:
        account = AccountRef(username=username, mode=BrokerMode(mode), account_id=account_id)
    except ValueError as error:
        raise UnreadableWork(payload) from error
    work = OneAccount(account=account, handed_over=handed_over)
    if work.payload() != payload:
        raise UnreadableWork(payload)
    return work


@dataclass(frozen=True, slots=True, kw_only=True)
class SomeUsers:
    """These users' desks: a part of a tick. `usernames` None: everybody's, a tick."""

    usernames: tuple[str, ...] | None = None

    def payload(self) -> dict[str, JsonValue]:
        """Return what the message carries."""
        return {} if self.usernames is None else {_USERNAMES: list(self.usernames)}


def parse_desk_work(payload: Mapping[str, JsonValue]) -> SomeUsers:
    """Read whose desks a message covers: everybody's, some users', or one's; raises UnreadableWork."""
    if _USERNAMES not in payload:
        username = parse_user(payload)
        return SomeUsers(usernames=None if username is None else (username,))
    names = payload[_USERNAMES]
    if payload.keys() != {_USERNAMES} or not isinstance(names, list) or not names:
        raise UnreadableWork(payload)
    if not all(isinstance(name, str) for name in names):
        raise UnreadableWork(payload)
    return SomeUsers(usernames=tuple(str(name) for name in names))


@dataclass(frozen=True, slots=True, kw_only=True)
class OneChange:
    """A model's change of a trade, whose veto's time is over when the message comes (C-04)."""

    username: str
    trade_id: UUID
    change_id: UUID

    def payload(self) -> dict[str, JsonValue]:
        """Return what the message carries."""
        return {_USERNAME: self.username, _TRADE: str(self.trade_id), _CHANGE: str(self.change_id)}


def parse_change(payload: Mapping[str, JsonValue]) -> OneChange:
    """Read which change a message means; raises UnreadableWork."""
    username, trade, change = (payload.get(name) for name in (_USERNAME, _TRADE, _CHANGE))
    if not (isinstance(username, str) and isinstance(trade, str) and isinstance(change, str)):
        raise UnreadableWork(payload)
    try:
        return OneChange(username=username, trade_id=UUID(trade), change_id=UUID(change))
    except ValueError as error:
        raise UnreadableWork(payload) from error


def for_user(username: str | None) -> dict[str, JsonValue]:
    """Return the payload of work for one user, or for all."""
    return AllAccounts(username=username).payload()


def parse_user(payload: Mapping[str, JsonValue]) -> str | None:
    """Read whose work a message of any job is, None for everybody's; raises UnreadableWork."""
    username = payload.get(_USERNAME)
    if username is not None and not isinstance(username, str):
        raise UnreadableWork(payload)
    return username

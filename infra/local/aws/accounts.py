"""The sign-in accounts of the local stack, kept between starts: moto itself forgets everything.

An account keeps its `sub`: papertape refuses a known name that comes back with another one (A-10).
"""

import secrets
import string
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from infra.local.seed.private_files import UnreadableFile, read_private, write_private

DEMO_USERS: Final = ("alice", "bob")
#: Runs the stack's deployment, and has no broker.
OPERATOR: Final = "olga"
_OPERATORS: Final = ("alice", OPERATOR)
BROKER_ACCOUNTS: Final = {"alice": "VA00000001", "bob": "VA00000002"}
#: At the emulated live broker. Its token is told and never stored: whoever wants live stores it like anybody.
LIVE_ACCOUNTS: Final = {"alice": "6YA00001", "bob": "6YA00002"}
PASSWORD_CHARACTERS: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One sign-in account; `sub` is empty until Cognito has made it."""

    username: str
    password: str
    sub: str = ""
    operator: bool = False
    broker_token: str = ""
    """The token of the account at the emulated sandbox; empty for accounts made by `user add`."""
    live_token: str = ""
    """The token of the account at the emulated live broker, empty likewise."""


class AccountBook:
    """The accounts of one state directory."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __iter__(self) -> Iterator[Account]:
        return iter(self._read().values())

    def get(self, username: str) -> Account | None:
        return self._read().get(username)

    def put(self, account: Account) -> None:
        """Add an account, or replace the one of that name."""
        accounts = {**self._read(), account.username: account}
        write_private(self._path, {name: asdict(one) for name, one in accounts.items()})

    def drop(self, username: str) -> None:
        """Forget an account that was removed: the next start must not make it again."""
        accounts = {name: asdict(one) for name, one in self._read().items() if name != username}
        write_private(self._path, accounts)

    def ensure_demo_users(self) -> None:
        """Make alice (an operator too), bob and the operator. What an older stack did not give is added."""
        for name in (*DEMO_USERS, OPERATOR):
            account = self.get(name) or Account(username=name, password=new_password())
            trades = name in DEMO_USERS
            wanted = replace(
                account,
                operator=account.operator or name in _OPERATORS,
                broker_token=account.broker_token or (secrets.token_urlsafe(21) if trades else ""),
                live_token=account.live_token or (secrets.token_urlsafe(21) if trades else ""),
            )
            if wanted != self.get(name):
                self.put(wanted)

    def _read(self) -> dict[str, Account]:
        stored = read_private(self._path) or {}
        try:
            return {name: Account(**values) for name, values in stored.items()}  # type: ignore[arg-type]
        except TypeError as error:
            raise UnreadableFile(self._path) from error


def new_password() -> str:
    """Return a random password with a small and a capital letter, a digit and a sign, as Cognito asks."""
    letters = "".join(
        secrets.choice(string.ascii_letters + string.digits) for _ in range(PASSWORD_CHARACTERS)
    )
    signs = (string.ascii_lowercase, string.ascii_uppercase, string.digits, "-_.")
    return letters + "".join(secrets.choice(kind) for kind in signs)

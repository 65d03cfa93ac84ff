"""The sign-in accounts of the local stack, kept between starts: moto itself forgets everything.

An account keeps its `sub`: papertape refuses a known name that comes back with another one (A-10).
"""

import json
import secrets
import string
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from chalicelib.domain.json_value import JsonValue
from chalicelib.security.groups import OPERATOR_GROUP
from infra.local.seed.consumers import make_credentials
from infra.local.seed.private_files import UnreadableFile, read_private, write_private

DEMO_USERS: Final = ("alice", "bob", "carol")
#: Runs the stack's deployment, and has no broker.
OPERATOR: Final = "olga"
#: The sign-in groups of who is there from the start: a tier each, and who runs the deployment.
DEMO_GROUPS: Final = {
    "alice": ("elite",),
    "bob": ("pro",),
    "carol": ("free",),
    OPERATOR: (OPERATOR_GROUP,),
}
BROKER_ACCOUNTS: Final = {"alice": "VA00000001", "bob": "VA00000002", "carol": "VA00000003"}
#: At the emulated live broker. Its token is told and never stored: whoever wants live stores it like anybody.
LIVE_ACCOUNTS: Final = {"alice": "6YA00001", "bob": "6YA00002", "carol": "6YA00003"}
#: At the emulated testnet of Binance: its accounts are numbers.
BINANCE_ACCOUNTS: Final = {"alice": "354937801", "bob": "354937802", "carol": "354937803"}
#: At tastytrade's certification environment and live; their credentials are told and never stored, too.
TASTYTRADE_ACCOUNTS: Final = {"alice": "5WT00001", "bob": "5WT00002", "carol": "5WT00003"}
TASTYTRADE_LIVE_ACCOUNTS: Final = {"alice": "5WX00001", "bob": "5WX00002", "carol": "5WX00003"}
#: Paper accounts at Interactive Brokers, and live ones: users of their own at one host; what they registered
#: there is told and never stored, too.
IBKR_ACCOUNTS: Final = {"alice": "DU0000001", "bob": "DU0000002", "carol": "DU0000003"}
IBKR_LIVE_ACCOUNTS: Final = {"alice": "U0000001", "bob": "U0000002", "carol": "U0000003"}
#: At Schwab, whose accounts are numbers; who logs in there is known by name.
SCHWAB_ACCOUNTS: Final = {"alice": "70000001", "bob": "70000002", "carol": "70000003"}
PASSWORD_CHARACTERS: Final = 16
_KEY_CHARACTERS: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One sign-in account; `sub` is empty until Cognito has made it."""

    username: str
    password: str
    sub: str = ""
    groups: tuple[str, ...] = ()
    broker_token: str = ""
    """The token of the account at the emulated sandbox; empty for accounts made by `user add`."""
    live_token: str = ""
    """The token of the account at the emulated live broker, empty likewise."""
    binance_key: str = ""
    binance_secret: str = ""
    """The key of the account at the emulated testnet of Binance, empty likewise."""
    tastytrade_secret: str = ""
    """The client secret of an application at the emulated tastytrade, empty likewise."""
    tastytrade_token: str = ""
    """The refresh token of its grant in the certification environment, empty likewise."""
    ibkr: str = ""
    """What was registered at the emulated Interactive Brokers by a paper user, as JSON, empty likewise."""
    ibkr_live: str = ""
    """The same of a live user."""
    tastytrade_live_token: str = ""
    """The refresh token of its grant in the live environment, empty likewise."""
    schwab_key: str = ""
    schwab_secret: str = ""
    """Key and secret of an application at the emulated Schwab, empty likewise."""


#: What everybody with broker accounts has, made at the first start that knows of it.
_SECRETS: Final = (
    "broker_token",
    "live_token",
    "tastytrade_secret",
    "tastytrade_token",
    "tastytrade_live_token",
    "schwab_key",
    "schwab_secret",
)


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
        write_private(self._path, {name: _stored(one) for name, one in accounts.items()})

    def drop(self, username: str) -> None:
        """Forget an account that was removed: the next start must not make it again."""
        accounts = {name: _stored(one) for name, one in self._read().items() if name != username}
        write_private(self._path, accounts)

    def ensure_demo_users(self) -> None:
        """Make a user of each tier and the operator. What an older stack gave otherwise is set right."""
        for name, groups in DEMO_GROUPS.items():
            account = self.get(name) or Account(username=name, password=new_password())
            trades = name in DEMO_USERS
            made = {
                secret: getattr(account, secret) or secrets.token_urlsafe(21)
                for secret in (_SECRETS if trades else ())
            }
            wanted = replace(
                account,
                groups=groups,
                **made,
                ibkr=account.ibkr or (_new_consumer("PAPER", name) if trades else ""),
                ibkr_live=account.ibkr_live or (_new_consumer("LIVE", name) if trades else ""),
                binance_key=account.binance_key or (_new_key() if trades else ""),
                binance_secret=account.binance_secret or (_new_key() if trades else ""),
            )
            if wanted != self.get(name):
                self.put(wanted)

    def _read(self) -> dict[str, Account]:
        stored = read_private(self._path) or {}
        try:
            return {name: _account(values) for name, values in stored.items()}
        except TypeError as error:
            raise UnreadableFile(self._path) from error


def _stored(account: Account) -> JsonValue:
    return {**asdict(account), "groups": list(account.groups)}


def _account(stored: JsonValue) -> Account:
    """Read one account; an older stack kept no groups, but whether it is an operator's. Raises TypeError."""
    if not isinstance(stored, dict):
        raise TypeError("an account is an object")
    is_operator, groups = stored.pop("operator", False), stored.pop("groups", None)
    if groups is None:
        groups = [OPERATOR_GROUP] if is_operator else []
    if not isinstance(groups, list):
        raise TypeError("groups are a list")
    named = tuple(str(group) for group in groups)
    return Account(**stored, groups=named)  # type: ignore[arg-type]  # checked where a field is unknown


def _new_key() -> str:
    """Return letters and digits, as Binance's keys are."""
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(_KEY_CHARACTERS))


def _new_consumer(money: str, username: str) -> str:
    """Return credentials as a user makes them on Interactive Brokers' own page."""
    made = make_credentials(f"{money}{username.upper()}"[:9].ljust(9, "X"), secrets.token_hex(10))
    return json.dumps(made.named())


def new_password() -> str:
    """Return a random password with a small and a capital letter, a digit and a sign, as Cognito asks."""
    letters = "".join(
        secrets.choice(string.ascii_letters + string.digits) for _ in range(PASSWORD_CHARACTERS)
    )
    signs = (string.ascii_lowercase, string.ascii_uppercase, string.digits, "-_.")
    return letters + "".join(secrets.choice(kind) for kind in signs)

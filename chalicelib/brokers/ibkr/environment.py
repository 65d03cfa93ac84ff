"""Where credentials of Interactive Brokers may be sent. Its paper accounts share the live ones' host: what
tells them apart is the account's own name, which begins with D where it is paper.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from chalicelib.brokers.ibkr.signing import Consumer
from chalicelib.domain.accounts import BrokerMode
from chalicelib.vendors.budget import token_key

MODES: Final = frozenset({BrokerMode.IBKR_PAPER, BrokerMode.IBKR_LIVE})
_ACCOUNTS: Final = {
    BrokerMode.IBKR_PAPER: re.compile(r"D[A-Z]?U[0-9]{1,12}|DF[0-9]{1,12}"),
    BrokerMode.IBKR_LIVE: re.compile(r"[A-CE-Z][A-Z]?[0-9]{1,12}"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class IbkrEnvironment:
    """A host and the consumer whose calls go there; raises ValueError for what is none of it."""

    mode: BrokerMode
    base_url: str
    consumer: Consumer = field(repr=False)

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise ValueError(f"{self.mode} is not an environment of Interactive Brokers")
        if not self.base_url.startswith(("https://", "http://")):
            raise ValueError("a base URL of Interactive Brokers begins with https://")
        object.__setattr__(self, "base_url", self.base_url.rstrip("/"))

    @property
    def budget_key(self) -> str:
        """Return the name under which the calls of this access token are counted."""
        return token_key(self.consumer.access_token)


def is_account_of(account_id: str, mode: BrokerMode) -> bool:
    """Say whether an account's name is one of this kind of money; no account's is one of both."""
    return _ACCOUNTS[mode].fullmatch(account_id) is not None

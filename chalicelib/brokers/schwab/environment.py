"""Schwab's one environment: its host, and the application and login whose calls go there.

They travel as one value, so that no secret can meet another host (I-29).
"""

import re
from dataclasses import dataclass, field
from typing import Final

from chalicelib.domain.accounts import BrokerMode
from chalicelib.vendors.budget import token_key

_SECRET: Final = re.compile(r"^[!-~]{1,4096}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class SchwabEnvironment:
    """Where an application's `client_id` and `client_secret` may be sent, and its owner's `refresh_token`.

    The token is None until its owner has signed in. Raises ValueError for a mode that is not Schwab's, a base
    that is no http(s) address, or a secret that no application has. Secrets never print.
    """

    mode: BrokerMode
    base_url: str
    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.mode is not BrokerMode.SCHWAB_LIVE:
            raise ValueError(f"{self.mode} is not Schwab's")
        if not self.base_url.startswith(("https://", "http://")):
            raise ValueError("Schwab's base URL begins with https://")
        if any(_SECRET.fullmatch(secret) is None for secret in self.secrets):
            raise ValueError("a credential holds characters that none has")
        object.__setattr__(self, "base_url", self.base_url.rstrip("/"))

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return all that must not be shown."""
        kept = (self.client_id, self.client_secret, self.refresh_token)
        return tuple(secret for secret in kept if secret is not None)

    @property
    def budget_key(self) -> str:
        """Return the name under which the calls of this application are counted, whoever signed in to it."""
        return token_key(self.client_id)

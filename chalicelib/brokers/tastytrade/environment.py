"""A tastytrade environment: certification or live, its host and the credentials that belong to it.

They travel as one value, so that no secret can meet the other environment's host (I-29).
"""

import re
from dataclasses import dataclass, field
from typing import Final

from chalicelib.domain.accounts import BrokerMode
from chalicelib.vendors.budget import token_key

MODES: Final = frozenset({BrokerMode.TASTYTRADE_CERT, BrokerMode.TASTYTRADE_LIVE})
_SECRET: Final = re.compile(r"^[!-~]{1,4096}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class TastytradeEnvironment:
    """Where credentials may be sent: `client_secret` of the OAuth application, `refresh_token` of its grant.

    Raises ValueError for a mode that is not tastytrade's, a base that is no http(s) address, or a secret that
    no application has. Secrets never print.
    """

    mode: BrokerMode
    base_url: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise ValueError(f"{self.mode} is not a tastytrade environment")
        if not self.base_url.startswith(("https://", "http://")):
            raise ValueError("a tastytrade base URL begins with https://")
        if any(_SECRET.fullmatch(secret) is None for secret in self.secrets):
            raise ValueError("a credential holds characters that none has")
        object.__setattr__(self, "base_url", self.base_url.rstrip("/"))

    @property
    def secrets(self) -> tuple[str, str]:
        """Return all that must not be shown."""
        return self.refresh_token, self.client_secret

    @property
    def budget_key(self) -> str:
        """Return the name under which the calls of this grant are counted, whatever its access token."""
        return token_key(self.refresh_token)

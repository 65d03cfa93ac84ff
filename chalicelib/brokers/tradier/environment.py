"""A Tradier environment: sandbox or live, its host and the token that belongs to it.

The three travel as one value, so that a token cannot meet the other environment's host (I-29).
"""

import re
from dataclasses import dataclass, field
from typing import Final

from chalicelib.domain.accounts import BrokerMode
from chalicelib.vendors.budget import token_key

_VERSION_PATH: Final = "/v1"
_BETA_PATH: Final = "/beta"
_TOKEN: Final = re.compile(r"^[!-~]{1,512}$")
#: The sandbox's quotes are 15 minutes old (wire, section 11); live ones are not delayed.
SANDBOX_DELAY_SECONDS: Final = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class TradierEnvironment:
    """Where a token may be sent. `base_url` ends in `/v1` with or without it given; the token never prints.

    Raises ValueError for a mode that is not Tradier's, a base that is no http(s) address, or a token that
    cannot stand in a header.
    """

    mode: BrokerMode
    base_url: str
    token: str = field(repr=False)

    def __post_init__(self) -> None:
        if self.mode not in {BrokerMode.TRADIER_SANDBOX, BrokerMode.TRADIER_LIVE}:
            raise ValueError(f"{self.mode} is not a Tradier environment")
        if not self.base_url.startswith(("https://", "http://")):
            raise ValueError("a Tradier base URL begins with https://")
        if _TOKEN.fullmatch(self.token) is None:
            raise ValueError("the token holds characters that no token has")
        object.__setattr__(self, "base_url", _with_version(self.base_url))

    @property
    def is_live(self) -> bool:
        """Say whether real money trades here."""
        return self.mode is BrokerMode.TRADIER_LIVE

    @property
    def delay_seconds(self) -> int:
        """Return how old this environment's quotes are by design."""
        return 0 if self.is_live else SANDBOX_DELAY_SECONDS

    @property
    def beta_url(self) -> str:
        """Return the base of what Tradier calls its beta, beside the versioned one."""
        return self.base_url.removesuffix(_VERSION_PATH) + _BETA_PATH

    @property
    def budget_key(self) -> str:
        """Return the name under which this token's calls are counted."""
        return token_key(self.token)


def _with_version(base_url: str) -> str:
    bare = base_url.rstrip("/")
    return bare if bare.endswith(_VERSION_PATH) else bare + _VERSION_PATH

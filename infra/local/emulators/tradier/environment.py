"""Tradier's two worlds, their rate limits and where their streams live."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from infra.local.emulators.serving.exchange import EmulatorRequest


class Environment(StrEnum):
    """Tradier's two worlds, with their own tokens and accounts."""

    SANDBOX = "sandbox"
    LIVE = "live"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """One of the three rate limits, in calls per minute."""

    name: str
    sandbox: int
    live: int

    def allowed(self, environment: Environment) -> int:
        """Return how many calls a token has in a minute."""
        return self.live if environment is Environment.LIVE else self.sandbox


STANDARD: Final = Bucket(name="standard", sandbox=60, live=120)
MARKET: Final = Bucket(name="market", sandbox=60, live=120)
TRADING: Final = Bucket(name="trading", sandbox=60, live=60)
FIRST_ORDER: Final = {Environment.SANDBOX: 38_000_001, Environment.LIVE: 136_000_001}


def bucket_of(request: EmulatorRequest) -> Bucket:
    """Return the limit that a call counts against."""
    if request.path.startswith(("/v1/markets/", "/beta/markets/")):
        return MARKET
    return STANDARD if request.method == "GET" or request.path.endswith("/events/session") else TRADING

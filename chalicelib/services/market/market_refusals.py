"""What a caller is told when a source of quotes cannot be read."""

from typing import Final

from chalicelib.marketdata.interface import MarketDataError, ShareSpentError
from chalicelib.services.errors import ServiceError, TooSoon, Unavailable

_USUAL_WAIT_SECONDS: Final = 5


def market_refusal(error: MarketDataError, what: str) -> ServiceError:
    """Return the refusal: the caller's own share is theirs alone to wait for, all else is nobody's fault."""
    wait = error.retry_after_seconds
    seconds = _USUAL_WAIT_SECONDS if wait is None else int(wait) + 1
    if isinstance(error, ShareSpentError):
        return TooSoon(f"{what}: {error.reason}.", retry_after_seconds=seconds)
    return Unavailable(f"{what}: {error.reason}", retry_after_seconds=seconds)

"""A vendor's failure as market data's own error: it affects its ticker alone, whatever its kind."""

from collections.abc import Iterator
from contextlib import contextmanager

from chalicelib.marketdata.interface import MarketDataError, ShareSpentError
from chalicelib.vendors.errors import ShareSpent, VendorError
from chalicelib.vendors.wire import UnreadablePayload


@contextmanager
def as_market_data_error() -> Iterator[None]:
    """Turn what reading a vendor raises into MarketDataError."""
    try:
        yield
    except ShareSpent as error:
        raise ShareSpentError(error.reason, retry_after_seconds=error.retry_after_seconds) from error
    except VendorError as error:
        raise MarketDataError(error.reason, retry_after_seconds=error.retry_after_seconds) from error
    except UnreadablePayload as error:
        raise MarketDataError(f"the quotes cannot be read: {error}") from error

"""Keeping secrets out of what vendors say: some repeat what they were sent."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from chalicelib.vendors.errors import VendorError


@contextmanager
def without_secrets(secrets: Iterable[str | None]) -> Iterator[None]:
    """Take secrets out of the reason of whatever VendorError is raised; what is None or empty is none."""
    try:
        yield
    except VendorError as error:
        clean = error.reason
        for secret in secrets:
            clean = clean.replace(secret, "(secret)") if secret else clean
        if clean == error.reason:
            raise
        raise type(error)(clean, retry_after_seconds=error.retry_after_seconds) from None

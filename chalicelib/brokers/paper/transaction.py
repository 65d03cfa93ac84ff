"""A transaction of the paper books: an outside party's, apart from the core's own; at READ COMMITTED."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from chalicelib.store.database import Database, DatabaseUnavailable, Isolation
from chalicelib.vendors.errors import OutcomeUnknown, VendorUnreachable

T = TypeVar("T")


def in_books(database: Database, username: str, work: Callable[[Connection], T]) -> T:
    """Run `work` on a user's books; raises VendorUnreachable and OutcomeUnknown, as a broker's call does."""
    try:
        return database.run(work, username=username, isolation=Isolation.READ_COMMITTED)
    except DatabaseUnavailable as error:
        raise VendorUnreachable("the paper broker cannot be reached", retry_after_seconds=5.0) from error
    except DBAPIError as error:  # perhaps at the commit itself, so nobody knows whether it was done
        raise OutcomeUnknown("the paper broker's books gave no answer") from error

"""What a call answers once a broker may have been told: never that nothing was done (I-34)."""

import logging
from collections.abc import Callable
from typing import Final, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from chalicelib.store.database import DatabaseUnavailable

_LOG: Final = logging.getLogger("papertape.trades")
T = TypeVar("T")


def once_told(go_on: Callable[[], T], otherwise: T) -> T:
    """Go on with what is stored already; `otherwise` is what is known where the database goes away meanwhile.

    Whatever is left then is the next tick's.
    """
    try:
        return go_on()
    except (DatabaseUnavailable, SQLAlchemyError) as error:
        _LOG.error("a stored request is left to the tick: %s", type(error).__name__)
        return otherwise

"""Closes that a scan begins, a transaction a user: one user's trouble holds up nobody else's."""

import logging
from collections.abc import Callable, Iterable
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from chalicelib.domain.trading.trades import Trade
from chalicelib.observability.facts import user_fact
from chalicelib.services.accounts.hand_over import hand_over_each
from chalicelib.services.environment import Environment
from chalicelib.store.database import DatabaseUnavailable, Isolation

_LOG: Final = logging.getLogger("papertape.desk")

#: Begins one user's closes and returns the trades whose close was begun now.
Beginning = Callable[[Connection], list[Trade]]


def begin_apart(env: Environment, of_users: Iterable[tuple[str, Beginning]], failed: str) -> int:
    """Begin each user's closes and hand them over; returns how many were begun now.

    Of a user for whom that fails `failed` is logged: the next scan decides the same for them.
    """
    begun: list[Trade] = []
    for username, begin in of_users:
        try:
            begun += env.database.run(begin, username=username, isolation=Isolation.READ_COMMITTED)
        except (DatabaseUnavailable, SQLAlchemyError):
            _LOG.exception(failed, extra={"user": user_fact(username)})
    hand_over_each(env, begun)
    return len(begun)

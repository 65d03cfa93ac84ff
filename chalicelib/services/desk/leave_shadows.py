"""A shadow leaves when its trade does, whoever decided that, by a limit that walks as the desk's (B-11)."""

import logging
from collections.abc import Sequence
from functools import partial
from itertools import groupby
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from chalicelib.domain.trading.trades import CloseReason, Trade
from chalicelib.observability.facts import user_fact
from chalicelib.services.accounts.hand_over import hand_over_each
from chalicelib.services.environment import Environment
from chalicelib.services.lifecycle.strategy_exit import begin_strategy_exit
from chalicelib.store.database import DatabaseUnavailable, Isolation
from chalicelib.store.desk.shadows import LeftBehind, read_left_behind
from chalicelib.store.trades.trades import load_trade

_LOG: Final = logging.getLogger("papertape.desk")


def leave_shadows(env: Environment) -> int:
    """Begin to close shadows whose trades are closing or over; returns how many were begun now.

    One user's trouble holds up nobody else's: the next scan finds the same.
    """
    found = env.database.read(read_left_behind, username=None)
    begun: list[Trade] = []
    for username, of_user in groupby(found, key=lambda one: one.username):
        work = partial(_begin, env, tuple(of_user))
        try:
            begun += env.database.run(work, username=username, isolation=Isolation.READ_COMMITTED)
        except (DatabaseUnavailable, SQLAlchemyError):
            _LOG.exception("shadows of a user were not left", extra={"user": user_fact(username)})
    hand_over_each(env, begun)
    return len(begun)


def _begin(env: Environment, shadows: Sequence[LeftBehind], connection: Connection) -> list[Trade]:
    begun = []
    for one in shadows:
        stored = load_trade(connection, one.id, lock=True)
        if stored is None:
            continue
        closing = begin_strategy_exit(env, connection, stored, CloseReason.STRATEGY_EXIT, fast=one.is_hurried)
        if closing is not stored:
            begun.append(closing)
    return begun

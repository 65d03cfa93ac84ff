"""A shadow leaves when its trade does, whoever decided that, by a limit that walks as the desk's (B-11)."""

from collections.abc import Sequence
from functools import partial
from itertools import groupby

from sqlalchemy import Connection

from chalicelib.domain.trading.trades import CloseReason, Trade
from chalicelib.services.desk.leaving.begin_apart import begin_apart
from chalicelib.services.environment import Environment
from chalicelib.services.lifecycle.strategy_exit import begin_strategy_exit
from chalicelib.store.desk.shadows import LeftBehind, read_left_behind
from chalicelib.store.trades.trades import load_trade


def leave_shadows(env: Environment) -> int:
    """Begin to close shadows whose trades are closing or over; returns how many were begun now."""
    found = env.database.read(read_left_behind, username=None)
    of_users = (
        (username, partial(_begin, env, tuple(of_user)))
        for username, of_user in groupby(found, key=lambda one: one.username)
    )
    return begin_apart(env, of_users, "shadows of a user were not left")


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

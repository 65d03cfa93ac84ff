"""Storing a trade's targets once they are in force (W-03)."""

from sqlalchemy import Connection

from chalicelib.domain.trading.protection import Protection
from chalicelib.domain.trading.trades import Trade
from chalicelib.services.environment import Environment
from chalicelib.store.trades.targets import replace_targets


def put_targets(env: Environment, connection: Connection, trade: Trade, wanted: Protection) -> None:
    """Put the targets of a protection in the place of the trade's, where they differ."""
    if wanted.targets == trade.targets:
        return
    now = env.clock.now()
    ids = [env.randomness.uuid7(now) for _ in wanted.targets]
    replace_targets(connection, trade, wanted.targets, ids, now)

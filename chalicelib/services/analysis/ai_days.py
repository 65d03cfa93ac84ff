"""A row a trader and UTC day (C-09)."""

from datetime import date

from chalicelib.brokers.coins.account import STARTING_USDT
from chalicelib.services.environment import Environment
from chalicelib.store.analysis.ai_days import write_daily_rows
from chalicelib.store.database import Isolation


def write_days(env: Environment, first: date, last: date) -> int:
    """Write the rows of these days, both inclusive, of all users' traders; returns how many there are."""
    return env.database.run(
        lambda connection: write_daily_rows(connection, first, last, starting=STARTING_USDT),
        username=None,
        isolation=Isolation.READ_COMMITTED,
    )

"""What the operator tells of the market: macro windows, and past days' implied volatility (B-15)."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection

from chalicelib.domain.clocks.calendar import new_york_date
from chalicelib.domain.desk.pipeline.facts import MacroWindow
from chalicelib.services.environment import Environment
from chalicelib.services.errors import FieldError, Invalid
from chalicelib.store.desk.iv_history import write_ivs
from chalicelib.store.desk.macro_windows import ToldWindow, read_all_windows, replace_windows


def list_windows(env: Environment, username: str) -> list[ToldWindow]:
    """List every macro window, ascending."""
    return env.database.read(read_all_windows, username=username)


def tell_windows(
    env: Environment, username: str, windows: Sequence[tuple[MacroWindow, str]]
) -> list[ToldWindow]:
    """Put windows, each with its source, in the place of all that were told before."""
    now = env.clock.now()
    told = [
        ToldWindow(id=env.randomness.uuid7(now), window=window, source=source) for window, source in windows
    ]

    def work(connection: Connection) -> list[ToldWindow]:
        replace_windows(connection, told)
        return read_all_windows(connection)

    return env.database.run(work, username=username)


def tell_ivs(
    env: Environment, username: str, symbol: str, values: Sequence[tuple[date, Decimal]], *, source: str
) -> int:
    """Keep days of an underlying's implied volatility, fractions; returns how many. Raises Invalid."""
    today = new_york_date(env.clock.now())
    ahead = [number for number, (day, _) in enumerate(values) if day > today]
    if ahead:
        raise Invalid([FieldError(field=f"items.{ahead[0]}.date", message="is not over yet")])

    def work(connection: Connection) -> int:
        return write_ivs(connection, symbol, values, source=source)

    return env.database.run(work, username=username)

"""The desk of a user as its owner sets it (B-01, B-15): limits over all strategies, and the bot's switch."""

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.desk.strategies.settings import DeskSettings, read_settings
from chalicelib.services.desk.strategies.manage_strategies import invalid
from chalicelib.services.environment import Environment
from chalicelib.services.errors import StaleDesk
from chalicelib.services.users.settings import require
from chalicelib.store.database import Isolation
from chalicelib.store.desk import settings as store
from chalicelib.store.desk.settings import BotSwitch

#: What a column keeps of a number.
_DECIMALS: Final = Decimal(1).scaleb(-8)
_DIGITS_MAX: Final = 12


def read_desk_settings(env: Environment, username: str) -> DeskSettings:
    """Read the desk's settings, the defaults of one who never changed any."""
    return env.database.read(lambda connection: store.read(connection, username), username=username).settings


def change_desk_settings(
    env: Environment, username: str, body: Mapping[str, object], version: int | None
) -> DeskSettings:
    """Change the settings that a body names, null for the default; `version` is checked when given.

    Raises Invalid and StaleDesk; nothing is stored then.
    """
    rounded = {name: _rounded(value) for name, value in body.items()}

    def work(connection: Connection) -> DeskSettings:
        require(connection, username)
        present = store.read_for_change(connection, username).settings
        wanted = read_settings(rounded, present)
        if not isinstance(wanted, DeskSettings):
            raise invalid(wanted)
        if version is not None and version != present.version:
            raise StaleDesk(present)
        if _is_same(present, wanted):
            return present
        store.write(connection, username, wanted)
        return wanted

    return env.database.run(work, username=username, isolation=Isolation.READ_COMMITTED)


def switch_bot(env: Environment, username: str, *, on: bool) -> BotSwitch:
    """Switch the scanning of entries on or off; exits go on. The same again changes nothing."""

    def work(connection: Connection) -> BotSwitch:
        require(connection, username)
        present = store.read_for_change(connection, username).bot
        if present.on is on and present.since is not None:
            return present
        switched = BotSwitch(on=on, since=env.clock.now())
        store.switch_bot(connection, username, switched)
        return switched

    return env.database.run(work, username=username, isolation=Isolation.READ_COMMITTED)


def _is_same(present: DeskSettings, wanted: DeskSettings) -> bool:
    return all(
        getattr(present, name) == getattr(wanted, name)
        for name in DeskSettings.__dataclass_fields__
        if name != "version"
    )


def _rounded(value: object) -> object:
    """Round a number as its column will; what no column can hold is left to the reader's bounds."""
    if not isinstance(value, Decimal) or not value.is_finite() or value.adjusted() > _DIGITS_MAX:
        return value
    return value.quantize(_DECIMALS, rounding=ROUND_HALF_EVEN)

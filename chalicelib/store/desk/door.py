"""What the desk says at the door of an entry: rows of the kill switch, its limit on a day's loss, its caps.

One read, since it goes along with what is counted there anyway (docs/adr/0003).
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection, text

from chalicelib.domain.desk.book import Caps
from chalicelib.domain.desk.kill_switch.rows import SwitchRow
from chalicelib.store.ahead import read_ahead
from chalicelib.store.desk.kill_switch import ROWS_OF_ONE, understood

_AT_THE_DOOR: Final = text(
    f"""
    select d.max_daily_loss, d.portfolio_max_abs_delta_shares as cap_delta,
           d.portfolio_max_abs_gamma as cap_gamma, d.portfolio_max_abs_vega as cap_vega, r.*
    from (values (1)) as once (n)
    left join desk_settings d on d.username = :username
    left join ({ROWS_OF_ONE}) r on true
    """  # noqa: S608  # a constant
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AtTheDoor:
    """Rows in force; the dollars that the desk may lose a day, None without a desk, which has no caps."""

    rows: tuple[SwitchRow, ...]
    max_daily_loss: Decimal | None
    caps: Caps


def read_at_the_door(connection: Connection, username: str) -> AtTheDoor:
    """Read what stands against an entry of a user."""
    rows = connection.execute(_AT_THE_DOOR, {"username": username}).all()
    first = rows[0]
    return AtTheDoor(
        rows=understood(row for row in rows if row.mode is not None),
        max_daily_loss=first.max_daily_loss,
        caps=Caps(delta=first.cap_delta, gamma=first.cap_gamma, vega=first.cap_vega),
    )


def door_ahead(connection: Connection, username: str) -> None:
    """Read what `read_at_the_door` reads together with what is read next."""
    read_ahead(connection, _AT_THE_DOOR, {"username": username})

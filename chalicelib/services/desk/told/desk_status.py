"""How a desk stands, from what is stored: no vendor is asked (B-15)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.desk.kill_switch.rows import SwitchMode, SwitchRow, mode_of
from chalicelib.services.environment import Environment
from chalicelib.services.market_hours import calendar_of
from chalicelib.services.users.me import MarketState, market_state
from chalicelib.store.desk import settings
from chalicelib.store.desk.kill_switch import read_rows_of
from chalicelib.store.desk.settings import BotSwitch
from chalicelib.store.desk.status import StoredStatus, read_stored_status

_COUNTS: Final = ("strategies", "entering", "rejected", "blocked", "failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class LastScan:
    """When entries were scanned for, and how many strategies came to what."""

    at: datetime
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskStatus:
    """The bot, the switch, the last scans, of when the data are (None: never read), and the market."""

    bot: BotSwitch
    mode: SwitchMode
    rows: tuple[SwitchRow, ...]
    last_scan: LastScan | None
    last_exit_scan_at: datetime | None
    data: Mapping[str, datetime | None]
    market: MarketState


def read_status(env: Environment, username: str) -> DeskStatus:
    """Read how a user's desk stands."""

    def work(
        connection: Connection,
    ) -> tuple[BotSwitch, tuple[SwitchRow, ...], StoredStatus, MarketCalendar]:
        return (
            settings.read(connection, username).bot,
            read_rows_of(connection, username),
            read_stored_status(connection, username),
            calendar_of(env, connection),
        )

    bot, rows, stored, calendar = env.database.run(work, username=username)
    return DeskStatus(
        bot=bot,
        mode=mode_of(rows),
        rows=rows,
        last_scan=_last_scan(stored),
        last_exit_scan_at=stored.last_exits_at,
        data=stored.data,
        market=market_state(calendar, env.clock.now(), forced_open=env.force_market_open),
    )


def _last_scan(stored: StoredStatus) -> LastScan | None:
    if stored.last_scan_at is None:
        return None
    found = stored.last_scan
    counts = {name: count if isinstance(count := found.get(name), int) else 0 for name in _COUNTS}
    return LastScan(at=stored.last_scan_at, counts=counts)

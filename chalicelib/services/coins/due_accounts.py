"""Which accounts a tick has to live through: the others would be the same after it (C-10)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from zlib import crc32

from sqlalchemy import Connection

from chalicelib.brokers.coins.meeting import rests_as
from chalicelib.domain.accounts import AccountRef
from chalicelib.domain.coins.minutes import Minutes, is_touched
from chalicelib.services.coins.minutes_read import MinutesRead
from chalicelib.services.environment import Environment
from chalicelib.store.market.coins_due import Level, read_levels, read_unsettled

#: Each account is lived through once in so many minutes whatever its rows say: should they miss a case.
LOOKED_AT_EVERY: Final = timedelta(minutes=15)
_MINUTE: Final = timedelta(minutes=1)


def due_accounts(
    env: Environment, accounts: Sequence[AccountRef], read: MinutesRead, behind: Mapping[str, datetime]
) -> list[AccountRef]:
    """Return the accounts that a minute reaches, that fell behind, or where something is left undone."""
    if not accounts:
        return []

    def work(connection: Connection) -> tuple[list[Level], set[str]]:
        return read_levels(connection), read_unsettled(connection)

    levels, due = env.database.run(work, username=None)
    minutes = read.since(None)
    due |= {level.username for level in levels if _is_reached(level, minutes)}
    return [one for one in accounts if one.username in due | behind.keys() or _has_its_turn(one, read.until)]


def _is_reached(level: Level, minutes: Minutes) -> bool:
    """Say whether a minute fills an order, or comes after its end; one at market takes what comes."""
    met = minutes.get(level.symbol, ())
    if level.price is None:
        return True
    kind, side = rests_as(level.type, level.side)
    return any(
        level.expires_at <= minute.starts_at
        or (level.rests_from <= minute.starts_at and is_touched(kind, side, level.price, minute))
        for minute in met
    )


def _has_its_turn(account: AccountRef, until: datetime) -> bool:
    turns = LOOKED_AT_EVERY // _MINUTE
    return crc32(account.username.encode()) % turns == int(until.timestamp()) // 60 % turns

"""Whose traders look at a candle's close: of all users in one round trip, for jobs, that act for nobody."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, text

from chalicelib.domain.ai.traders.timeframes import Timeframe
from chalicelib.domain.json_value import JsonValue

#: Free looks only: no trader of it runs (C-08). Paused ones are judged like those that are on.
_WATCHING: Final = text(
    """
    select t.id, t.username, t.symbols, t.timeframe, t.filter
    from traders t join user_settings s on s.username = t.username
    where s.state = 'ACTIVE' and s.tier in ('pro', 'elite')
      and t.enabled and t.locked_at is null and t.removed_at is null
      and t.filter is not null and t.timeframe = any(:timeframes)
    order by t.username, t.id
    """
)


class WatchingTrader(NamedTuple):
    """What of a trader its filter needs, as stored."""

    id: UUID
    username: str
    symbols: list[str]
    timeframe: str
    filter: Mapping[str, JsonValue]


def read_watching(connection: Connection, timeframes: Sequence[Timeframe]) -> list[WatchingTrader]:
    """Read the traders that look at candles of these lengths, whoever is served."""
    asked = {"timeframes": [timeframe.value for timeframe in timeframes]}
    return [WatchingTrader(*row) for row in connection.execute(_WATCHING, asked)]

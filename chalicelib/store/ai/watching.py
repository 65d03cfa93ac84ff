"""Whose traders look at a candle's close: of all users in one round trip, for jobs, that act for nobody."""

from collections.abc import Mapping, Sequence
from datetime import datetime
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


#: What a signal of the same close decides with the position's words is not decided again.
_HELD: Final = text(
    """
    select t.username, t.id as trade_id, r.timeframe
    from paper_trades t
    join traders r on r.id = cast(t.originator_id as uuid) and r.username = t.username
    join user_settings s on s.username = t.username
    where t.originator = 'AI' and t.status in ('OPEN', 'PARTIALLY_FILLED') and t.open_qty > 0
      and t.close_requested_at is null and s.state = 'ACTIVE' and s.tier in ('pro', 'elite')
      and r.enabled and r.locked_at is null and r.removed_at is null and r.timeframe = any(:timeframes)
      and not exists (
          select from signals g join trade_legs l on l.trade_id = t.id and l.symbol = g.symbol
          where g.trader_id = r.id and g.username = r.username and g.candle = :closed_at)
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


def read_held(
    connection: Connection, timeframes: Sequence[Timeframe], closed_at: datetime
) -> list[tuple[str, UUID]]:
    """Read the open positions, with their owners, of traders that look at candles of these lengths."""
    asked = {"timeframes": [timeframe.value for timeframe in timeframes], "closed_at": closed_at}
    return [(row.username, row.trade_id) for row in connection.execute(_HELD, asked)]


def read_watching(connection: Connection, timeframes: Sequence[Timeframe]) -> list[WatchingTrader]:
    """Read the traders that look at candles of these lengths, whoever is served."""
    asked = {"timeframes": [timeframe.value for timeframe in timeframes]}
    return [WatchingTrader(*row) for row in connection.execute(_WATCHING, asked)]

"""What an exit scan reads, all in one round trip: open trades of the desk, and users' VIX watches (B-06).

A trade is watched by the last stored version of its strategy, be that disabled or removed.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, text

from chalicelib.store.ahead import read_ahead

_WATCHED: Final = text(
    """
    select t.username, t.id, t.ticker, t.status, t.broker_mode, t.account_id, t.entry_price,
           coalesce(t.entry_date, t.created_at), t.open_qty, t.structure,
           l.symbols, l.instruments, l.sides, l.ratios, l.multipliers, l.rights, l.strikes, l.expiries,
           l.is_whole, s.id as strategy_id, s.name as strategy, s.type, cast(s.exit_conditions as text),
           d.fill_price_buffer_pct, d.zero_dte_close_buffer_minutes, cast(x.state as text), c.id as config_id
    from paper_trades t
    join lateral (
        select array_agg(symbol order by leg_no) as symbols,
               array_agg(instrument order by leg_no) as instruments, array_agg(side order by leg_no) as sides,
               array_agg(ratio order by leg_no) as ratios,
               array_agg(multiplier order by leg_no) as multipliers,
               array_agg(option_type order by leg_no) as rights, array_agg(strike order by leg_no) as strikes,
               array_agg(expiry order by leg_no) as expiries, bool_and(apart_qty is null and origin is null)
               and count(*) = (select count(*) from trade_legs w where w.trade_id = t.id) as is_whole
        from trade_legs where trade_id = t.id and apart_qty is distinct from 0
    ) l on l.symbols is not null
    left join strategies s on s.id = cast(t.originator_id as uuid) and s.username = t.username
    left join desk_settings d on d.username = t.username
    left join exit_states x on x.trade_id = t.id
    left join desk_configs c on c.username = t.username and c.strategy_id = s.id
        and c.strategy_version = s.version and c.desk_version = coalesce(d.version, 1)
    where t.originator = 'DESK' and not t.is_locked and t.open_qty > 0 and t.shadow_of is null
      and (cast(:ticker as text) is null or t.ticker = :ticker)
    order by t.ticker, t.id
    """
)
_WATCHES: Final = text(
    """
    select w.username, cast(w.vix_watch as text) as vix_watch from desk_watches w
    where exists (
        select from paper_trades t
        where t.username = w.username and t.originator = 'DESK' and not t.is_locked and t.open_qty > 0)
    """
)


class WatchedTrade(NamedTuple):
    """An open trade of the desk, a row of the query; lists are of the legs held, in their order.

    `is_whole`: no leg went its own way. `conditions` and `state` are JSON texts; what belongs to a strategy
    or to the desk's settings is None where its row is not there; `config_id` where a scan kept it.
    """

    username: str
    id: UUID
    ticker: str
    status: str
    broker_mode: str
    account_id: str
    entry_price: Decimal | None
    entry_date: datetime
    open_qty: Decimal
    structure: str | None
    symbols: list[str]
    instruments: list[str]
    sides: list[str]
    ratios: list[int]
    multipliers: list[Decimal]
    rights: list[str | None]
    strikes: list[Decimal | None]
    expiries: list[date | None]
    is_whole: bool
    strategy_id: UUID | None
    strategy: str | None
    type: str | None
    conditions: str | None
    buffer_pct: Decimal | None
    zero_dte_minutes: int | None
    state: str | None
    config_id: UUID | None


class Watched(NamedTuple):
    """What a scan begins with; `vix_watches` are JSON texts by user."""

    trades: list[WatchedTrade]
    vix_watches: dict[str, str]


def read_watched(connection: Connection, *, ticker: str | None = None) -> Watched:
    """Read everybody's open trades of the desk, of one underlying when named, in one round trip."""
    read_ahead(connection, _WATCHES, {})
    rows = connection.execute(_WATCHED, {"ticker": ticker}).all()
    watches = {row.username: row.vix_watch for row in connection.execute(_WATCHES)}
    return Watched(trades=[WatchedTrade._make(row) for row in rows], vix_watches=watches)

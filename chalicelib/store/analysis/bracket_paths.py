"""The ways that ended trades took, mark by mark, for what other brackets would have made of them."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, text

from chalicelib.store.analysis.outcomes import OutcomeFilter, narrowed
from chalicelib.store.analysis.result_sql import IS_RESULT
from chalicelib.store.own_rows import IS_OWN
from chalicelib.store.trades.initial_risk import BASIS, UNIT

#: The newest trades first. Marks are a trade's own from its entry to its end, or to the first of its legs'
#: ends: from then on what is held has another price. Minutes have seen more than snapshots where forensics
#: had them.
_PATHS: Final = f"""
    select t.id, t.entry_date, t.close_date, t.entry_price, t.realized_pnl + t.fees as gross, t.fees,
           b.basis, b.shares, c.is_coin,
           case when t.forensics_source = 'HISTORY' then t.target_mae_pct end as worst_pct,
           m.instants, m.prices
    from paper_trades t
    cross join lateral (
        select bool_or(l.instrument = 'CRYPTO') as is_coin,
               case when count(*) filter (where l.origin is null) = 1
                    and bool_or(l.side = 'SHORT') filter (where l.origin is null) then -1 else 1 end as sign
        from trade_legs l where l.trade_id = t.id
    ) c
    cross join lateral (
        select {BASIS} as basis, c.sign * t.filled_qty * ({UNIT}) as shares
    ) b
    cross join lateral (
        select array_agg(cast(extract(epoch from x."timestamp") as double precision) order by x."timestamp")
                   as instants,
               array_agg(cast(x.mark_price as double precision) order by x."timestamp") as prices
        from (
            select distinct on (s."timestamp") s."timestamp", s.mark_price from price_snapshots s
            where s.trade_id = t.id and s.mark_price is not null and s.kind in ('INTRADAY', 'ENTRY')
              and s."timestamp" >= t.entry_date and s."timestamp" < coalesce((
                  select min(f.filled_at) from fills f where f.trade_id = t.id and f.kind = 'SETTLEMENT'
              ), t.close_date) and {IS_OWN}
            order by s."timestamp", s.kind, s.leg_no
        ) x
    ) m
    where t.username = :username and {IS_RESULT} and t.close_date is not null and t.entry_date is not null
      and t.entry_price is not null and b.basis > 0 {{conditions}}
    order by t.close_date desc, t.id desc limit :row_limit
"""  # noqa: S608 - words of our own


class StoredPath(NamedTuple):
    """One ended trade: dollars, prices per share, `shares` below 0 where a higher price is a loss.

    `gross` is its result before fees. `instants` (seconds since 1970) and `prices` are its marks, oldest
    first, None where nothing was seen; `worst_pct` what minutes showed at worst, None: none were read.
    """

    trade_id: UUID
    entry_at: datetime
    ended_at: datetime
    entry_price: Decimal
    gross: Decimal
    fees: Decimal
    basis: Decimal
    shares: Decimal
    is_coin: bool
    worst_pct: Decimal | None
    instants: Sequence[float] | None
    prices: Sequence[float] | None


def read_paths(connection: Connection, username: str, wanted: OutcomeFilter, limit: int) -> list[StoredPath]:
    """Read a user's newest ended trades with their marks, the newest first."""
    conditions, values = narrowed(wanted)
    statement = text(_PATHS.format(conditions=conditions))
    rows = connection.execute(statement, {"username": username, "row_limit": limit, **values})
    return [StoredPath._make(row) for row in rows]

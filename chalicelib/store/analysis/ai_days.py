"""Rows of `ai_daily_rows`, and what a day changed: over all users in one statement each (C-07, C-09)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection, text

from chalicelib.store.analysis.result_sql import IS_RESULT

#: Of every trader that was there on a day; on paper always, live from its first live trade on. Equity is what
#: the account started with at its last reset, moved by what the trader has realised since; live from nothing.
_WRITE: Final = text(
    f"""
    with days as (
        select day::date as day, day at time zone 'UTC' as begins,
               (day + interval '1 day') at time zone 'UTC' as ends
        from generate_series(cast(:first as timestamp), cast(:last as timestamp), interval '1 day') day
    ), ended as (
        select t.username, t.originator_id, t.close_date, t.realized_pnl,
               case when t.broker_mode like '%\\_LIVE' then 'live' else 'paper' end as mode
        from paper_trades t where t.originator = 'AI' and {IS_RESULT}
    ), kinds as (
        select id, username, created_at, removed_at, 'paper' as mode from traders
        union all
        select r.id, r.username, (select min(e.close_date) from ended e where e.originator_id = r.id::text
            and e.username = r.username and e.mode = 'live'), r.removed_at, 'live'
        from traders r
    )
    insert into ai_daily_rows (username, trader_id, mode, day, pnl, equity, trades)
    select k.username, k.id, k.mode, d.day,
           coalesce(sum(e.realized_pnl) filter (where e.close_date >= d.begins), 0),
           s.equity + coalesce(sum(e.realized_pnl) filter (where e.close_date >= s.since), 0),
           count(e.close_date) filter (where e.close_date >= d.begins)
    from days d
    join kinds k on k.created_at < d.ends and (k.removed_at is null or k.removed_at >= d.begins)
    cross join lateral (
        select coalesce(max(p.at), '-infinity') as since,
               case k.mode when 'live' then 0 else coalesce(
                   (array_agg(p.start_equity order by p.at desc, p.id desc))[1], :starting
               ) end as equity
        from ai_paper_starts p where p.username = k.username and p.at < d.ends and k.mode = 'paper'
    ) s
    left join ended e on e.username = k.username and e.originator_id = k.id::text and e.mode = k.mode
        and e.close_date < d.ends
    group by k.username, k.id, k.mode, d.day, s.equity, s.since
    on conflict (username, trader_id, mode, day) do update
        set pnl = excluded.pnl, equity = excluded.equity, trades = excluded.trades
    """  # noqa: S608 - a word of a neighbour
)
_CHANGES: Final = text(
    """
    select c.username,
           count(*) filter (where c.triggered_by = 'AI_ANALYSIS' and c.state = 'APPLIED') as by_model,
           count(*) filter (where c.triggered_by = 'RULE_ENGINE' and c.state = 'APPLIED') as by_rules,
           count(*) filter (where c.triggered_by = 'USER_MANUAL' and c.state = 'APPLIED') as by_hand,
           count(*) filter (where c.state = 'VETOED') as vetoed,
           count(*) filter (where c.state = 'FAILED') as failed,
           count(distinct c.trade_id) as trades
    from trade_changes c join paper_trades t on t.id = c.trade_id and t.username = c.username
    join user_settings s on s.username = c.username
    where t.originator = 'AI' and s.state = 'ACTIVE'
      and c.at >= cast(:day as timestamp) at time zone 'UTC'
      and c.at < (cast(:day as timestamp) + interval '1 day') at time zone 'UTC'
    group by c.username order by c.username
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOfChanges:
    """How many changes of one user's positions a day brought: those applied, by whom, and the rest."""

    username: str
    by_model: int
    by_rules: int
    by_hand: int
    vetoed: int
    failed: int
    trades: int


def write_daily_rows(connection: Connection, first: date, last: date, *, starting: Decimal) -> int:
    """Write the rows of these UTC days anew; for jobs, that act for nobody. Returns how many."""
    return connection.execute(_WRITE, {"first": first, "last": last, "starting": starting}).rowcount


def read_changes_of(connection: Connection, day: date) -> list[DayOfChanges]:
    """Read what a UTC day changed, by user; for jobs, that act for nobody."""
    return [DayOfChanges(**row._mapping) for row in connection.execute(_CHANGES, {"day": day})]

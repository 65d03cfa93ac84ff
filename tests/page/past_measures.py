"""What lies beside past trades, written straight into the stack's database: marks, splits, shadows."""

from typing import Final

import psycopg

#: A mark each five minutes of the three hours that each of the newest trades was held: from its entry in a
#: straight line to its close, so that what it passed is known.
_MARKS: Final = """
insert into price_snapshots (username, trade_id, leg_no, "timestamp", kind, mark_price, stale)
select t.username, t.id, 1, t.entry_date + n * interval '5 minutes', 'INTRADAY',
    round(t.entry_price + (t.close_price - t.entry_price) * n / 36, 2), false
from (select * from paper_trades where username = %(username)s and account_id = 'VA0'
      order by close_date desc limit %(count)s) t
cross join generate_series(1, 35) n
"""
_MONTHS: Final = ("2025-11-01", "2025-12-01", "2026-01-01")
#: Pairs of two strategies; paper fills a cent better and ends 1.40 higher, each fifth live order is missed.
_PAIRS: Final = """
with pairs as (
    select n, uuidv7() as live, uuidv7() as paper,
        (array['SPY condor', 'QQQ put spread'])[1 + n %% 2] as strategy,
        timestamptz '2026-02-09 15:00Z' + n * interval '5 hours' as at, n %% 5 = 4 as is_missed
    from generate_series(0, %(count)s - 1) n
), sides as (
    select n, live as id, strategy, at, 'TRADIER_LIVE' as mode, null::uuid as shadow_of, is_missed,
        0 as better
    from pairs
    union all
    select n, paper, strategy, at, 'PAPER', live, false, 1 from pairs
), written as (
    insert into paper_trades (id, username, status, ticker, option_type, strike, expiry, qty, filled_qty,
        open_qty, order_type, entry_price, entry_date, created_at, last_updated, broker_mode, account_id,
        strategy, originator, close_price, close_date, close_reason, realized_pnl, realized_pnl_pct, fees,
        hold_duration_h, max_gain, max_drawdown, order_book_state, shadow_of)
    select id, %(username)s, case when is_missed then 'CANCELED' else 'CLOSED' end, 'SPY', 'CALL', 600,
        '2026-03-20', 1, case when is_missed then 0 else 1 end, 0, 'limit',
        case when not is_missed then 2.00 - better * 0.01 end,
        case when not is_missed then at + interval '20 seconds' end, at, at, mode, 'VA0', strategy, 'DESK',
        case when not is_missed then 2.40 + better * 0.004 end,
        at + interval '3 hours', case when is_missed then 'UNFILLED' else 'TP_HIT' end,
        case when not is_missed then 38.60 + better * 1.40 end, case when not is_missed then 19.3 end,
        case when is_missed then 0 else 1.40 end, case when not is_missed then 3 end, 40, -5,
        '{"bid": 1.95, "ask": 2.01}', shadow_of
    from sides order by mode desc, n
)
insert into orders (id, username, trade_id, role, tag, status, type, side, symbol, quantity, filled_quantity,
    duration, submitted_at)
select uuidv7(), %(username)s, id, 'ENTRY', 'pair-' || mode || n, 'FILLED', 'limit', 'buy_to_open',
    'SPY260320C00600000', 1, 1, 'day', at
from sides
"""


def write_marks(app_url: str, username: str, count: int) -> None:
    """Give the newest `count` past trades the marks of the time that they were held."""
    with psycopg.connect(app_url) as connection:
        connection.execute("select set_config('app.current_user', %s, true)", (username,))
        for month in _MONTHS:
            connection.execute("select ensure_snapshot_partition(%s::timestamptz)", (month,))
        connection.execute(_MARKS, {"username": username, "count": count})


def write_shadow_pairs(app_url: str, username: str, count: int) -> None:
    """Give a user `count` live trades of the desk, each with its shadow on paper."""
    with psycopg.connect(app_url) as connection:
        connection.execute("select set_config('app.current_user', %s, true)", (username,))
        connection.execute(_PAIRS, {"username": username, "count": count})


#: Parts that add up to each result to the cent: fees of 1.40, fills 2.00 against the mark.
_SPLITS: Final = """
with parts as (
    select id, jsonb_build_object('delta', round((realized_pnl + 3.4) * 0.7, 2), 'gamma', 4.25,
            'theta', -6.5, 'vega', 1.1,
            'residual', realized_pnl + 3.4 - round((realized_pnl + 3.4) * 0.7, 2) - 4.25 + 6.5 - 1.1,
            'fees', -1.4, 'slippage', -2) as found
    from paper_trades
    where username = %(username)s and account_id = 'VA0' and broker_mode = 'TRADIER_SANDBOX'
    order by close_date desc limit %(count)s
)
update paper_trades t set pnl_attribution = found || jsonb_build_object('marks', 35,
    'legs',
    jsonb_build_array(found || jsonb_build_object('leg_no', 1, 'symbol', ticker || '260320C00100000')),
    'unexplained', jsonb_build_object('intervals', 1, 'items', jsonb_build_array(jsonb_build_object(
        'leg_no', 1, 'from', t.entry_date, 'to', t.entry_date + interval '5 minutes', 'pnl', 1.2,
        'reason', 'no Greeks at its start'))))
from parts where parts.id = t.id
"""


def write_splits(app_url: str, username: str, count: int) -> None:
    """Say of the newest `count` past trades where their results came from, as the night's work leaves it."""
    with psycopg.connect(app_url) as connection:
        connection.execute("select set_config('app.current_user', %s, true)", (username,))
        connection.execute(_SPLITS, {"username": username, "count": count})

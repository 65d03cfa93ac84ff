"""Ended trades written straight into the stack's database: a past that no test could live through."""

from typing import Final

import psycopg

#: Two trades each weekday from 2025-11-03 on, of three strategies; every eighth is a big win. What the
#: scanner said of each is so long that all of them together are too large for an answer (5 MB).
_TRADES: Final = """
insert into paper_trades (id, username, status, ticker, option_type, strike, expiry, qty, filled_qty,
    order_type, entry_price, entry_date, created_at, last_updated, broker_mode, account_id, strategy,
    close_price, close_date, close_reason, realized_pnl, realized_pnl_pct, fees, hold_duration_h,
    card_score, ai_verdict, delta_at_entry, max_gain, max_drawdown, target_mfe_pct, target_mae_pct,
    ai_reasoning_log)
select uuidv7(), %(username)s, 'CLOSED', (array['AAPL', 'SPY', 'NVDA', 'TSLA'])[1 + n %% 4],
    case when n %% 3 = 0 then 'PUT' else 'CALL' end, 100, '2026-03-20', 1, 1, 'limit', 2.50,
    at, at, at + interval '3 hours', 'TRADIER_SANDBOX', 'VA0',
    (array['breakout', 'pullback', 'earnings fade'])[1 + n %% 3],
    2.50 + gain, at + interval '3 hours', case when gain > 0 then 'TP_HIT' when n %% 5 = 0 then 'MANUAL_CLOSE'
    else 'SL_HIT' end, gain * 100 - 1.40, (gain * 100 - 1.40) / 250 * 100, 1.40, 3,
    40 + n * 7 %% 60, case when n %% 4 = 0 then 'SKIP' else 'BUY' end, 0.20 + n %% 5 * 0.1,
    greatest(gain, 0) * 100 + 12, least(gain, 0) * 100 - 9,
    (greatest(gain, 0) + n * 31 %% 50 / 100.0) / 2.50 * 100,
    (least(gain, 0) - n * 17 %% 70 / 100.0) / 2.50 * 100,
    jsonb_build_object('model', 'scanner', 'output', repeat('It broke out of its range. ', 2200))
from (select n, timestamptz '2025-11-03 15:00Z' + (n / 10) * interval '7 day'
                + (n %% 10 / 2) * interval '1 day' + n %% 2 * interval '2 hours' as at,
             case when n %% 8 = 3 then 1.60 else (n * 7919 %% 120 - 62) / 100.0 end as gain
      from generate_series(0, %(count)s - 1) n) s
order by n
"""
_LEGS: Final = """
insert into trade_legs (id, username, trade_id, leg_no, instrument, symbol, multiplier, side, quantity,
    option_type, strike, expiry, entry_price, close_price)
select uuidv7(), username, id, 1, 'OPTION', ticker || '260320C00100000', 100, 'LONG', qty,
    option_type, strike, expiry, entry_price, close_price
from paper_trades where username = %(username)s and account_id = 'VA0'
"""

_ALERT: Final = """
insert into alerts (id, username, at, severity, kind, trade_id, text)
select uuidv7(), username, created_at, 'warning', 'unprotected', id, %(text)s
from paper_trades where username = %(username)s and account_id = 'VA0'
order by created_at desc limit 1
returning trade_id
"""


def write_past_trades(app_url: str, username: str, count: int) -> None:
    """Give a user `count` trades that ended between November 2025 and February 2026."""
    with psycopg.connect(app_url) as connection:
        connection.execute("select set_config('app.current_user', %s, true)", (username,))
        for statement in (_TRADES, _LEGS):
            connection.execute(statement, {"username": username, "count": count})


def write_alert(app_url: str, username: str, text: str) -> str:
    """Raise a warning about a user's newest past trade; answers the trade's id."""
    with psycopg.connect(app_url) as connection:
        connection.execute("select set_config('app.current_user', %s, true)", (username,))
        row = connection.execute(_ALERT, {"username": username, "text": text}).fetchone()
    assert row is not None
    return str(row[0])

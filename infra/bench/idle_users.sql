-- {users} users beside those that are there, each with a trader and {each} ended trades of it, nothing open.
insert into user_settings (username, sub, account_balance, max_positions, broker_mode)
select 'idle' || u, 'sub-of-idle' || u, 100000, 1000, 'PAPER' from generate_series(1, {users}) u;
insert into portfolio_revisions (username) select username from user_settings where username like 'idle%';
insert into paper_accounts (username, account_id, starting_cash, cash)
select username, 'USDT', 10000, 10000 from user_settings where username like 'idle%';
insert into traders (id, username, name, symbols, timeframe, analysis, trading, enabled)
select uuidv7(), username, 'resting', array['C0USDT'], '1m', '{{}}', '{{"enabled": false}}', false
from user_settings where username like 'idle%' order by username;
insert into paper_trades (id, username, originator, originator_id, status, ticker, qty, filled_qty, order_type,
    entry_price, entry_date, created_at, last_updated, broker_mode, account_id, structure, close_price,
    close_date, close_reason, realized_pnl, realized_pnl_pct, fees, hold_duration_h)
select uuidv7(), r.username, 'AI', r.id::text, 'CLOSED', 'C' || n % 20 || 'USDT', 1, 1, 'market', {price}, at, at, at,
    'PAPER', 'USDT', 'CRYPTO', {price} + 1, at + interval '3 hours', 'TP_HIT', 0.80, 0.8, 0.20, 3
from traders r cross join (select n, timestamptz '2025-01-02 15:00Z' + n * interval '1 day' as at
                           from generate_series(1, {each}) n) s
where r.username like 'idle%' order by r.username, n;
insert into trade_legs (id, username, trade_id, leg_no, instrument, symbol, multiplier, side, quantity,
    entry_price, close_price, price_step, quantity_step)
select uuidv7(), username, id, 1, 'CRYPTO', ticker, 1, 'LONG', qty, entry_price, close_price, 0.01, 0.00001
from paper_trades where username like 'idle%' order by id;

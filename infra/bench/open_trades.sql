-- Users with filled, bracketed open trades: {users} users with {each} trades each, over {chains} underlyings.
-- Trade number n (from 0) was made n seconds after 15:00 UTC; its orders' broker ids are 10 n + 1 (entry),
-- + 2 (the OCO), + 3 (target), + 4 (stop), so that a canned broker can tell the same story.
insert into user_settings (username, sub, account_balance, max_positions, broker_mode)
select 'user' || u, 'sub-of-user' || u, 100000, 1000, '{mode}' from generate_series(0, {users} - 1) u;
insert into portfolio_revisions (username) select username from user_settings;
insert into paper_trades (id, username, status, ticker, option_type, strike, expiry, qty, filled_qty,
    open_qty, order_type, asked_price, entry_price, entry_date, created_at, last_updated, sl_price, tp_price,
    broker_mode, account_id, strategy, current_price, mark_at, unrealized_pnl, max_gain, max_drawdown, fees,
    card_score, ai_score, ai_verdict)
select uuidv7(), 'user' || n / {each}, 'OPEN', 'T' || n % {chains}, 'CALL', 100 + n / {chains},
    '{expiry}', 2, 2, 2, 'limit', {price}, {price}, at, at, at, 1.25, 5.00,
    '{mode}', 'VA' || n / {each}, 'momentum', 2.65, at, 30.00, 42.50, -12.25, 0.70,
    87.5, 71.25, 'BUY'
from (select n, timestamptz '2026-02-18 15:00Z' + n * interval '1 second' as at
      from generate_series(0, {users} * {each} - 1) n) s
order by n;
insert into trade_legs (id, username, trade_id, leg_no, instrument, symbol, multiplier, side, quantity,
    option_type, strike, expiry, entry_price)
select uuidv7(), username, id, 1, 'OPTION',
    ticker || to_char(expiry, 'YYMMDD') || 'C' || lpad((strike * 1000)::bigint::text, 8, '0'),
    100, 'LONG', qty, option_type, strike, expiry, entry_price
from paper_trades order by id;
insert into orders (id, username, trade_id, role, tag, status, type, side, symbol, quantity, filled_quantity,
    limit_price, stop_price, avg_fill_price, duration, broker_order_id, parent_broker_order_id, created_at,
    submitted_at, ended_at, handled)
select uuidv7(), t.username, t.id, o.role,
    'pt-' || case when o.role = 'ENTRY' then t.id else md5(t.id::text)::uuid end, o.status, o.type, o.side,
    l.symbol, t.qty, case when o.role = 'ENTRY' then t.qty else 0 end,
    case o.role when 'ENTRY' then t.entry_price when 'TAKE_PROFIT' then t.tp_price end,
    case o.role when 'STOP_LOSS' then t.sl_price end,
    case o.role when 'ENTRY' then t.entry_price end, o.duration,
    (extract(epoch from t.created_at - timestamptz '2026-02-18 15:00Z')::bigint * 10 + o.leg)::text, case when o.role <> 'ENTRY' then (extract(epoch from t.created_at - timestamptz '2026-02-18 15:00Z')::bigint * 10 + 2)::text end,
    t.created_at + o.leg * interval '1 millisecond', t.created_at,
    case when o.role = 'ENTRY' then t.created_at end, o.role = 'ENTRY'
from paper_trades t join trade_legs l on l.trade_id = t.id
cross join (values
    ('ENTRY', 'FILLED', 'limit', 'buy_to_open', 'day', 1),
    ('STOP_LOSS', 'OPEN', 'stop', 'sell_to_close', 'gtc', 4),
    ('TAKE_PROFIT', 'OPEN', 'limit', 'sell_to_close', 'gtc', 3)
) as o (role, status, type, side, duration, leg)
order by t.id, o.leg;
insert into fills (id, username, trade_id, order_id, is_buy, quantity, price, fees, fill_rule, filled_at,
    order_filled_quantity)
select uuidv7(), username, trade_id, id, true, quantity, avg_fill_price, 0.70, 'broker', submitted_at, quantity
from orders where role = 'ENTRY' order by trade_id;

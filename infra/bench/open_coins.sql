-- Users with open, bracketed coins on paper: {users} users with {each} each, one coin after the other, each for
-- its price in USDT. Books and orders tell the same story; the last minute that all met ended at {since}.
create temporary table coins (n integer, symbol text, price numeric, qty numeric, tick numeric);
insert into coins values {coins};
insert into user_settings (username, sub, account_balance, max_positions, broker_mode)
select 'user' || u, 'sub-of-user' || u, 100000, 1000, 'PAPER' from generate_series(0, {users} - 1) u;
insert into portfolio_revisions (username) select username from user_settings;
insert into paper_accounts (username, account_id, starting_cash, cash)
select username, 'USDT', 10000, 10000 from user_settings;
-- A trader of each opened them; its filter looks at nothing.
insert into traders (id, username, name, symbols, timeframe, analysis, trading, enabled)
select uuidv7(), username, 'holder', array[(select symbol from coins where n = 0)], '1m', '{{}}',
    '{{"enabled": true, "veto_seconds": 0}}', true
from user_settings order by username;
insert into paper_trades (id, username, originator, originator_id, status, ticker, qty, filled_qty, open_qty,
    order_type, asked_price, entry_price, entry_date, created_at, last_updated, sl_price, tp_price, broker_mode,
    account_id, trigger_precision, structure, current_price, mark_at, unrealized_pnl, max_gain, max_drawdown,
    fees)
select uuidv7(), r.username, 'AI', r.id::text, 'OPEN', c.symbol, c.qty, c.qty,
    c.qty, 'market', c.price, c.price, at, at, at, trunc(c.price * 0.9, scale(c.tick)),
    trunc(c.price * 1.1, scale(c.tick)), 'PAPER', 'USDT', 'SNAPSHOT', 'CRYPTO', c.price, at, 0, 0,
    0, c.qty * c.price / 1000
from (select n, timestamptz '{since}' - interval '1 hour' as at
      from generate_series(0, {users} * {each} - 1) n) s
join traders r on r.username = 'user' || s.n / {each}
join coins c on c.n = s.n % (select count(*) from coins)
order by s.n;
insert into trade_legs (id, username, trade_id, leg_no, instrument, symbol, multiplier, side, quantity,
    entry_price, price_step, quantity_step)
select uuidv7(), username, id, 1, 'CRYPTO', ticker, 1, 'LONG', t.qty, entry_price, c.tick, 0.00001
from paper_trades t join coins c on c.symbol = t.ticker order by id;
insert into orders (id, username, trade_id, role, tag, status, type, side, symbol, quantity, filled_quantity,
    limit_price, stop_price, avg_fill_price, duration, broker_order_id, parent_broker_order_id, created_at,
    submitted_at, ended_at, handled)
select uuidv7(), t.username, t.id, o.role,
    'pt-' || case when o.role = 'ENTRY' then t.id else md5(t.id::text)::uuid end, o.status, o.type, o.side,
    t.ticker, t.qty, case when o.role = 'ENTRY' then t.qty else 0 end,
    case o.role when 'TAKE_PROFIT' then t.tp_price end, case o.role when 'STOP_LOSS' then t.sl_price end,
    case o.role when 'ENTRY' then t.entry_price end, o.duration, md5(t.id || o.role)::uuid::text,
    case when o.role <> 'ENTRY' then md5(t.id || 'OCO')::uuid::text end,
    t.created_at, t.created_at, case when o.role = 'ENTRY' then t.created_at end, o.role = 'ENTRY'
from paper_trades t cross join (values
    ('ENTRY', 'FILLED', 'market', 'buy_to_open', 'day'),
    ('STOP_LOSS', 'OPEN', 'stop', 'sell_to_close', 'gtc'),
    ('TAKE_PROFIT', 'OPEN', 'limit', 'sell_to_close', 'gtc')
) as o (role, status, type, side, duration)
order by t.id;
insert into fills (id, username, trade_id, order_id, is_buy, quantity, price, fees, fill_rule, filled_at,
    order_filled_quantity)
select uuidv7(), username, trade_id, id, true, quantity, avg_fill_price, quantity * avg_fill_price / 1000,
    'last+slippage', submitted_at, quantity
from orders where role = 'ENTRY' order by trade_id;
insert into paper_orders (id, username, account_id, tag, underlying, symbol, side, type, duration, quantity,
    filled_quantity, filled_value, status, fill_rule, fees, created_at, updated_at, expires_at, rests_from)
select broker_order_id::uuid, username, 'USDT', tag, symbol, symbol, side, type, duration, quantity,
    quantity, quantity * avg_fill_price, 'FILLED', 'last+slippage', quantity * avg_fill_price / 1000,
    created_at, created_at, created_at + interval '1 day', created_at
from orders where role = 'ENTRY';
insert into paper_orders (id, username, account_id, tag, underlying, symbol, side, duration, quantity, status,
    fill_rule, created_at, updated_at, expires_at, rests_from)
select parent_broker_order_id::uuid, username, 'USDT', tag, symbol, symbol, side, 'gtc', 0, 'OPEN',
    'minute', created_at, created_at, created_at + interval '100 years', created_at
from orders where role = 'STOP_LOSS';
insert into paper_orders (id, username, account_id, parent_id, tag, underlying, symbol, side, type, duration,
    quantity, limit_price, stop_price, status, fill_rule, created_at, updated_at, expires_at, rests_from)
select broker_order_id::uuid, username, 'USDT', parent_broker_order_id::uuid, tag, symbol, symbol, side,
    type, 'gtc', quantity, limit_price, stop_price, 'OPEN', 'minute', created_at, created_at,
    created_at + interval '100 years', created_at
from orders where role <> 'ENTRY';
insert into paper_positions (username, account_id, symbol, underlying, quantity, cost_basis, mark_price)
select username, 'USDT', ticker, ticker, sum(qty), sum(qty * entry_price), min(entry_price)
from paper_trades group by 1, 3;
insert into crypto_symbols (symbol, last_minute, price, price_at, looked_at, slippage, slippage_at, filters,
    filters_at)
select symbol, timestamptz '{since}', price, timestamptz '{since}', timestamptz '{since}', 0.0005,
    timestamptz '{since}', jsonb_build_object('tick', tick::text, 'lot', '0.00001', 'least_quantity', '0.00001',
        'most_quantity', '900000', 'least_notional', '5'), timestamptz '{since}'
from coins where symbol in (select ticker from paper_trades);

-- Users with filled iron condors: {users} users with {each} trades each, over {chains} underlyings, each with its one entry.
insert into user_settings (username, sub, account_balance, max_positions, broker_mode)
select 'user' || u, 'sub-of-user' || u, 100000, 1000, '{mode}' from generate_series(0, {users} - 1) u;
insert into portfolio_revisions (username) select username from user_settings;
insert into paper_trades (id, username, status, ticker, qty, filled_qty, open_qty, order_type, limit_price,
    asked_price, entry_price, entry_date, created_at, last_updated, broker_mode, account_id, strategy,
    trigger_precision, structure, risk_floor, risk_basis, entry_credit, entry_credit_usd, current_price, mark_at,
    unrealized_pnl, max_gain, max_drawdown, fees)
select uuidv7(), 'user' || n / {each}, 'OPEN', 'T' || n % {chains}, 2, 2, 2, 'limit', -{price}, -{price},
    -{price}, at, at, at, '{mode}', 'VA' || n / {each}, 'condor', 'SNAPSHOT', 'IRON_CONDOR', 500, 500, {price},
    500, -2.40, at, 20.00, 42.50, -12.25, 2.80
from (select n, timestamptz '2026-02-18 15:00Z' + n * interval '1 second' as at
      from generate_series(0, {users} * {each} - 1) n) s
order by n;
insert into trade_legs (id, username, trade_id, leg_no, instrument, symbol, multiplier, side, quantity,
    option_type, strike, expiry, entry_price)
select uuidv7(), t.username, t.id, l.leg_no, 'OPTION',
    t.ticker || to_char(date '{expiry}', 'YYMMDD') || left(l.option_type, 1) || lpad((s.strike * 1000)::bigint::text, 8, '0'),
    100, l.side, 2, l.option_type, s.strike, '{expiry}', l.entry_price
from (select *, row_number() over (order by id) - 1 as n from paper_trades) t
cross join (values (1, 'LONG', 'PUT', -10, 1.00), (2, 'SHORT', 'PUT', -5, 2.25), (3, 'SHORT', 'CALL', 5, 2.25),
    (4, 'LONG', 'CALL', 10, 1.00)) as l (leg_no, side, option_type, away, entry_price)
cross join lateral (select 100 + 25 * (t.n / {chains}) + l.away as strike) s
order by t.id, l.leg_no;
insert into orders (id, username, trade_id, role, tag, status, type, side, symbol, quantity, filled_quantity,
    limit_price, avg_fill_price, duration, broker_order_id, created_at, submitted_at, ended_at, handled, legs)
select uuidv7(), t.username, t.id, 'ENTRY', 'pt-' || t.id, 'FILLED', 'limit', 'buy_to_open', t.ticker, 2, 2,
    t.entry_price, t.entry_price, 'day', (extract(epoch from t.created_at)::bigint)::text, t.created_at,
    t.created_at, t.created_at, true,
    (select jsonb_agg(jsonb_build_object('leg_no', l.leg_no, 'symbol', l.symbol, 'ratio', 1,
        'side', case l.side when 'LONG' then 'buy_to_open' else 'sell_to_open' end,
        'filled_quantity', '2', 'avg_fill_price', l.entry_price::text) order by l.leg_no)
     from trade_legs l where l.trade_id = t.id)
from paper_trades t order by t.id;
insert into fills (id, username, trade_id, order_id, leg_no, is_buy, quantity, price, fees, fill_rule, filled_at,
    order_filled_quantity)
select uuidv7(), o.username, o.trade_id, o.id, l.leg_no, l.side = 'LONG', 2, l.entry_price, 0.70, 'broker',
    o.submitted_at, 2
from orders o join trade_legs l on l.trade_id = o.trade_id order by o.trade_id, l.leg_no;

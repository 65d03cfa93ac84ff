-- {count} closed trades of {username}, wins and losses over a year; no orders.
insert into paper_trades (id, username, status, ticker, option_type, strike, expiry, qty, filled_qty,
    order_type, entry_price, entry_date, created_at, last_updated, broker_mode, account_id, strategy,
    close_price, close_date, close_reason, realized_pnl, realized_pnl_pct, fees, hold_duration_h)
select uuidv7(), '{username}', 'CLOSED', 'T' || n % 20, 'CALL', 100, '{expiry}', 1, 1, 'limit', {price},
    at, at, at, 'TRADIER_SANDBOX', 'VA0', 's' || n % 5, {price} + gain, at + interval '3 hours', 'TP_HIT',
    gain * 100 - 1.40, (gain * 100 - 1.40) / ({price} * 100) * 100, 1.40, 3
from (select n, timestamptz '2025-01-02 15:00Z' + n % 250 * interval '1 day' + n * interval '1 second' as at,
             (n * 7919 % 200 - 90) / 100.0 as gain
      from generate_series(0, {count} - 1) n) s
order by n;
insert into trade_legs (id, username, trade_id, leg_no, instrument, symbol, multiplier, side, quantity,
    option_type, strike, expiry, entry_price, close_price)
select uuidv7(), username, id, 1, 'OPTION', ticker || '260320C00100000', 100, 'LONG', qty,
    option_type, strike, expiry, entry_price, close_price
from paper_trades where is_locked and username = '{username}' order by id;
insert into fills (id, username, trade_id, is_buy, quantity, price, fees, fill_rule, filled_at)
select uuidv7(), username, id, side, qty, case when side then entry_price else close_price end, 0.70, 'broker',
    case when side then entry_date else close_date end
from paper_trades cross join (values (true), (false)) as s (side) where is_locked and username = '{username}' order by id, side desc;

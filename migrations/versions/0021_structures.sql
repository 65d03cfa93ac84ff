-- Signs are free where a structure's price may be a credit; a fill of one leg keeps its own.
alter table paper_trades
    drop constraint paper_trades_limit_price_check,
    drop constraint paper_trades_asked_price_check,
    drop constraint paper_trades_entry_price_check,
    drop constraint paper_trades_sl_price_check,
    drop constraint paper_trades_tp_price_check,
    drop constraint paper_trades_close_price_check,
    add constraint paper_trades_limit_price_check check (limit_price <> 0),
    add constraint paper_trades_sl_price_check check (sl_price <> 0),
    add constraint paper_trades_tp_price_check check (tp_price <> 0),
    -- What a close that was asked for may cost at worst, and how much of the holding it is about.
    add column closing_limit_price numeric(20, 8) check (closing_limit_price <> 0),
    add column closing_qty numeric(20, 8) check (closing_qty > 0),
    -- What its legs are called together, and what one structure can come to owe beyond what entering it took.
    add column structure text,
    add column risk_floor numeric(20, 8) not null default 0 check (risk_floor >= 0),
    add column risk_basis numeric(20, 8),
    add column entry_credit numeric(20, 8),
    add column entry_credit_usd numeric(20, 8),
    add column exit_debit numeric(20, 8),
    add column exit_debit_usd numeric(20, 8);

alter table trade_legs
    drop constraint trade_legs_leg_no_check,
    -- Up to four are asked for; shares that come of them are legs of their own.
    add constraint trade_legs_leg_no_check check (leg_no between 1 and 8),
    drop constraint trade_legs_quantity_check,
    add constraint trade_legs_quantity_check check (quantity >= 0),
    -- What is held of it where that is not its share of the structures held.
    add column apart_qty numeric(20, 8) check (apart_qty >= 0),
    add column origin text check (origin in ('ASSIGNED', 'EXERCISED'));

alter table orders
    drop constraint orders_limit_price_check,
    drop constraint orders_avg_fill_price_check,
    add column legs jsonb not null default '[]',
    add constraint orders_limit_price_check check (limit_price > 0 or legs <> '[]'),
    add constraint orders_avg_fill_price_check check (avg_fill_price >= 0 or legs <> '[]');

alter table fills
    add column leg_no smallint not null default 1,
    drop constraint fills_order_id_order_filled_quantity_key,
    -- What the broker had filled of the order in all, this fill included: the same news twice is one row a leg (I-07).
    add constraint fills_once unique (order_id, leg_no, order_filled_quantity);

-- Ended trades are named too: a name is no fact that may not change.
select set_config('app.migration', 'on', true);
alter table paper_trades disable trigger check_trade_change;
update paper_trades t set structure = case
    when l.instrument = 'EQUITY' then 'SHARES'
    when l.instrument = 'CRYPTO' then 'CRYPTO'
    else l.side || '_' || l.option_type end
from trade_legs l where l.trade_id = t.id and l.leg_no = 1;
alter table paper_trades enable trigger check_trade_change;
select set_config('app.migration', 'off', true);

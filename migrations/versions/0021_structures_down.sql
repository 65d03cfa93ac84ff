alter table fills
    drop constraint fills_once,
    add constraint fills_order_id_order_filled_quantity_key unique (order_id, order_filled_quantity),
    drop column leg_no;

alter table orders
    drop constraint orders_limit_price_check,
    drop constraint orders_avg_fill_price_check,
    drop column legs,
    add constraint orders_limit_price_check check (limit_price > 0),
    add constraint orders_avg_fill_price_check check (avg_fill_price >= 0);

alter table trade_legs
    drop column origin,
    drop column apart_qty,
    drop constraint trade_legs_quantity_check,
    add constraint trade_legs_quantity_check check (quantity > 0),
    drop constraint trade_legs_leg_no_check,
    add constraint trade_legs_leg_no_check check (leg_no between 1 and 4);

alter table paper_trades
    drop column exit_debit_usd,
    drop column exit_debit,
    drop column entry_credit_usd,
    drop column entry_credit,
    drop column risk_basis,
    drop column risk_floor,
    drop column structure,
    drop column closing_qty,
    drop column closing_limit_price,
    drop constraint paper_trades_tp_price_check,
    drop constraint paper_trades_sl_price_check,
    drop constraint paper_trades_limit_price_check,
    add constraint paper_trades_limit_price_check check (limit_price > 0),
    add constraint paper_trades_asked_price_check check (asked_price > 0),
    add constraint paper_trades_entry_price_check check (entry_price >= 0),
    add constraint paper_trades_sl_price_check check (sl_price > 0),
    add constraint paper_trades_tp_price_check check (tp_price > 0),
    add constraint paper_trades_close_price_check check (close_price >= 0);

-- What the account was found not to hold of a trade: its exits are clamped to the rest until a price is known.
alter table paper_trades
    add column missing_qty numeric(20, 8) not null default 0 check (missing_qty >= 0 and missing_qty <= open_qty);

-- When positions were last read (null: to be read next), and what then differed from the books, by symbol.
alter table broker_accounts
    add column positions_at timestamptz,
    add column differences jsonb not null default '{}';

-- A broker's later word on a trade that has ended: the facts stay, this says what they would be (A-01).
create table trade_amendments (
    id uuid primary key,
    username text not null,
    trade_id uuid not null,
    at timestamptz not null default papertape_now(),
    fill_id uuid not null,
    reason text not null,
    realized_pnl numeric(20, 8),
    held_qty numeric(20, 8) not null,
    foreign key (trade_id, username) references paper_trades (id, username) on delete cascade,
    foreign key (fill_id) references fills (id) on delete cascade
);
create index trade_amendments_user on trade_amendments (username, trade_id);
create trigger forbid_change before update on trade_amendments for each row execute function forbid_change();

-- As 0001, and: an order taken for over may turn out to have filled, by its broker's word (I-04).
create or replace function check_order_change() returns trigger language plpgsql as $$
begin
    if new.status <> old.status and not (
        old.status = 'INTENT' and new.status in ('SENT', 'CANCELED')
        or old.status = 'SENT' and new.status <> 'INTENT'
        or old.status = 'UNKNOWN' and new.status not in ('INTENT', 'SENT')
        or old.status = 'PENDING' and new.status not in ('INTENT', 'SENT', 'UNKNOWN')
        or old.status = 'OPEN' and new.status not in ('INTENT', 'SENT', 'UNKNOWN')
        or old.status = 'PARTIALLY_FILLED' and new.status in ('FILLED', 'CANCELED', 'REJECTED', 'EXPIRED')
        or old.status in ('CANCELED', 'REJECTED', 'EXPIRED') and new.status = 'FILLED'
            and new.filled_quantity > old.filled_quantity)
    then
        raise exception 'an order cannot go from % to %', old.status, new.status using errcode = 'check_violation';
    end if;
    if new.filled_quantity < old.filled_quantity then
        raise exception 'a filled quantity never falls' using errcode = 'check_violation';
    end if;
    return new;
end $$;

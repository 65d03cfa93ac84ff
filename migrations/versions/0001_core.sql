-- Product time goes along with each transaction; without it (in the cloud) the server's clock is product time.
create function papertape_now() returns timestamptz language sql volatile
    as $$ select coalesce(nullif(current_setting('app.now', true), '')::timestamptz, clock_timestamp()) $$;

create table paper_trades (
    id uuid primary key,
    username text not null,
    version integer not null default 1 check (version >= 1),
    originator text not null default 'PERSON' check (originator in ('PERSON', 'DESK', 'AI')),
    originator_id text,
    strategy text,
    status text not null default 'PENDING' check (status in
        ('PENDING', 'PARTIALLY_FILLED', 'OPEN', 'CLOSING', 'CLOSED', 'EXPIRED', 'CANCELED')),
    is_locked boolean not null generated always as (status in ('CLOSED', 'EXPIRED', 'CANCELED')) stored,
    created_at timestamptz not null default papertape_now(),
    last_updated timestamptz not null default papertape_now(),
    idempotency_key text,
    ticker text not null check (ticker ~ '^[A-Z0-9./-]{1,10}$'),
    option_type text check (option_type in ('CALL', 'PUT')),
    strike numeric(20, 8) check (strike > 0),
    expiry date,
    qty numeric(20, 8) not null check (qty > 0),
    filled_qty numeric(20, 8) not null default 0 check (filled_qty >= 0 and filled_qty <= qty),
    open_qty numeric(20, 8) not null default 0 check (open_qty >= 0 and open_qty <= filled_qty),
    excess_qty numeric(20, 8) not null default 0 check (excess_qty >= 0),
    order_type text not null check (order_type in ('market', 'limit')),
    limit_price numeric(20, 8) check (limit_price > 0),
    asked_price numeric(20, 8) check (asked_price > 0),
    entry_price numeric(20, 8) check (entry_price >= 0),
    entry_date timestamptz,
    delta_at_entry numeric(20, 8),
    iv_at_entry numeric(20, 8),
    sl_price numeric(20, 8) check (sl_price > 0),
    tp_price numeric(20, 8) check (tp_price > 0),
    override_count integer not null default 0 check (override_count >= 0),
    close_requested_at timestamptz,
    cancel_requested_at timestamptz,
    closing_reason text,
    protection_failures integer not null default 0,
    protection_tried_at timestamptz,
    unprotected_since timestamptz,
    current_price numeric(20, 8),
    mark_at timestamptz,
    delayed boolean not null default false,
    unrealized_pnl numeric(20, 8),
    max_gain numeric(20, 8) check (max_gain >= 0),
    max_drawdown numeric(20, 8) check (max_drawdown <= 0),
    close_price numeric(20, 8) check (close_price >= 0),
    close_date timestamptz,
    close_reason text check (close_reason in
        ('TP_HIT', 'SL_HIT', 'MANUAL_CLOSE', 'EXPIRED_OTM', 'EXPIRED_ITM', 'EXERCISED', 'LIQUIDATED_BY_BROKER',
         'BROKER_RESET', 'KILL_SWITCH', 'STRATEGY_EXIT', 'REJECTED', 'CANCELED', 'UNFILLED', 'NOT_PLACED')),
    close_detail text,
    realized_pnl numeric(20, 8),
    realized_pnl_pct numeric(20, 8),
    fees numeric(20, 8) not null default 0 check (fees >= 0),
    hold_duration_h numeric(20, 8) check (hold_duration_h >= 0),
    broker_mode text not null check (broker_mode in ('PAPER', 'TRADIER_SANDBOX', 'TRADIER_LIVE', 'IMPORTED')),
    account_id text not null,
    trigger_precision text not null default 'BROKER_FILL' check (trigger_precision in ('BROKER_FILL', 'SNAPSHOT')),
    card_score numeric(20, 8),
    ai_score numeric(20, 8),
    ai_verdict text,
    gate_verdict text,
    technical_score numeric(20, 8),
    sentiment_score numeric(20, 8),
    signals_snapshot jsonb,
    signals_given jsonb,
    market_regime jsonb,
    order_book_state jsonb,
    ai_reasoning_log jsonb,
    target_pnl_15m numeric(20, 8),
    target_pnl_1h numeric(20, 8),
    target_mfe_pct numeric(20, 8),
    target_mae_pct numeric(20, 8),
    trade_context jsonb,
    unique (id, username),
    unique (username, idempotency_key),
    -- A held position never ends as CANCELED (I-30).
    check (status <> 'CANCELED' or filled_qty = 0),
    -- An ended trade holds nothing and says why; a trade that goes on says nothing yet.
    check ((status in ('CLOSED', 'EXPIRED', 'CANCELED')) = (close_reason is not null)),
    check (status not in ('CLOSED', 'EXPIRED', 'CANCELED') or (open_qty = 0 and excess_qty = 0))
);
create index paper_trades_status on paper_trades (username, status);
create index paper_trades_newest on paper_trades (username, id desc);
create index paper_trades_ended on paper_trades (username, close_date desc, id desc) where is_locked;
create index paper_trades_context on paper_trades using gin (trade_context);
-- Jobs look for what has not ended, by account.
create index paper_trades_working on paper_trades (broker_mode, account_id) where not is_locked;

create table trade_legs (
    id uuid primary key,
    username text not null,
    trade_id uuid not null,
    leg_no smallint not null check (leg_no between 1 and 4),
    instrument text not null check (instrument in ('OPTION', 'EQUITY', 'CRYPTO')),
    symbol text not null,
    multiplier numeric(20, 8) not null check (multiplier > 0),
    side text not null check (side in ('LONG', 'SHORT')),
    ratio integer not null default 1 check (ratio >= 1),
    quantity numeric(20, 8) not null check (quantity > 0),
    option_type text check (option_type in ('CALL', 'PUT')),
    strike numeric(20, 8) check (strike > 0),
    expiry date,
    entry_price numeric(20, 8) check (entry_price >= 0),
    close_price numeric(20, 8) check (close_price >= 0),
    unique (trade_id, leg_no),
    foreign key (trade_id, username) references paper_trades (id, username) on delete cascade,
    check ((instrument = 'OPTION') = (option_type is not null and strike is not null and expiry is not null))
);
create index trade_legs_user on trade_legs (username, trade_id);

create table orders (
    id uuid primary key,
    username text not null,
    trade_id uuid not null,
    role text not null check (role in ('ENTRY', 'STOP_LOSS', 'TAKE_PROFIT', 'EXIT')),
    tag text not null,
    status text not null default 'INTENT' check (status in
        ('INTENT', 'SENT', 'UNKNOWN', 'PENDING', 'OPEN', 'PARTIALLY_FILLED',
         'FILLED', 'CANCELED', 'REJECTED', 'EXPIRED')),
    type text not null check (type in ('market', 'limit', 'stop')),
    side text not null check (side in ('buy_to_open', 'buy_to_close', 'sell_to_open', 'sell_to_close')),
    symbol text not null,
    quantity numeric(20, 8) not null check (quantity > 0),
    filled_quantity numeric(20, 8) not null default 0 check (filled_quantity >= 0 and filled_quantity <= quantity),
    limit_price numeric(20, 8) check (limit_price > 0),
    stop_price numeric(20, 8) check (stop_price > 0),
    avg_fill_price numeric(20, 8) check (avg_fill_price >= 0),
    duration text not null check (duration in ('day', 'gtc')),
    broker_order_id text,
    parent_broker_order_id text,
    reason text,
    created_at timestamptz not null default papertape_now(),
    submitted_at timestamptz,
    cancel_requested_at timestamptz,
    missed_at timestamptz,
    ended_at timestamptz,
    -- Its end was acted upon: a failed exit sends its trade back to OPEN once, not at every later close.
    handled boolean not null default false,
    -- Both legs of an OCO go out in one call under one tag.
    unique (tag, role),
    foreign key (trade_id, username) references paper_trades (id, username) on delete cascade
);
create index orders_user on orders (username, trade_id);
create index orders_trade on orders (trade_id);
-- One entry, one exit and one bracket at most are alive per trade (I-01, I-08).
create unique index orders_one_alive on orders (trade_id, role)
    where status not in ('FILLED', 'CANCELED', 'REJECTED', 'EXPIRED');

create table fills (
    id uuid primary key,
    username text not null,
    trade_id uuid not null,
    order_id uuid references orders (id) on delete cascade,
    kind text not null default 'FILL' check (kind in ('FILL', 'SETTLEMENT', 'CORRECTION')),
    is_buy boolean not null,
    quantity numeric(20, 8) not null check (quantity > 0),
    price numeric(20, 8) not null check (price >= 0),
    fees numeric(20, 8) not null default 0,
    fill_rule text not null,
    filled_at timestamptz not null,
    created_at timestamptz not null default papertape_now(),
    -- What the broker had filled of the order in all, this fill included: the same news twice is one row (I-07).
    order_filled_quantity numeric(20, 8),
    unique (order_id, order_filled_quantity),
    foreign key (trade_id, username) references paper_trades (id, username) on delete cascade
);
create index fills_user on fills (username, trade_id);
create index fills_trade on fills (trade_id);

create table trade_changes (
    id uuid primary key,
    username text not null,
    trade_id uuid not null,
    at timestamptz not null default papertape_now(),
    triggered_by text not null check (triggered_by in ('USER_MANUAL', 'RULE_ENGINE', 'AI_ANALYSIS')),
    kind text not null,
    reason text,
    before jsonb not null,
    after jsonb not null,
    state text not null default 'PENDING' check (state in ('PENDING', 'APPLIED', 'VETOED', 'SUPERSEDED', 'FAILED')),
    error text,
    settled_at timestamptz,
    foreign key (trade_id, username) references paper_trades (id, username) on delete cascade
);
create index trade_changes_user on trade_changes (username, trade_id, at);
create unique index trade_changes_one_pending on trade_changes (trade_id) where state = 'PENDING';

create table state_transitions (
    id uuid primary key,
    username text not null,
    trade_id uuid not null,
    at timestamptz not null default papertape_now(),
    from_status text,
    to_status text not null,
    actor text not null check (actor in ('user', 'broker', 'system')),
    reason text,
    foreign key (trade_id, username) references paper_trades (id, username) on delete cascade
);
create index state_transitions_user on state_transitions (username, trade_id, at);

create table price_snapshots (
    username text not null,
    trade_id uuid not null,
    leg_no smallint not null default 1,
    "timestamp" timestamptz not null,
    kind text not null check (kind in ('INTRADAY', 'PRE_MARKET', 'POST_MARKET', 'ENTRY', 'EXIT')),
    mark_price numeric(20, 8),
    bid numeric(20, 8),
    ask numeric(20, 8),
    delta numeric(20, 8),
    gamma numeric(20, 8),
    theta numeric(20, 8),
    vega numeric(20, 8),
    iv numeric(20, 8),
    underlying numeric(20, 8),
    source text,
    stale boolean not null default false,
    one_sided boolean not null default false,
    delayed boolean not null default false,
    reason text,
    primary key (trade_id, "timestamp", kind, leg_no),
    foreign key (trade_id, username) references paper_trades (id, username) on delete cascade
) partition by range ("timestamp");
create index price_snapshots_user on price_snapshots (username, trade_id, "timestamp");

create table user_settings (
    username text primary key,
    sub text not null,
    version integer not null default 1,
    broker_mode text not null default 'TRADIER_SANDBOX' check (broker_mode in ('PAPER', 'TRADIER_SANDBOX', 'TRADIER_LIVE')),
    live_enabled boolean not null default false,
    tradier_sandbox_token_sealed text,
    tradier_sandbox_token_last4 text,
    tradier_live_token_sealed text,
    tradier_live_token_last4 text,
    tradier_sandbox_account_id text,
    tradier_live_account_id text,
    account_balance numeric(20, 8) not null default 5000 check (account_balance > 0),
    max_positions integer not null default 5 check (max_positions >= 0),
    daily_loss_limit numeric(20, 8) not null default 150 check (daily_loss_limit >= 0),
    heat_limit_pct numeric(20, 8) not null default 6 check (heat_limit_pct >= 0),
    allow_market_live boolean not null default false,
    close_before_expiry boolean not null default true,
    auto_refresh boolean not null default true,
    sounds boolean not null default true,
    alert_channels jsonb not null default '[]',
    refreshed_at timestamptz,
    created_at timestamptz not null default papertape_now(),
    updated_at timestamptz not null default papertape_now(),
    check (broker_mode <> 'TRADIER_LIVE' or live_enabled)
);

-- What sync remembers of an account between two looks at it.
create table broker_accounts (
    username text not null,
    broker_mode text not null,
    account_id text not null,
    failures integer not null default 0,
    empty_since timestamptz,
    primary key (username, broker_mode, account_id)
);

create table access_tokens (
    id uuid primary key,
    username text not null references user_settings (username) on delete cascade,
    name text not null,
    scope text not null check (scope in ('read', 'trade')),
    token_hash bytea not null unique,
    last4 text not null,
    created_at timestamptz not null default papertape_now(),
    expires_at timestamptz,
    last_used_at timestamptz
);
create index access_tokens_user on access_tokens (username, id);

-- Runs before a user is known, so it looks past row security for exactly one row by an unguessable hash.
-- The setting opens rows to the owner alone, as whom this function runs, and only until it returns.
create function find_access_token(wanted bytea)
    returns table (id uuid, username text, scope text, expires_at timestamptz, last_used_at timestamptz)
    language plpgsql security definer set search_path = public, pg_temp as $$
begin
    perform set_config('app.migration', 'on', true);
    return query select t.id, t.username, t.scope, t.expires_at, t.last_used_at
        from access_tokens t where t.token_hash = wanted;
    perform set_config('app.migration', 'off', true);
end $$;

create table idempotency_keys (
    username text not null,
    key text not null check (length(key) between 1 and 100),
    fingerprint text not null,
    state text not null default 'RUNNING' check (state in ('RUNNING', 'DONE')),
    status integer,
    body jsonb,
    location text,
    trade_id uuid,
    created_at timestamptz not null default papertape_now(),
    running_until timestamptz not null,
    primary key (username, key)
);

create table alerts (
    id uuid primary key,
    username text not null,
    at timestamptz not null default papertape_now(),
    severity text not null check (severity in ('info', 'warning', 'critical')),
    kind text not null,
    trade_id uuid,
    text text not null,
    question text,
    accepted boolean,
    dedupe_key text,
    resolved_at timestamptz,
    acked_at timestamptz,
    foreign key (trade_id, username) references paper_trades (id, username) on delete cascade
);
create index alerts_user on alerts (username, at desc, id desc);
-- One open alert of a kind about the same thing: a condition that lasts is told once.
create unique index alerts_one_open on alerts (username, dedupe_key) where resolved_at is null;

-- Moves with everything a portfolio shows, marks included: an unchanged list costs one indexed row.
create table portfolio_revisions (
    username text primary key,
    revision bigint not null default 1
);

create table request_counters (
    username text not null,
    minute timestamptz not null,
    requests integer not null,
    primary key (username, minute)
);

create table job_runs (
    job text not null,
    due_at timestamptz not null,
    scope text not null default '',
    claimed_at timestamptz not null default clock_timestamp(),
    started_at timestamptz not null default papertape_now(),
    finished_at timestamptz,
    late_seconds numeric(20, 8) not null default 0,
    attempts integer not null default 1,
    ok boolean,
    result jsonb,
    primary key (job, due_at, scope)
);
create index job_runs_latest on job_runs (job, due_at desc);

-- Lease times are the server's own: they guard against dead workers, not against product time.
create table leases (
    resource text primary key,
    holder text not null,
    until timestamptz not null,
    fencing bigint not null default 1
);

create table rate_budgets (
    token_key text primary key,
    called_at timestamptz[] not null default '{}'
);

create table vendor_usage (
    vendor text not null,
    month date not null,
    calls bigint not null default 0,
    primary key (vendor, month)
);

create table market_closures (
    day date primary key,
    closes time,
    reason text not null
);

create function check_trade_change() returns trigger language plpgsql as $$
declare
    free constant text[] := array['version', 'last_updated', 'trade_context', 'target_pnl_15m', 'target_pnl_1h',
        'target_mfe_pct', 'target_mae_pct', 'signals_snapshot', 'market_regime', 'order_book_state',
        'unprotected_since',
        'idempotency_key',
        'is_locked'];  -- generated: a trigger that runs before the update sees it as null
begin
    if old.is_locked and (to_jsonb(new) - free) <> (to_jsonb(old) - free) then
        raise exception 'trade % has ended: its facts do not change', old.id using errcode = 'check_violation';
    end if;
    if new.status <> old.status and not (old.status || '>' || new.status) = any (array[
        'PENDING>OPEN', 'PENDING>PARTIALLY_FILLED', 'PENDING>CANCELED',
        'PARTIALLY_FILLED>OPEN', 'PARTIALLY_FILLED>CLOSING', 'PARTIALLY_FILLED>CLOSED', 'PARTIALLY_FILLED>EXPIRED',
        'OPEN>CLOSING', 'OPEN>CLOSED', 'OPEN>EXPIRED',
        'CLOSING>CLOSED', 'CLOSING>OPEN', 'CLOSING>EXPIRED'])
    then
        raise exception 'a trade cannot go from % to %', old.status, new.status using errcode = 'check_violation';
    end if;
    if new.version < old.version then
        raise exception 'a version never falls' using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger check_trade_change before update on paper_trades
    for each row execute function check_trade_change();

create function check_order_change() returns trigger language plpgsql as $$
begin
    if new.status <> old.status and not (
        old.status = 'INTENT' and new.status in ('SENT', 'CANCELED')
        or old.status = 'SENT' and new.status <> 'INTENT'
        or old.status = 'UNKNOWN' and new.status not in ('INTENT', 'SENT')
        or old.status = 'PENDING' and new.status not in ('INTENT', 'SENT', 'UNKNOWN')
        or old.status = 'OPEN' and new.status not in ('INTENT', 'SENT', 'UNKNOWN')
        or old.status = 'PARTIALLY_FILLED' and new.status in ('FILLED', 'CANCELED', 'REJECTED', 'EXPIRED'))
    then
        raise exception 'an order cannot go from % to %', old.status, new.status using errcode = 'check_violation';
    end if;
    if new.filled_quantity < old.filled_quantity then
        raise exception 'a filled quantity never falls' using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger check_order_change before update on orders
    for each row execute function check_order_change();

-- Fills and transitions are a ledger: rows are added, never changed.
create function forbid_change() returns trigger language plpgsql as $$
begin
    raise exception 'rows of % are never changed', tg_table_name using errcode = 'check_violation';
end $$;
create trigger forbid_change before update on fills for each row execute function forbid_change();
create trigger forbid_change before update on state_transitions for each row execute function forbid_change();

-- A month's partition is made by whoever first writes into it, with row security of its own (a partition
-- does not inherit its parent's); the definer's rights are the owner's, which no function in the cloud has.
create function ensure_snapshot_partition(at timestamptz) returns void
    language plpgsql security definer set search_path = public, pg_temp as $$
declare
    first_day date := date_trunc('month', at at time zone 'UTC');
    name text := 'price_snapshots_' || to_char(first_day, 'YYYYMM');
begin
    if to_regclass('public.' || name) is not null then
        return;
    end if;
    begin
        execute format(
            'create table %I partition of price_snapshots for values from (%L) to (%L)',
            name, first_day::timestamp at time zone 'UTC', (first_day + interval '1 month') at time zone 'UTC');
    exception when duplicate_table then
        return;
    end;
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy app on %I for all to papertape_app using
        (username = (select nullif(current_setting(''app.current_user'', true), ''''))) with check
        (username = (select nullif(current_setting(''app.current_user'', true), '''')))', name);
    execute format('create policy jobs on %I for all to papertape_jobs using
        ((select nullif(current_setting(''app.current_user'', true), '''')) is null
         or username = (select nullif(current_setting(''app.current_user'', true), ''''))) with check
        ((select nullif(current_setting(''app.current_user'', true), '''')) is null
         or username = (select nullif(current_setting(''app.current_user'', true), '''')))', name);
    execute format('create policy backup on %I for select to papertape_backup using (true)', name);
    execute format('create policy migration on %I for all to current_user using
        ((select current_setting(''app.migration'', true)) = ''on'') with check
        ((select current_setting(''app.migration'', true)) = ''on'')', name);
    execute format('grant select on %I to papertape_backup', name);
end $$;

-- What the sign-in groups said last, for jobs, which meet no sign-in (C-08): by which token, as of its issue. Null: never.
alter table user_settings
    add column tier text check (tier in ('free', 'pro', 'elite')),
    add column tier_told_at timestamptz;

drop function find_holder(text, text);
create function find_holder(wanted text, wanted_sub text)
    returns table (username text, sub text, state text, sessions_from timestamptz, kept_session text, holders bigint,
                   tier text, tier_told_at timestamptz)
    language plpgsql security definer set search_path = public, pg_temp as $$
begin
    perform set_config('app.migration', 'on', true);
    return query
        select u.username, u.sub, u.state, u.sessions_from, u.kept_session, count(*) over (), u.tier, u.tier_told_at
        from user_settings u where split_part(u.username, ' ', 1) = wanted
        order by u.sub = wanted_sub desc, length(u.username) desc, u.username desc limit 1;
    perform set_config('app.migration', 'off', true);
end $$;

-- A user's traders (C-01). One that is removed keeps its row: decisions and trades name it.
create table traders (
    id uuid primary key,
    username text not null references user_settings (username) on delete cascade,
    version integer not null default 1 check (version >= 1),
    name text not null,
    symbols text[] not null check (cardinality(symbols) between 1 and 100),
    timeframe text not null check (timeframe in ('1m', '5m', '15m', '1h', '4h', '1d')),
    filter jsonb,
    analysis jsonb not null,
    trading jsonb not null,
    enabled boolean not null,
    paused_at timestamptz,
    -- By total drawdown, until a person resumes it.
    locked_at timestamptz,
    live_enabled boolean not null default false,
    disclaimer_at timestamptz,
    secret_sealed text,
    created_at timestamptz not null default papertape_now(),
    updated_at timestamptz not null default papertape_now(),
    removed_at timestamptz,
    unique (id, username),
    check (removed_at is null or not enabled)
);
create index traders_user on traders (username, created_at);

-- Runs before a user is known: whose trader a webhook names, of whoever is served.
create function find_trader_owner(wanted uuid)
    returns text
    language plpgsql security definer set search_path = public, pg_temp as $$
declare
    found_owner text;
begin
    perform set_config('app.migration', 'on', true);
    select t.username into found_owner from traders t join user_settings u on u.username = t.username
        where t.id = wanted and t.removed_at is null and u.state = 'ACTIVE';
    perform set_config('app.migration', 'off', true);
    return found_owner;
end $$;

-- Symbols that a person closed by hand: the model leaves them alone until the owner resumes them (C-07).
create table silenced_symbols (
    trader_id uuid not null,
    username text not null,
    symbol text not null,
    since timestamptz not null default papertape_now(),
    primary key (trader_id, symbol),
    foreign key (trader_id, username) references traders (id, username) on delete cascade
);
create index silenced_symbols_user on silenced_symbols (username);

create table signals (
    id uuid primary key,
    username text not null,
    trader_id uuid not null,
    symbol text not null,
    source text not null check (source in ('FILTER', 'WEBHOOK')),
    setup_score numeric(20, 8) not null check (setup_score between 0 and 1),
    -- The close of the candle that it belongs to.
    candle timestamptz not null,
    -- What a webhook said: its id, side, price, interval and note; data, never orders.
    external_id text,
    -- The proof that a signed one came with: the same message again is known by it.
    signature text,
    told jsonb not null default '{}',
    at timestamptz not null default papertape_now(),
    unique (id, username),
    foreign key (trader_id, username) references traders (id, username) on delete cascade
);
create index signals_user on signals (username, at desc, id desc);
create unique index signals_one_a_candle on signals (trader_id, symbol, candle) where source = 'FILTER';
create unique index signals_one_an_id on signals (trader_id, external_id) where external_id is not null;
create unique index signals_one_a_signature on signals (trader_id, signature) where signature is not null;

create table decisions (
    id uuid primary key,
    username text not null,
    trader_id uuid not null,
    trader_version integer not null,
    signal_id uuid,
    trade_id uuid,
    symbol text not null,
    candle timestamptz not null,
    at timestamptz not null,
    version integer not null default 1 check (version >= 1),
    source text not null check (source in ('MODEL', 'RULE_FALLBACK')),
    model text,
    prompt_version text,
    latency_ms integer,
    tokens jsonb,
    cost_usd numeric(20, 8),
    context_hash text,
    context jsonb,
    raw_answer text,
    decision text not null,
    confidence numeric(20, 8) not null,
    reasoning text not null,
    -- The other fields of the answer, as they were said.
    fields jsonb not null default '{}',
    outcome text not null check (outcome in ('EXECUTED', 'NO_TRADE', 'BELOW_CONFIDENCE', 'VALIDATION_FAILED',
        'AWAITING_APPROVAL', 'USER_REJECTED', 'EXPIRED', 'QUEUED', 'NOT_EXECUTED')),
    validation jsonb,
    -- What the rules were held against: judging it again says the same.
    facts jsonb,
    expires_at timestamptz,
    price_then numeric(20, 8),
    settled_at timestamptz,
    unique (id, username),
    foreign key (trader_id, username) references traders (id, username) on delete cascade,
    foreign key (signal_id, username) references signals (id, username) on delete cascade,
    foreign key (trade_id, username) references paper_trades (id, username) on delete cascade
);
create index decisions_user on decisions (username, at desc, id desc);
create index decisions_trader on decisions (username, trader_id, at desc);
create index decisions_waiting on decisions (username, outcome, expires_at) where outcome in ('AWAITING_APPROVAL', 'QUEUED');
-- A signal is decided once, and a held symbol once a candle.
create unique index decisions_one_a_signal on decisions (signal_id) where signal_id is not null;
create unique index decisions_one_a_candle on decisions (trade_id, candle) where trade_id is not null and signal_id is null;

-- What model calls cost: the worst is put aside before a call and settled after it (C-13).
create table ai_costs (
    username text not null references user_settings (username) on delete cascade,
    trader_id uuid not null,
    day date not null,
    reserved_usd numeric(20, 8) not null default 0 check (reserved_usd >= 0),
    spent_usd numeric(20, 8) not null default 0 check (spent_usd >= 0),
    calls integer not null default 0,
    primary key (username, trader_id, day),
    foreign key (trader_id, username) references traders (id, username) on delete cascade
);

-- P&L as drawdowns measure it; the account's own row has no trader (C-03).
create table ai_falls (
    id uuid primary key,
    username text not null references user_settings (username) on delete cascade,
    mode text not null check (mode in ('paper', 'live')),
    trader_id uuid,
    day date not null,
    at_midnight numeric(20, 8) not null,
    portfolio_at_midnight numeric(20, 8) not null,
    -- Null once its owner resumed the trader: the next look begins it anew.
    peak numeric(20, 8),
    portfolio_at_start numeric(20, 8) not null,
    unique nulls not distinct (username, mode, trader_id),
    foreign key (trader_id, username) references traders (id, username) on delete cascade
);

-- Starts of the paper account, the first one and each reset (C-05).
create table ai_paper_starts (
    id uuid primary key,
    username text not null references user_settings (username) on delete cascade,
    at timestamptz not null,
    equity numeric(20, 8) not null,
    start_equity numeric(20, 8) not null
);
create index ai_paper_starts_user on ai_paper_starts (username, at);

-- A day of a trader as performance tells it (C-09).
create table ai_daily_rows (
    username text not null references user_settings (username) on delete cascade,
    trader_id uuid not null,
    mode text not null,
    day date not null,
    pnl numeric(20, 8) not null,
    equity numeric(20, 8) not null,
    trades integer not null,
    primary key (username, trader_id, mode, day),
    foreign key (trader_id, username) references traders (id, username) on delete cascade
);

create table ai_replays (
    id uuid primary key,
    username text not null,
    trader_id uuid not null,
    request jsonb not null,
    status text not null check (status in ('queued', 'running', 'done', 'failed', 'canceled')),
    progress integer not null default 0 check (progress between 0 and 100),
    result jsonb,
    created_at timestamptz not null default papertape_now(),
    foreign key (trader_id, username) references traders (id, username) on delete cascade
);
create index ai_replays_user on ai_replays (username, created_at desc);

-- The operator's: whether traders may enter, which prompts are in use (C-02, C-07).
create table ai_switches (
    name text primary key check (name in ('entries', 'prompt_version')),
    value jsonb not null,
    set_by text not null,
    set_at timestamptz not null default papertape_now()
);

-- The market's: the last minute of each symbol that ticks went through, and its filters as the exchange told them.
create table crypto_symbols (
    symbol text primary key,
    -- The end of the last minute that all paper orders have met.
    last_minute timestamptz,
    price numeric(20, 8),
    price_at timestamptz,
    filters jsonb,
    filters_at timestamptz,
    -- The last tick that asked for it, answered or not: from then on we were away.
    looked_at timestamptz,
    -- How far against its owner a market order fills, a fraction of the price.
    slippage numeric(20, 8) check (slippage >= 0),
    slippage_at timestamptz
);

-- Coins in the paper books (C-05): minutes fill them, from an instant on, and fees say what they are paid in.
alter table paper_orders add column rests_from timestamptz;
alter table paper_fills add column fee_asset text not null default 'USD';
-- Minutes up to here some order of this account has not met, though ticks went on.
alter table paper_accounts add column behind_since timestamptz;
-- The steps of a coin's prices and quantities at its exchange, as they were when it was entered.
alter table trade_legs add column price_step numeric(20, 8) check (price_step > 0);
alter table trade_legs add column quantity_step numeric(20, 8) check (quantity_step > 0);

-- A change by the model waits until then, and is claimed by whoever carries it out (C-04).
alter table trade_changes add column apply_at timestamptz;
alter table trade_changes add column decision_id uuid;
alter table trade_changes add column validation jsonb;

-- A vendor that banned us for a while: no call goes out meanwhile (C-06).
alter table rate_budgets add column closed_until timestamptz;

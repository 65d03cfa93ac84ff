-- A user's strategies (B-01). One that is removed keeps its row: evaluations and trades name it.
create table strategies (
    id uuid primary key,
    username text not null references user_settings (username) on delete cascade,
    version integer not null default 1 check (version >= 1),
    name text not null,
    type text not null,
    underlying text not null,
    enabled boolean not null,
    mode text not null check (mode in ('paper', 'shadow', 'live')),
    preferred_broker text not null,
    entry_conditions jsonb not null,
    exit_conditions jsonb not null,
    sizing jsonb not null,
    max_positions integer not null check (max_positions >= 1),
    created_at timestamptz not null default papertape_now(),
    updated_at timestamptz not null default papertape_now(),
    removed_at timestamptz,
    unique (id, username),
    check (removed_at is null or not enabled)
);
create index strategies_user on strategies (username, created_at);

-- The desk of a user: limits over all strategies (B-01, B-09), and whether entries are scanned for.
create table desk_settings (
    username text primary key references user_settings (username) on delete cascade,
    version integer not null default 1 check (version >= 1),
    max_positions integer not null,
    max_condors_per_expiry integer not null,
    max_daily_loss numeric(20, 8) not null,
    max_bid_ask_spread_percent numeric(20, 8) not null,
    fill_price_buffer_pct numeric(20, 8) not null,
    zero_dte_close_buffer_minutes integer not null,
    portfolio_max_abs_delta_shares numeric(20, 8),
    portfolio_max_abs_gamma numeric(20, 8),
    portfolio_max_abs_vega numeric(20, 8),
    bot_on boolean not null default false,
    bot_since timestamptz,
    updated_at timestamptz not null default papertape_now()
);

-- What a scan counts until the next one: towards the switch, towards the VIX alert, since when it runs.
create table desk_watches (
    username text primary key references user_settings (username) on delete cascade,
    switch_watch jsonb not null default '{}',
    vix_watch jsonb not null default '{}',
    last_scan_at timestamptz,
    last_exits_at timestamptz,
    last_scan jsonb not null default '{}'
);

-- The configuration that evaluations were made under, once for each pair of versions.
create table desk_configs (
    id uuid primary key,
    username text not null references user_settings (username) on delete cascade,
    strategy_id uuid not null,
    strategy_version integer not null,
    desk_version integer not null,
    config jsonb not null,
    unique (username, strategy_id, strategy_version, desk_version),
    unique (id, username),
    foreign key (strategy_id, username) references strategies (id, username) on delete cascade
);

create table strategy_evaluations (
    id uuid primary key,
    username text not null,
    strategy_id uuid not null,
    config_id uuid,
    scan_id uuid not null,
    event text not null check (event in ('ENTRY_SCAN', 'EXIT', 'BLOCKED')),
    decision text not null check (decision in ('ENTER', 'REJECT', 'EXIT', 'WAIT', 'BLOCKED')),
    reason text not null,
    -- The stage that ended an entry's scan, the cause of an exit or of a block.
    ended_by text,
    is_missing boolean not null default false,
    -- Failures that are alike are one row: the figures are the last one's.
    count integer not null default 1 check (count >= 1),
    first_at timestamptz not null,
    at timestamptz not null check (at >= first_at),
    scans integer,
    -- Read whole, never searched: as text they take a third less than as jsonb.
    inputs json,
    gates json not null default '[]',
    proposed_order json,
    trade_id uuid,
    foreign key (strategy_id, username) references strategies (id, username) on delete cascade,
    foreign key (config_id, username) references desk_configs (id, username),
    foreign key (trade_id, username) references paper_trades (id, username) on delete cascade,
    check (event <> 'ENTRY_SCAN' or (config_id is not null and inputs is not null)),
    check (event = 'ENTRY_SCAN' or ended_by is not null),
    check (event <> 'EXIT' or trade_id is not null)
);
alter table strategy_evaluations
    alter inputs set storage main,
    alter gates set storage main,
    set (toast_tuple_target = 512);
create index strategy_evaluations_user on strategy_evaluations (username, at desc, id desc);
create index strategy_evaluations_age on strategy_evaluations using brin (at);
create index strategy_evaluations_strategy on strategy_evaluations (username, strategy_id, at desc);
create index strategy_evaluations_trade on strategy_evaluations (trade_id) where trade_id is not null;
-- An entry is decided once: a trade that opened names one evaluation.
create unique index strategy_evaluations_one_entry on strategy_evaluations (trade_id)
    where event = 'ENTRY_SCAN' and trade_id is not null;
-- A scan that is delivered twice stores what it decided once; an exit's cause has one row, whose scans rise.
create unique index strategy_evaluations_one_scan on strategy_evaluations (strategy_id, scan_id)
    where event = 'ENTRY_SCAN';
create unique index strategy_evaluations_one_block on strategy_evaluations (strategy_id, scan_id, ended_by)
    where event = 'BLOCKED';
create unique index strategy_evaluations_one_exit on strategy_evaluations (trade_id, ended_by)
    where event = 'EXIT';

-- Causes in force, and those that were (B-08). Rows of everybody stand apart.
create table kill_switch_rows (
    id uuid primary key,
    username text not null references user_settings (username) on delete cascade,
    scope text not null check (scope in ('desk', 'user')),
    mode text not null check (mode in ('safe_mode', 'hard_stop')),
    cause text not null,
    detail text not null,
    set_by text not null,
    set_at timestamptz not null,
    clear_since timestamptz,
    clean_scans integer not null default 0,
    ended_at timestamptz,
    ended_by text,
    ended_reason text
);
create index kill_switch_rows_user on kill_switch_rows (username, set_at desc);
create unique index kill_switch_rows_in_force on kill_switch_rows (username, scope, cause, mode) where ended_at is null;

create table global_kill_switch (
    id uuid primary key,
    mode text not null check (mode in ('safe_mode', 'hard_stop')),
    detail text not null,
    set_by text not null,
    set_at timestamptz not null,
    ended_at timestamptz,
    ended_by text,
    ended_reason text
);
create unique index global_kill_switch_in_force on global_kill_switch (mode) where ended_at is null;

-- What exits count between two scans (B-06).
create table exit_states (
    trade_id uuid primary key,
    username text not null,
    state jsonb not null,
    updated_at timestamptz not null default papertape_now(),
    foreign key (trade_id, username) references paper_trades (id, username) on delete cascade
);
create index exit_states_user on exit_states (username);

-- What a strategy was told of an assignment before it may write calls on the shares (B-01).
create table desk_assignments (
    id uuid primary key,
    username text not null,
    strategy_id uuid not null,
    trade_id uuid not null,
    symbol text not null,
    shares numeric(20, 8) not null,
    cost numeric(20, 8) not null,
    recorded_at timestamptz not null default papertape_now(),
    unique (trade_id, symbol),
    foreign key (strategy_id, username) references strategies (id, username) on delete cascade,
    foreign key (trade_id, username) references paper_trades (id, username) on delete cascade
);
create index desk_assignments_user on desk_assignments (username, strategy_id);

-- The market's, nobody's own: told by the operator or kept from a vendor, each with its source.
create table macro_windows (
    id uuid primary key,
    name text not null,
    starts_at timestamptz not null,
    ends_at timestamptz not null check (ends_at > starts_at),
    source text not null,
    loaded_at timestamptz not null default papertape_now()
);
create index macro_windows_start on macro_windows (starts_at);

create table iv_history (
    symbol text not null,
    day date not null,
    iv numeric(20, 8) not null check (iv > 0),
    source text not null,
    loaded_at timestamptz not null default papertape_now(),
    primary key (symbol, day)
);

create table index_closes (
    symbol text not null,
    day date not null,
    close numeric(20, 8) not null check (close > 0),
    source text not null,
    loaded_at timestamptz not null default papertape_now(),
    primary key (symbol, day)
);

-- What a vendor said of an underlying on a day: bars' indicators, earnings, dividends, what is listed. `known` false: it had no answer.
create table underlying_facts (
    symbol text not null,
    kind text not null check (kind in ('bars', 'earnings', 'dividends', 'expirations')),
    day date not null,
    known boolean not null,
    facts jsonb not null,
    source text not null,
    read_at timestamptz not null default papertape_now(),
    primary key (symbol, kind)
);

-- Changes of the market's regime as the desk judged it, with their cause (B-02).
create table regime_changes (
    symbol text not null,
    at timestamptz not null,
    regime text not null,
    cause text not null,
    primary key (symbol, at)
);

-- What differs between books and broker in what the desk trades, by symbol (B-07).
alter table broker_accounts add column drift jsonb not null default '{}';

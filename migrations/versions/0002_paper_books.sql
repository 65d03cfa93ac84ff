create table paper_accounts (
    username text not null,
    account_id text not null,
    starting_cash numeric(20, 8) not null check (starting_cash >= 0),
    cash numeric(20, 8) not null,
    -- What closing fills and expiries have brought on one New York day.
    realized_on date,
    realized numeric(20, 8) not null default 0,
    created_at timestamptz not null default papertape_now(),
    primary key (username, account_id)
);

create table paper_orders (
    id uuid primary key,
    username text not null,
    account_id text not null,
    -- The OCO that this order is a leg of; the OCO itself is a row without type, price and quantity.
    parent_id uuid references paper_orders (id) on delete cascade,
    tag text not null check (tag ~ '^[A-Za-z0-9-]{1,255}$'),
    underlying text not null,
    symbol text not null,
    side text not null check (side in ('buy_to_open', 'sell_to_close')),
    type text check (type in ('market', 'limit', 'stop')),
    duration text not null check (duration in ('day', 'gtc')),
    quantity numeric(20, 8) not null check (quantity >= 0),
    filled_quantity numeric(20, 8) not null default 0 check (filled_quantity >= 0 and filled_quantity <= quantity),
    filled_value numeric(20, 8) not null default 0,
    limit_price numeric(20, 8) check (limit_price > 0),
    stop_price numeric(20, 8) check (stop_price > 0),
    -- What a contract of a working buy holds back of the buying power, in dollars.
    reserve numeric(20, 8) not null default 0 check (reserve >= 0),
    status text not null check (status in
        ('PENDING', 'OPEN', 'PARTIALLY_FILLED', 'FILLED', 'CANCELED', 'REJECTED', 'EXPIRED')),
    reason text,
    fees numeric(20, 8) not null default 0 check (fees >= 0),
    fill_rule text not null,
    -- The first quote it met is behind it: from then on a limit rests in the book.
    resting boolean not null default false,
    triggered boolean not null default false,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    expires_at timestamptz not null,
    foreign key (username, account_id) references paper_accounts (username, account_id) on delete cascade,
    check ((type is null) = (quantity = 0))
);
create index paper_orders_user on paper_orders (username, account_id, updated_at);
create index paper_orders_legs on paper_orders (parent_id) where parent_id is not null;
create index paper_orders_live on paper_orders (username, account_id)
    where status in ('PENDING', 'OPEN', 'PARTIALLY_FILLED');

create table paper_fills (
    id uuid primary key,
    username text not null,
    account_id text not null,
    order_id uuid not null references paper_orders (id) on delete cascade,
    symbol text not null,
    is_buy boolean not null,
    quantity numeric(20, 8) not null check (quantity > 0),
    price numeric(20, 8) not null check (price > 0),
    fees numeric(20, 8) not null check (fees >= 0),
    fill_rule text not null,
    -- The quote that was taken: its time, so that one displayed size is not taken twice, and its touch.
    quoted_at timestamptz not null,
    bid numeric(20, 8),
    ask numeric(20, 8),
    source text not null,
    filled_at timestamptz not null,
    foreign key (username, account_id) references paper_accounts (username, account_id) on delete cascade
);
create index paper_fills_quote on paper_fills (username, account_id, symbol, quoted_at);
create index paper_fills_order on paper_fills (order_id);

create table paper_positions (
    username text not null,
    account_id text not null,
    symbol text not null,
    underlying text not null,
    quantity numeric(20, 8) not null check (quantity > 0),
    -- Dollars paid for what is held, without fees.
    cost_basis numeric(20, 8) not null,
    -- The last usable mark per share that was seen, for the account's equity.
    mark_price numeric(20, 8),
    primary key (username, account_id, symbol),
    foreign key (username, account_id) references paper_accounts (username, account_id) on delete cascade
);

-- What a user gave us to trade with at a broker: its credentials under one seal, and the account's number.
create table connections (
    username text not null references user_settings (username) on delete cascade,
    broker_mode text not null check (broker_mode not in ('PAPER', 'IMPORTED')),
    account_id text,
    sealed text,
    last4 text,
    created_at timestamptz not null default papertape_now(),
    updated_at timestamptz not null default papertape_now(),
    primary key (username, broker_mode)
);
-- An account counts as taken once credentials are stored with it: a number alone takes nothing.
create unique index connections_one_owner on connections (broker_mode, account_id) where sealed is not null;

insert into connections (username, broker_mode, account_id, sealed, last4, created_at, updated_at)
select u.username, told.*, u.created_at, u.updated_at
from user_settings u cross join lateral (values
    ('TRADIER_SANDBOX', u.tradier_sandbox_account_id, u.tradier_sandbox_token_sealed, u.tradier_sandbox_token_last4),
    ('TRADIER_LIVE', u.tradier_live_account_id, u.tradier_live_token_sealed, u.tradier_live_token_last4)
) told (broker_mode, account_id, sealed, last4)
where num_nonnulls(told.account_id, told.sealed) > 0;

-- Both ways until the columns go: each writes only what differs, which ends it. On updates alone, as all
-- triggers here: a backup is loaded by inserts, and has both. They see rows as migrations
-- do, since jobs may write `sealed` alone; every row that they touch is of the user of the row before them.
create function carry_settings_to_connections() returns trigger
    language plpgsql security definer set search_path = public, pg_temp as $$
declare
    before text := current_setting('app.migration', true);
begin
    perform set_config('app.migration', 'on', true);
    insert into connections as kept (username, broker_mode, account_id, sealed, last4)
    select new.username, told.* from (values
        ('TRADIER_SANDBOX', new.tradier_sandbox_account_id, new.tradier_sandbox_token_sealed,
         new.tradier_sandbox_token_last4),
        ('TRADIER_LIVE', new.tradier_live_account_id, new.tradier_live_token_sealed, new.tradier_live_token_last4)
    ) told (broker_mode, account_id, sealed, last4)
    where num_nonnulls(told.account_id, told.sealed) > 0 or exists (
        select from connections c where c.username = new.username and c.broker_mode = told.broker_mode)
    on conflict (username, broker_mode) do update
        set account_id = excluded.account_id, sealed = excluded.sealed, last4 = excluded.last4,
            updated_at = papertape_now()
        where (kept.account_id, kept.sealed, kept.last4)
            is distinct from (excluded.account_id, excluded.sealed, excluded.last4);
    perform set_config('app.migration', coalesce(before, ''), true);
    return null;
end $$;

create function carry_connections_to_settings() returns trigger
    language plpgsql security definer set search_path = public, pg_temp as $$
declare
    before text := current_setting('app.migration', true);
begin
    perform set_config('app.migration', 'on', true);
    if new.broker_mode = 'TRADIER_SANDBOX' then
        update user_settings u
        set tradier_sandbox_account_id = new.account_id, tradier_sandbox_token_sealed = new.sealed,
            tradier_sandbox_token_last4 = new.last4
        where u.username = new.username
            and (u.tradier_sandbox_account_id, u.tradier_sandbox_token_sealed, u.tradier_sandbox_token_last4)
                is distinct from (new.account_id, new.sealed, new.last4);
    elsif new.broker_mode = 'TRADIER_LIVE' then
        update user_settings u
        set tradier_live_account_id = new.account_id, tradier_live_token_sealed = new.sealed,
            tradier_live_token_last4 = new.last4
        where u.username = new.username
            and (u.tradier_live_account_id, u.tradier_live_token_sealed, u.tradier_live_token_last4)
                is distinct from (new.account_id, new.sealed, new.last4);
    end if;
    perform set_config('app.migration', coalesce(before, ''), true);
    return null;
end $$;

create trigger carry_settings_to_connections after update of
    tradier_sandbox_account_id, tradier_sandbox_token_sealed, tradier_sandbox_token_last4,
    tradier_live_account_id, tradier_live_token_sealed, tradier_live_token_last4
    on user_settings for each row execute function carry_settings_to_connections();
create trigger carry_connections_to_settings after update of account_id, sealed, last4
    on connections for each row execute function carry_connections_to_settings();

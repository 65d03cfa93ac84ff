-- `username` is a person's key: the sign-in name, and for the second holder of a freed name `name 2`. No
-- sign-in name has a space. Sessions begun before `sessions_from` (the machine's time) are over, but the one
-- of `kept_session` (a token's `jti`).
alter table user_settings
    add column state text not null default 'ACTIVE' check (state in ('ACTIVE', 'DISABLED', 'REMOVED')),
    add column sessions_from timestamptz,
    add column kept_session text,
    add column factor_sealed text,
    add column factor_pending_sealed text,
    add column factor_step bigint not null default 0;
create index user_settings_name on user_settings (split_part(username, ' ', 1));

-- Runs before a user is known: the holder of a name with this `sub`, else its latest; how many it had.
create function find_holder(wanted text, wanted_sub text)
    returns table (username text, sub text, state text, sessions_from timestamptz, kept_session text, holders bigint)
    language plpgsql security definer set search_path = public, pg_temp as $$
begin
    perform set_config('app.migration', 'on', true);
    return query
        select u.username, u.sub, u.state, u.sessions_from, u.kept_session, count(*) over ()
        from user_settings u where split_part(u.username, ' ', 1) = wanted
        order by u.sub = wanted_sub desc, length(u.username) desc, u.username desc limit 1;
    perform set_config('app.migration', 'off', true);
end $$;

-- For operators: who is here, and counts; never what is in anybody's rows.
create function list_holders()
    returns table (username text, sub text, state text, created_at timestamptz, open_trades bigint,
                   personal_tokens bigint)
    language plpgsql security definer set search_path = public, pg_temp as $$
begin
    perform set_config('app.migration', 'on', true);
    return query
        select u.username, u.sub, u.state, u.created_at,
            (select count(*) from paper_trades t where t.username = u.username and not t.is_locked),
            (select count(*) from access_tokens a where a.username = u.username)
        from user_settings u order by u.username;
    perform set_config('app.migration', 'off', true);
end $$;

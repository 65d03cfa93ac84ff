drop function find_holder(text, text);
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

-- Who asked to be forgotten, and from when on nothing of theirs is kept (C-09). Null: nobody asked.
-- `alerts_off` are the words of C-07 whose alerts their owner does not want.
alter table user_settings
    add column erase_at timestamptz,
    add column alerts_off text[] not null default '{}',
    add constraint only_who_left_is_erased check (erase_at is null or state = 'REMOVED');

-- Erases everything of who left and whose time is up, of whatever table has a user's rows. Live records since `kept_since`
-- stay, as what a law asks for: the trade's facts, its legs, orders, fills, changes and transitions, and the name they are
-- filed under; without any nothing stays. Returns whether something went. The conditions are the kernel's, not a caller's.
create function erase_person(wanted text, kept_since timestamptz)
    returns boolean
    language plpgsql security definer set search_path = public, pg_temp as $$
declare
    found_table text;
    gone bigint := 0;
    went bigint;
    keeps boolean;
begin
    perform set_config('app.migration', 'on', true);
    if not exists (select from user_settings where username = wanted and state = 'REMOVED' and erase_at <= papertape_now())
        or exists (select from paper_trades where username = wanted and not is_locked) then
        perform set_config('app.migration', 'off', true);
        return false;
    end if;
    delete from strategy_evaluations where username = wanted;
    delete from paper_trades t where username = wanted and not (t.broker_mode like '%\_LIVE' and t.close_date >= kept_since);
    get diagnostics gone = row_count;
    keeps := exists (select from paper_trades where username = wanted);
    for found_table in
        select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'username'
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
          and c.relname <> 'paper_trades'
          and not (keeps and c.relname in ('user_settings', 'trade_legs', 'orders', 'fills', 'trade_changes',
              'state_transitions', 'trade_amendments', 'trade_targets'))
    loop
        execute format('delete from %I where username = $1', found_table) using wanted;
        get diagnostics went = row_count;
        gone := gone + went;
    end loop;
    if keeps then
        update paper_trades set trade_context = null, signals_snapshot = null, signals_given = null, market_regime = null,
            order_book_state = null, ai_reasoning_log = null
            where username = wanted and (trade_context is not null or signals_snapshot is not null
                or signals_given is not null or market_regime is not null or order_book_state is not null
                or ai_reasoning_log is not null);
        get diagnostics went = row_count;
        gone := gone + went;
        update user_settings set sub = 'erased', alert_channels = '[]', factor_sealed = null, factor_pending_sealed = null
            where username = wanted and sub <> 'erased';
    end if;
    perform set_config('app.migration', 'off', true);
    return gone > 0;
end $$;

-- Positions on paper that traders of the tier Free closed before an instant (C-09), a batch at a time.
create function forget_free_positions(closed_before timestamptz, most integer)
    returns bigint
    language plpgsql security definer set search_path = public, pg_temp as $$
declare
    gone bigint;
begin
    perform set_config('app.migration', 'on', true);
    delete from paper_trades where id in (
        select t.id from paper_trades t join user_settings s on s.username = t.username
        where t.originator = 'AI' and t.is_locked and t.close_date < closed_before and t.broker_mode not like '%\_LIVE'
          and coalesce(s.tier, 'free') = 'free' limit most);
    get diagnostics gone = row_count;
    perform set_config('app.migration', 'off', true);
    return gone;
end $$;

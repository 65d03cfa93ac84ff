-- A lease is its user's: `resource` ends in the hash of the name, so that nobody can hold one under another's.
delete from leases where until < clock_timestamp();
alter table leases
    add column username text default nullif(current_setting('app.current_user', true), ''),
    add constraint leases_resource_names_its_user check (case
        when username is null then resource !~ ':[0-9a-f]{64}$'
        else right(resource, 64) = encode(sha256(convert_to(username, 'UTF8')), 'hex') end);
create index leases_user on leases (username);

-- By itself, outside transactions that act for somebody: it names the user for the statements inside it alone.
create function take_lease(as_user text, wanted text, taken_by text, length interval) returns bigint
    language plpgsql as $$
declare
    number bigint;
begin
    perform set_config('app.current_user', as_user, true);
    insert into leases (username, resource, holder, until)
        values (as_user, wanted, taken_by, clock_timestamp() + length)
    on conflict (resource) do update
        set holder = excluded.holder, until = excluded.until, fencing = leases.fencing + 1
        where leases.until < clock_timestamp()
    returning fencing into number;
    return number;
end $$;
create function release_lease(as_user text, held text, number bigint) returns void language plpgsql as $$
begin
    perform set_config('app.current_user', as_user, true);
    update leases set until = '-infinity' where resource = held and fencing = number;
end $$;

-- What deep health tells of jobs: when they ran and how it went, never for whom.
create function latest_job_runs(jobs text[])
    returns table (job text, due_at timestamptz, started_at timestamptz, finished_at timestamptz, ok boolean,
                   late_seconds numeric)
    language plpgsql security definer set search_path = public, pg_temp as $$
begin
    perform set_config('app.migration', 'on', true);
    return query
        select latest.job, latest.due_at, latest.started_at, latest.finished_at, latest.ok, latest.late_seconds
        from unnest(jobs) named (job)
        cross join lateral (
            select * from job_runs runs where runs.job = named.job
            and runs.due_at = (select max(newest.due_at) from job_runs newest where newest.job = named.job)
            order by runs.ok is not false, runs.ok is not null, runs.started_at desc limit 1
        ) latest;
    perform set_config('app.migration', 'off', true);
end $$;

create or replace function ensure_snapshot_partition(at timestamptz) returns void
    language plpgsql security definer set search_path = public, pg_temp as $$
declare
    first_day date := date_trunc('month', at at time zone 'UTC');
    name text := 'price_snapshots_' || to_char(first_day, 'YYYYMM');
begin
    -- Whoever may write snapshots may make their months: a bounded number of them, about the present.
    if at < '2000-01-01T00:00:00Z' or at > clock_timestamp() + interval '5 years' then
        raise exception 'there are no snapshots of %', at using errcode = 'check_violation';
    end if;
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

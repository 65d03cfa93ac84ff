drop function latest_job_runs(text[]);
drop function release_lease(text, text, bigint);
drop function take_lease(text, text, text, interval);
delete from leases;
alter table leases drop column username;

create or replace function ensure_snapshot_partition(at timestamptz) returns void
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

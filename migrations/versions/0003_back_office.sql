-- Forensics (A-09): when a trade was analysed and from what; thinning waits for it.
alter table paper_trades add column analysed_at timestamptz;
alter table paper_trades add column forensics_source text check (forensics_source in ('HISTORY', 'SNAPSHOTS'));
create index paper_trades_unanalysed on paper_trades (close_date)
    where is_locked and analysed_at is null and status <> 'CANCELED';

create or replace function check_trade_change() returns trigger language plpgsql as $$
declare
    free constant text[] := array['version', 'last_updated', 'trade_context', 'target_pnl_15m', 'target_pnl_1h',
        'target_mfe_pct', 'target_mae_pct', 'analysed_at', 'forensics_source',
        'signals_snapshot', 'market_regime', 'order_book_state',
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

-- What a channel was told of an alert, and how it went (A-17); the secret part of a target is never here.
-- A row is UNKNOWN from before the message leaves until its outcome is known; WAITING was surely not sent.
create table alert_deliveries (
    id uuid primary key,
    username text not null,
    alert_id uuid not null references alerts (id) on delete cascade,
    channel text not null check (channel in ('telegram', 'discord', 'mail')),
    target text not null,
    state text not null check (state in ('SENT', 'FAILED', 'UNKNOWN', 'WAITING')),
    attempts integer not null default 1 check (attempts >= 1),
    error text,
    at timestamptz not null default papertape_now(),
    retry_at timestamptz check ((retry_at is not null) = (state = 'WAITING')),
    unique (alert_id, channel, target)
);
create index alert_deliveries_user on alert_deliveries (username, alert_id);

-- Every call of a tool of the knowledge server (A-16): who asked what by which token, and how much was answered.
create table tool_calls (
    id uuid primary key,
    username text not null,
    token_id uuid,
    at timestamptz not null default papertape_now(),
    tool text not null,
    arguments jsonb not null,
    ok boolean not null,
    error text,
    items integer,
    seconds numeric(20, 8) not null
);
create index tool_calls_user on tool_calls (username, at desc);

"""Where an ended trade's P&L came from (A-09): what the analysis finds of a trade that has ended.

The code before neither reads nor writes it.
"""

from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

_FUNCTION = """
create or replace function check_trade_change() returns trigger language plpgsql as $$
declare
    free constant text[] := array['version', 'last_updated', 'trade_context',
        'target_pnl_15m', 'target_pnl_1h', 'target_mfe_pct', 'target_mae_pct',
        'analysed_at', 'forensics_source',{more}
        'signals_snapshot', 'market_regime', 'order_book_state',
        'unprotected_since',
        'idempotency_key',
        'is_locked'];  -- generated: a trigger that runs before the update sees it as null
begin
    if old.is_locked and (to_jsonb(new) - free) <> (to_jsonb(old) - free) then
        raise exception 'trade % has ended: its facts do not change', old.id
            using errcode = 'check_violation';
    end if;
    if new.status <> old.status and not (old.status || '>' || new.status) = any (array[
        'PENDING>OPEN', 'PENDING>PARTIALLY_FILLED', 'PENDING>CANCELED',
        'PARTIALLY_FILLED>OPEN', 'PARTIALLY_FILLED>CLOSING', 'PARTIALLY_FILLED>CLOSED',
        'PARTIALLY_FILLED>EXPIRED',
        'OPEN>CLOSING', 'OPEN>CLOSED', 'OPEN>EXPIRED',
        'CLOSING>CLOSED', 'CLOSING>OPEN', 'CLOSING>EXPIRED'])
    then
        raise exception 'a trade cannot go from % to %', old.status, new.status
            using errcode = 'check_violation';
    end if;
    if new.version < old.version then
        raise exception 'a version never falls' using errcode = 'check_violation';
    end if;
    return new;
end $$
"""


def upgrade() -> None:
    """Add the column, and let it be written of a trade that has ended."""
    op.execute("alter table paper_trades add column pnl_attribution jsonb")
    op.execute(_FUNCTION.format(more="\n        'pnl_attribution',"))


def downgrade() -> None:
    """Take both back."""
    op.execute(_FUNCTION.format(more=""))
    op.execute("alter table paper_trades drop column pnl_attribution")

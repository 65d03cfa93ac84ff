"""A name outlives its person: who holds it, since when sessions count, and the second factor (A-10, A-17)."""

from contextlib import closing
from pathlib import Path

from alembic import op

from migrations.policies import APP

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_SQL = Path(__file__).with_name("0015_people.sql")
_FUNCTIONS = ("find_holder(text, text)", "list_holders()")
_COLUMNS = ("state", "sessions_from", "kept_session", "factor_sealed", "factor_pending_sealed", "factor_step")


def upgrade() -> None:
    """Add the columns and the two functions that look past row security."""
    with closing(op.get_bind().connection.cursor()) as cursor:
        cursor.execute(_SQL.read_text(encoding="utf-8"))
    for function in _FUNCTIONS:
        op.execute(f"revoke all on function {function} from public")
        op.execute(f"grant execute on function {function} to {APP}")


def downgrade() -> None:
    """Drop them: the release before knows neither disabled people nor second holders of a name."""
    for function in _FUNCTIONS:
        op.execute(f"drop function {function}")
    op.execute("drop index user_settings_name")
    op.execute(f"alter table user_settings {', '.join(f'drop column {name}' for name in _COLUMNS)}")

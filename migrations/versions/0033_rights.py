"""Who leaves is erased after a while, and alerts can be turned off (C-07, C-09).

What is erased is the kernel's to hold: the jobs' role gets a function that looks itself whether the time is
up, and no right to delete. The code before leaves who asked as it leaves any removed person.
"""

from contextlib import closing
from pathlib import Path
from typing import Final

from alembic import op

from migrations.policies import JOBS

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_SQL = Path(__file__).with_name("0033_rights.sql")
_FUNCTIONS: Final = ("erase_person(text, timestamptz)", "forget_free_positions(timestamptz, integer)")


def upgrade() -> None:
    """Add the columns and the functions."""
    with closing(op.get_bind().connection.cursor()) as cursor:
        cursor.execute(_SQL.read_text(encoding="utf-8"))
    for function in _FUNCTIONS:
        op.execute(f"revoke all on function {function} from public")
        op.execute(f"grant execute on function {function} to {JOBS}")


def downgrade() -> None:
    """Drop them: who asked to be forgotten stays removed."""
    for function in _FUNCTIONS:
        op.execute(f"drop function {function}")
    op.execute("alter table user_settings drop constraint only_who_left_is_erased")
    op.execute("alter table user_settings drop column alerts_off, drop column erase_at")

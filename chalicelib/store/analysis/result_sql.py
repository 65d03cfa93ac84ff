"""SQL that every reading of results shares; `t` is the trade (paper_trades)."""

from typing import Final

#: An ended trade that is a result: CANCELED never traded, a broker's reset is nobody's doing, and a shadow is
#: beside one that is (A-15).
IS_RESULT: Final = (
    "t.is_locked and t.status in ('CLOSED', 'EXPIRED') and t.close_reason <> 'BROKER_RESET' "
    "and t.realized_pnl is not null and t.shadow_of is null"
)


def captured_number(column: str, *path: str, kind: str) -> str:
    """Write the number at a path inside a document of the time capsule, as `kind`; null when it is none."""
    value = f"t.{column} #> '{{{','.join(path)}}}'"
    return f"case when jsonb_typeof({value}) = 'number' then ({value})::{kind} end"

"""What a model said before trades that have ended since, and whether they won (C-09)."""

from typing import Final
from uuid import UUID

from sqlalchemy import Connection, text

from chalicelib.domain.ai.calibration import Judged
from chalicelib.store.analysis.result_sql import IS_RESULT

#: The entry's decision is the first that names the trade with a word that opens.
ENTRY_DECISION: Final = """
    select d.id, d.confidence, d.cost_usd, d.source from decisions d
    where d.username = t.username and d.trade_id = t.id and d.decision in ('LONG', 'SHORT')
    order by d.at, d.id limit 1
"""
_JUDGED: Final = text(
    f"""
    select t.originator_id as trader_id, said.confidence, t.realized_pnl > 0 as won
    from paper_trades t cross join lateral ({ENTRY_DECISION}) said
    where t.username = :username and t.originator = 'AI' and {IS_RESULT}
      and (cast(:trader_id as text) is null or t.originator_id = :trader_id)
    """  # noqa: S608 - words of this module and its neighbour
)


def read_judged(connection: Connection, username: str, trader_id: UUID) -> list[Judged]:
    """Read what a trader's closed trades say of its model's confidence; unordered."""
    return _read(connection, username, str(trader_id)).get(trader_id, [])


def read_all_judged(connection: Connection, username: str) -> dict[UUID, list[Judged]]:
    """Read the same of all of a user's traders that have closed any."""
    return _read(connection, username, None)


def _read(connection: Connection, username: str, trader_id: str | None) -> dict[UUID, list[Judged]]:
    judged: dict[UUID, list[Judged]] = {}
    for row in connection.execute(_JUDGED, {"username": username, "trader_id": trader_id}):
        judged.setdefault(UUID(row.trader_id), []).append(Judged(confidence=row.confidence, won=row.won))
    return judged

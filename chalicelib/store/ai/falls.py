"""Rows of `ai_falls`: P&L as drawdowns measure it, of each trader and of the account (C-03)."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, select, text, update

from chalicelib.domain.ai.rules.drawdown import Fall
from chalicelib.store.schema import ai_falls

_C: Final = ai_falls.c
#: A look may come late: what another one saw of the day or of the peak stays.
_SAVE: Final = text(
    """
    insert into ai_falls (id, username, mode, trader_id, day, at_midnight, portfolio_at_midnight, peak,
                          portfolio_at_start, lowest)
    values (:id, :username, :mode, :trader_id, :day, :at_midnight, :portfolio_at_midnight, :peak,
            :portfolio_at_start, :lowest)
    on conflict (username, mode, trader_id) do update set
        at_midnight = case when excluded.day > ai_falls.day then excluded.at_midnight
                      else ai_falls.at_midnight end,
        portfolio_at_midnight = case when excluded.day > ai_falls.day then excluded.portfolio_at_midnight
                                else ai_falls.portfolio_at_midnight end,
        portfolio_at_start = case when ai_falls.peak is null then excluded.portfolio_at_start
                             else ai_falls.portfolio_at_start end,
        lowest = case when excluded.day > ai_falls.day then excluded.lowest
                 when excluded.day = ai_falls.day then least(ai_falls.lowest, excluded.lowest)
                 else ai_falls.lowest end,
        day = greatest(ai_falls.day, excluded.day),
        peak = greatest(ai_falls.peak, excluded.peak)
    """
)


def forget_peak(connection: Connection, username: str, trader_id: UUID | None) -> None:
    """Have total drawdown measured anew, from the next look at P&L on: a trader's, or the account's."""
    mine = update(ai_falls).where(_C.username == username, _C.trader_id.is_not_distinct_from(trader_id))
    connection.execute(mine.values(peak=None))


def read_falls(connection: Connection, username: str, mode: str) -> dict[UUID | None, Fall]:
    """Read how far P&L is known of each trader, and under None of the account."""
    names = [*Fall.__dataclass_fields__]
    mine = select(ai_falls).where(_C.username == username, _C.mode == mode)
    return {
        row.trader_id: Fall(**{name: getattr(row, name) for name in names})
        for row in connection.execute(mine)
    }


def save_falls(
    connection: Connection,
    username: str,
    mode: str,
    falls: Mapping[UUID | None, Fall],
    ids: Mapping[UUID | None, UUID],
) -> None:
    """Keep what a look saw; `ids` are for rows that are new."""
    for trader_id, fall in falls.items():
        values = {name: getattr(fall, name) for name in Fall.__dataclass_fields__}
        whose = {"id": ids[trader_id], "username": username, "mode": mode, "trader_id": trader_id}
        connection.execute(_SAVE, {**values, **whose})

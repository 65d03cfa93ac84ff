"""Rows of `ai_costs`: what model calls cost a trader a day, the worst put aside before each (C-13)."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, func, select, text

from chalicelib.store.schema import ai_costs

_C: Final = ai_costs.c
_RESERVE: Final = text(
    """
    insert into ai_costs (username, trader_id, day, reserved_usd)
    select :username, :trader_id, :day, :worst where cast(:worst as numeric) <= :most
    on conflict (username, trader_id, day) do update set reserved_usd = ai_costs.reserved_usd + :worst
    where ai_costs.reserved_usd + ai_costs.spent_usd + :worst <= :most
    returning 1
    """
)
_SETTLE: Final = text(
    """
    update ai_costs set reserved_usd = greatest(reserved_usd - :worst, 0), spent_usd = spent_usd + :spent,
                        calls = calls + :calls
    where username = :username and trader_id = :trader_id and day = :day
    """
)


def reserve(
    connection: Connection, username: str, trader_id: UUID, day: date, *, worst: Decimal, most: Decimal
) -> bool:
    """Put the worst that a question can cost aside; False where the day's most would not hold it."""
    asked = {"username": username, "trader_id": trader_id, "day": day, "worst": worst, "most": most}
    return connection.execute(_RESERVE, asked).first() is not None


def settle(
    connection: Connection,
    username: str,
    trader_id: UUID,
    day: date,
    *,
    worst: Decimal,
    spent: Decimal,
    calls: int,
) -> None:
    """Put what a question did cost in the place of what was put aside for it."""
    whose = {"username": username, "trader_id": trader_id, "day": day}
    connection.execute(_SETTLE, {**whose, "worst": worst, "spent": spent, "calls": calls})


def spent_on(connection: Connection, username: str, day: date, traders: Sequence[UUID] = ()) -> Decimal:
    """Return what a user's traders, or these alone, have spent on a day, dollars."""
    found = select(func.coalesce(func.sum(_C.spent_usd), 0)).where(_C.username == username, _C.day == day)
    if traders:
        found = found.where(_C.trader_id.in_(traders))
    return Decimal(connection.execute(found).scalar_one())

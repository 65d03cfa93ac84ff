"""What AI traders bought and sold of each symbol, for its tax lots (C-09)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, text

from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.trading.lots import Execution
from chalicelib.store.analysis.ai_outcomes import AiFilter

_FILLS: Final = text(
    """
    select t.broker_mode, l.symbol, l.side, f.filled_at, f.is_buy, f.quantity * l.multiplier as quantity,
           f.price, f.fees
    from paper_trades t
    join trade_legs l on l.trade_id = t.id and l.leg_no = 1
    join fills f on f.trade_id = t.id and f.leg_no = 1
    where t.username = :username and t.originator = 'AI' and t.broker_mode = any(cast(:modes as text[]))
      and (cast(:trader_id as text) is null or t.originator_id = :trader_id)
    order by t.broker_mode, l.symbol, l.side, f.filled_at, f.id
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What was executed of one symbol with one kind of money, long and short apart; oldest first."""

    broker_mode: str
    symbol: str
    side: LegSide
    executions: Sequence[Execution]


def read_executions(connection: Connection, username: str, wanted: AiFilter) -> list[Held]:
    """Read everything ever executed: who asks for a year's lots needs what was bought before it."""
    found: dict[tuple[str, str, str], list[Execution]] = {}
    for row in connection.execute(_FILLS, wanted.values(username)):
        execution = Execution(
            at=row.filled_at, is_buy=row.is_buy, quantity=row.quantity, price=row.price, fees=row.fees
        )
        found.setdefault((row.broker_mode, row.symbol, row.side), []).append(execution)
    return [
        Held(broker_mode=mode, symbol=symbol, side=LegSide(side), executions=executions)
        for (mode, symbol, side), executions in found.items()
    ]

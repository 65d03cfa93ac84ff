"""Rows of `desk_assignments`: shares that came of a strategy's short option, once they are shown (B-01)."""

from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, text

from chalicelib.domain.accounts import AccountRef, BrokerMode
from chalicelib.store.ahead import later

_WAITING: Final = text(
    """
    select t.username, t.broker_mode, t.account_id, t.id as trade_id, s.id as strategy_id, s.name as strategy,
           l.symbol, coalesce(l.apart_qty, l.quantity) as shares, l.entry_price as cost
    from paper_trades t
    join strategies s on s.id = cast(t.originator_id as uuid) and s.username = t.username
    join trade_legs l on l.trade_id = t.id
    where t.originator = 'DESK' and not t.is_locked and t.shadow_of is null
      and (cast(:username as text) is null or t.username = :username)
      and l.instrument = 'EQUITY' and l.origin = 'ASSIGNED' and l.side = 'LONG' and l.entry_price is not null
      and coalesce(l.apart_qty, l.quantity) > 0
      and not exists (
          select from desk_assignments a
          where a.trade_id = t.id and a.symbol = l.symbol and a.shares >= coalesce(l.apart_qty, l.quantity))
    order by t.username, t.broker_mode, t.account_id, t.id
    """
)
_RECORD: Final = text(
    """
    insert into desk_assignments as kept (id, username, strategy_id, trade_id, symbol, shares, cost)
    values (:id, :username, :strategy_id, :trade_id, :symbol, :shares, :cost)
    on conflict (trade_id, symbol) do update
        set shares = excluded.shares, cost = excluded.cost, recorded_at = papertape_now()
        where kept.shares < excluded.shares
    """
)


class Delivered(NamedTuple):
    """Shares of a strategy's trade, and what they cost: dollars per share, the strike."""

    account: AccountRef
    trade_id: UUID
    strategy_id: UUID
    strategy: str
    symbol: str
    shares: Decimal
    cost: Decimal


def read_unrecorded(connection: Connection, username: str | None) -> list[Delivered]:
    """Read what was delivered to strategies and is not recorded yet, of one user or, when None, of all."""
    return [
        Delivered(
            account=AccountRef(
                username=row.username, mode=BrokerMode(row.broker_mode), account_id=row.account_id
            ),
            trade_id=row.trade_id,
            strategy_id=row.strategy_id,
            strategy=row.strategy,
            symbol=row.symbol,
            shares=row.shares,
            cost=row.cost,
        )
        for row in connection.execute(_WAITING, {"username": username})
    ]


def record(connection: Connection, assignment_id: UUID, one: Delivered) -> None:
    """Record shares, with what is said next; the same again changes nothing, more take their place."""
    values = {
        "id": assignment_id,
        "username": one.account.username,
        "strategy_id": one.strategy_id,
        "trade_id": one.trade_id,
        "symbol": one.symbol,
        "shares": one.shares,
        "cost": one.cost,
    }
    later(connection, _RECORD, values)

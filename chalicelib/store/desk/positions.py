"""What users' desks hold, what they have lost today, and which shares were assigned to them: in bulk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, text

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.money import to_cents
from chalicelib.store.ahead import read_ahead

#: A trade of which nothing is held but shares that came of it leaves its place to the next.
_POSITIONS: Final = text(
    """
    select t.username, t.originator_id, t.structure, x.expiry
    from paper_trades t cross join lateral (
        select min(l.expiry) as expiry, count(*) as options from trade_legs l
        where l.trade_id = t.id and l.instrument = 'OPTION' and l.apart_qty is distinct from 0
    ) x
    where t.username = any(cast(:usernames as text[])) and not t.is_locked and t.originator = 'DESK'
      and x.options > 0 and t.shadow_of is null
    """
)
_REALIZED: Final = text(
    """
    select username, broker_mode as mode, sum(realized_pnl) as realized from paper_trades
    where username = any(cast(:usernames as text[])) and close_date >= :midnight and is_locked
      and close_reason <> 'BROKER_RESET' and shadow_of is null
    group by username, broker_mode
    """
)
_ASSIGNED: Final = text(
    "select strategy_id, trade_id from desk_assignments where username = any(cast(:usernames as text[]))"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskPosition:
    """One trade of a desk that is open or may still open; `structure` is its shape's name."""

    strategy_id: str
    structure: str | None
    expiry: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskHoldings:
    """What desks have, by user: positions, what was realised today of each kind of money.

    `assigned` are the trades of a strategy whose shares were recorded.
    """

    positions: Mapping[str, tuple[DeskPosition, ...]]
    realized: Mapping[tuple[str, BrokerMode], Decimal]
    assigned: Mapping[UUID, frozenset[UUID]]


def holdings_ahead(connection: Connection, usernames: Sequence[str], midnight: datetime) -> None:
    """Read what `read_holdings` reads together with what is read next."""
    whose = {"usernames": list(usernames)}
    read_ahead(connection, _POSITIONS, whose)
    read_ahead(connection, _REALIZED, whose | {"midnight": midnight})
    read_ahead(connection, _ASSIGNED, whose)


def read_holdings(connection: Connection, usernames: Sequence[str], midnight: datetime) -> DeskHoldings:
    """Read what these users' desks have, and what they realised since `midnight`, net of fees."""
    whose = {"usernames": list(usernames)}
    positions = read_positions(connection, usernames)
    realized = {
        (row.username, BrokerMode(row.mode)): to_cents(Decimal(row.realized))
        for row in connection.execute(_REALIZED, whose | {"midnight": midnight})
    }
    assigned: dict[UUID, frozenset[UUID]] = {}
    for row in connection.execute(_ASSIGNED, whose):
        assigned[row.strategy_id] = assigned.get(row.strategy_id, frozenset()) | {row.trade_id}
    return DeskHoldings(positions=positions, realized=realized, assigned=assigned)


def read_positions(connection: Connection, usernames: Sequence[str]) -> dict[str, tuple[DeskPosition, ...]]:
    """Read the positions of these users' desks, by user."""
    found: dict[str, tuple[DeskPosition, ...]] = {}
    for row in connection.execute(_POSITIONS, {"usernames": list(usernames)}):
        one = DeskPosition(strategy_id=row.originator_id, structure=row.structure, expiry=row.expiry)
        found[row.username] = (*found.get(row.username, ()), one)
    return found

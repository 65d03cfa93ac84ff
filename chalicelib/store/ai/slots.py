"""How many positions traders may have and have, for whoever waits for a slot (C-07)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, text

from chalicelib.domain.people import Tier

#: Whoever is not on takes no slot.
_SLOTS: Final = text(
    """
    select r.id as trader_id, r.username, (r.trading ->> 'max_positions')::int as max_positions, s.tier,
           count(t.id) filter (where t.originator_id = r.id::text) as open_of_trader,
           count(t.id) as open_of_account
    from traders r join user_settings s on s.username = r.username
    left join paper_trades t on t.username = r.username and t.originator = 'AI' and not t.is_locked
    where r.id = any(:traders) and r.enabled and r.paused_at is null and r.locked_at is null
      and r.removed_at is null and s.state = 'ACTIVE' and s.tier in ('pro', 'elite')
    group by r.id, r.username, r.trading, s.tier
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slots:
    """A trader's slots and those of all its owner's traders."""

    trader_id: UUID
    username: str
    max_positions: int
    tier: Tier
    open_of_trader: int
    open_of_account: int


def read_slots(connection: Connection, traders: Sequence[UUID]) -> list[Slots]:
    """Read the slots of these traders that are on; for jobs, that act for nobody."""
    rows = connection.execute(_SLOTS, {"traders": list(traders)})
    return [Slots(**{**row._mapping, "tier": Tier(row.tier)}) for row in rows]

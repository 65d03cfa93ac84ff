"""How much one user may keep: nobody's entries fill the database in which everybody's exits are stored.

Entries, imports and notes are refused beyond it; what an exit writes never is. The figures are for a free
database of 500 MB with a handful of users (docs/scale.md).
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from chalicelib.domain.trading.limits import Breach

STORED_TRADES_MAX: Final = 20_000
STORED_BYTES_MAX: Final = 100_000_000
#: A trade with its leg, orders, fills and transitions, measured without its free texts (docs/scale.md).
BYTES_A_TRADE: Final = 3_200
_BYTES_A_MEGABYTE: Final = 1_000_000
LIMIT: Final = "quota"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What a user keeps: trades, and bytes as far as they are his to choose."""

    trades: int = 0
    bytes: int = 0

    def __add__(self, other: "Stored") -> "Stored":
        return Stored(trades=self.trades + other.trades, bytes=self.bytes + other.bytes)

    def __neg__(self) -> "Stored":
        return Stored(trades=-self.trades, bytes=-self.bytes)


NOTHING_ADDED: Final = Stored()


def weigh(*free: object, trades: int = 0) -> Stored:
    """Weigh so many trades with these free JSON documents, None for one that is not there."""
    written = sum(len(json.dumps(one, default=str).encode()) for one in free if one is not None)
    return Stored(trades=trades, bytes=trades * BYTES_A_TRADE + written)


def quota_breaches(kept: Stored, added: Stored) -> Iterable[Breach]:
    """Return the quotas that these additions would pass: trades, and megabytes."""
    after = kept + added
    if added.trades > 0 and after.trades > STORED_TRADES_MAX:
        yield Breach(limit=LIMIT, value=Decimal(after.trades), allowed=Decimal(STORED_TRADES_MAX))
    if added.bytes > 0 and after.bytes > STORED_BYTES_MAX:
        yield Breach(
            limit=LIMIT,
            value=Decimal(after.bytes) / _BYTES_A_MEGABYTE,
            allowed=Decimal(STORED_BYTES_MAX) / _BYTES_A_MEGABYTE,
        )

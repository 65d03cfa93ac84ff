"""What became of a trade over time. The trade itself is written by the database (docs/adr/0014)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from chalicelib.api.shapes.values import instant, number
from chalicelib.domain.json_value import JsonValue
from chalicelib.store.trades.trade_history import SnapshotColumns, Transition

#: Columns of a snapshot that say whose it is, which its reader knows.
_HIDDEN: Final = frozenset({"username", "trade_id", "leg_no"})


def shape_snapshot(columns: SnapshotColumns) -> dict[str, JsonValue]:
    """Write a snapshot's columns by their names."""
    return {name: _plain(value) for name, value in columns.items() if name not in _HIDDEN}


def _plain(value: object) -> Any:  # Any: whatever JSON has for it
    """Turn a column's value into JSON's: instants with Z, dates, exact decimals as numbers."""
    if isinstance(value, Decimal):
        return number(value)
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, str):
        return str(value)
    return value


def shape_transition(transition: Transition) -> dict[str, JsonValue]:
    """Write a recorded change of status."""
    return {
        "at": instant(transition.at),
        "from_status": transition.from_status,
        "to_status": transition.to_status,
        "actor": transition.actor,
        "reason": transition.reason,
    }

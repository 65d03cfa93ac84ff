"""What became of a trade over time. The trade itself is written by the database (docs/adr/0014)."""

from typing import Final

from chalicelib.api.shapes.values import instant, plain
from chalicelib.domain.json_value import JsonValue
from chalicelib.store.trades.trade_history import SnapshotColumns, Transition

#: Columns of a snapshot that say whose it is, which its reader knows.
_HIDDEN: Final = frozenset({"username", "trade_id", "leg_no"})


def shape_snapshot(columns: SnapshotColumns) -> dict[str, JsonValue]:
    """Write a snapshot's columns by their names."""
    return {name: plain(value) for name, value in columns.items() if name not in _HIDDEN}


def shape_transition(transition: Transition) -> dict[str, JsonValue]:
    """Write a recorded change of status."""
    return {
        "at": instant(transition.at),
        "from_status": transition.from_status,
        "to_status": transition.to_status,
        "actor": transition.actor,
        "reason": transition.reason,
    }

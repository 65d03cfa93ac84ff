"""Alerts as their owner reads them."""

from chalicelib.api.shapes.values import instant
from chalicelib.domain.json_value import JsonValue
from chalicelib.store.users.alerts import AlertRow


def shape_alert(row: AlertRow) -> dict[str, JsonValue]:
    """Write an alert; which answer its question got is not shown."""
    return {
        "id": str(row.id),
        "at": instant(row.at),
        "severity": row.severity,
        "kind": row.kind,
        "trade_id": None if row.trade_id is None else str(row.trade_id),
        "text": row.text,
        "question": row.question,
        "resolved_at": instant(row.resolved_at),
        "acked_at": instant(row.acked_at),
    }

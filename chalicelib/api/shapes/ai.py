"""The AI trader as its owner reads it."""

from chalicelib.api.shapes.values import instant, number
from chalicelib.domain.json_value import JsonValue
from chalicelib.store.ai.signals import SignalRow
from chalicelib.store.ai.traders import TraderRow


def shape_trader(row: TraderRow) -> dict[str, JsonValue]:
    """Write a trader as the body that changes it, with its state."""
    return {"id": str(row.id), "version": row.version, **row.body, "state": row.state.value}


def shape_signal(row: SignalRow) -> dict[str, JsonValue]:
    """Write a signal."""
    return {
        "id": str(row.id),
        "at": instant(row.at),
        "trader_id": str(row.trader_id),
        "symbol": row.symbol,
        "source": row.source.value,
        "setup_score": number(row.setup_score),
        "candle": instant(row.candle),
        "decision_id": None if row.decision_id is None else str(row.decision_id),
    }

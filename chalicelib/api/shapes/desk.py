"""The options desk as its owner reads it."""

from chalicelib.api.shapes.values import instant, plain
from chalicelib.domain.desk.strategies.settings import DeskSettings
from chalicelib.domain.json_value import JsonValue
from chalicelib.services.desk.strategies.manage_strategies import StillTrading
from chalicelib.store.desk.evaluation_reads import EvaluationRow, GateCount
from chalicelib.store.desk.settings import BotSwitch
from chalicelib.store.desk.strategies import StrategyRow


def shape_strategy(row: StrategyRow) -> dict[str, JsonValue]:
    """Write a strategy as the body that changes it."""
    return {"id": str(row.id), **row.body, "version": row.version}


def shape_still_trading(kept: StillTrading) -> dict[str, JsonValue]:
    """Write a strategy that stays for its open trades, and say so."""
    trades = "1 trade is" if kept.open_trades == 1 else f"{kept.open_trades} trades are"
    detail = f"{trades} still open: the strategy is disabled and enters nothing more. Delete it after them."
    return {**shape_strategy(kept.row), "open_trades": kept.open_trades, "detail": detail}


def shape_desk_settings(settings: DeskSettings) -> dict[str, JsonValue]:
    """Write the desk's settings."""
    return {name: plain(getattr(settings, name)) for name in DeskSettings.__dataclass_fields__}


def shape_bot(bot: BotSwitch) -> dict[str, JsonValue]:
    """Write whether entries are scanned for."""
    return {"on": bot.on, "since": instant(bot.since)}


def shape_evaluation(row: EvaluationRow) -> dict[str, JsonValue]:
    """Write an evaluation with all that it rests on."""
    return {
        "id": str(row.id),
        "at": instant(row.at),
        "scan_id": str(row.scan_id),
        "strategy_id": str(row.strategy_id),
        "event": row.event,
        "decision": row.decision,
        "reason": row.reason,
        "ended_by": row.ended_by,
        "count": row.count,
        "first_at": instant(row.first_at),
        "scans": row.scans,
        "config": None if row.config is None else dict(row.config),
        "inputs": None if row.inputs is None else dict(row.inputs),
        "gates": [dict(gate) for gate in row.gates],
        "proposed_order": None if row.proposed_order is None else dict(row.proposed_order),
        "trade_id": None if row.trade_id is None else str(row.trade_id),
    }


def shape_gate_count(count: GateCount) -> dict[str, JsonValue]:
    """Write how scans fared at a stage."""
    return {"stage": count.stage, "passed": count.passed, "failed": count.failed, "missing": count.missing}

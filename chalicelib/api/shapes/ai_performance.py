"""What AI traders amount to (C-09)."""

from chalicelib.api.shapes.performance import shape_performance, shape_summary
from chalicelib.api.shapes.values import instant, number, plain
from chalicelib.domain.ai.calibration import Calibration
from chalicelib.domain.analysis.metrics.outcome import Outcome
from chalicelib.domain.analysis.metrics.traders import Bucket
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.json_value import JsonValue
from chalicelib.services.analysis.ai_lots import lot_values
from chalicelib.services.analysis.ai_performance import AiPerformance, Cost, TraderFigures
from chalicelib.store.ai.replays import ReplayRow
from chalicelib.store.analysis.ai_outcomes import StopMoves


def shape_ai_performance(found: AiPerformance) -> dict[str, JsonValue]:
    """Write the fields of every performance, and who decided what, at what cost."""
    return {
        **shape_performance(found.figures),
        "start_equity": number(found.balance),
        "total_pnl_pct": number(found.total_pnl_pct),
        "recovery_days": found.recovery_days,
        "kelly": number(found.kelly),
        "best_trade": _trade(found.best),
        "worst_trade": _trade(found.worst),
        "long": shape_summary(found.by_side[LegSide.LONG]),
        "short": shape_summary(found.by_side[LegSide.SHORT]),
        "by_trader": [_trader(one) for one in found.by_trader],
        "paper": shape_summary(found.paper),
        "live": shape_summary(found.live),
        "calibration": [_bucket(one) for one in found.buckets],
        "ai_against_rules": {who.value: shape_summary(figures) for who, figures in found.by_end.items()},
        "stop_moves": {
            "moves": sum(one.moves for one in found.stop_moves),
            "toward_profit": sum(one.toward_profit for one in found.stop_moves),
            "by": [_moves(one) for one in found.stop_moves],
        },
        "cost": _cost(found.cost),
        "lots": [{name: plain(value) for name, value in lot_values(lot).items()} for lot in found.lots],
    }


def shape_replay(row: ReplayRow) -> dict[str, JsonValue]:
    """Write a replay with what was asked; `result` is null until it is over."""
    return {
        "id": str(row.id),
        "trader_id": str(row.trader_id),
        **row.request,
        "status": row.status,
        "progress": row.progress,
        "created_at": instant(row.created_at),
        "result": None if row.result is None else dict(row.result),
    }


def _trade(outcome: Outcome | None) -> JsonValue:
    if outcome is None:
        return None
    return {
        "trade_id": str(outcome.trade_id),
        "symbol": outcome.ticker,
        "pnl": number(outcome.pnl),
        "pnl_pct": number(outcome.pnl_pct),
    }


def _trader(one: TraderFigures) -> JsonValue:
    return {
        "trader_id": str(one.trader_id),
        "name": one.name,
        **shape_summary(one.summary),
        "kelly": number(one.kelly),
        "calibrated": _calibrated(one.calibration),
        "cost_usd": number(one.cost_usd),
        "calls": one.calls,
    }


def _calibrated(calibration: Calibration) -> JsonValue:
    return {
        "trades": calibration.trades,
        "is_enough": calibration.is_enough,
        "steps": [
            {
                "from": number(step.lowest),
                "to": number(step.highest),
                "trades": step.trades,
                "win_rate": number(step.win_rate),
            }
            for step in calibration.steps
        ],
    }


def _bucket(bucket: Bucket) -> JsonValue:
    return {
        "from": number(bucket.low),
        "to": number(bucket.high),
        "trades": bucket.trades,
        "win_rate": number(bucket.win_rate),
    }


def _moves(one: StopMoves) -> JsonValue:
    return {"triggered_by": one.triggered_by, "moves": one.moves, "toward_profit": one.toward_profit}


def _cost(cost: Cost) -> JsonValue:
    return {
        "usd": number(cost.usd),
        "calls": cost.calls,
        "decisions": cost.decisions,
        "per_decision_usd": number(cost.per_decision_usd),
        "by_day": [
            {"date": day.day.isoformat(), "usd": number(day.usd), "calls": day.calls} for day in cost.by_day
        ],
    }

"""A backtest as it is told (B-12, B-16): performance's names, the trade log, the curve, what was missing."""

import json

from chalicelib.api.shapes.performance import shape_performance
from chalicelib.api.shapes.values import instant, number
from chalicelib.domain.analysis.attribution import Split
from chalicelib.domain.backtest.figures import r_of
from chalicelib.domain.backtest.positions import ClosedTrade, payoff_of
from chalicelib.domain.backtest.results import Cell, Check
from chalicelib.domain.json_value import JsonValue
from chalicelib.services.backtests.told import ToldBacktest, ToldResult
from chalicelib.store.analysis.attribution import PARTS
from chalicelib.store.desk.backtests import BacktestRow


def shape_row(row: BacktestRow) -> dict[str, JsonValue]:
    """Write a backtest as lists tell it: without its result."""
    return {
        "id": str(row.id),
        "status": row.status,
        "progress": row.progress,
        "created_at": instant(row.created_at),
        "request": dict(row.request),
    }


def shape_backtest(found: ToldBacktest) -> dict[str, JsonValue]:
    """Write a backtest; `result` is null until it is done, or the reason why it failed."""
    result: JsonValue = None
    if found.told is not None:
        result = _result(found.told)
    elif found.reason is not None:
        result = {"reason": found.reason}
    return {**shape_row(found.row), "result": result}


def _result(told: ToldResult) -> dict[str, JsonValue]:
    result = told.result
    figures = shape_performance(told.figures)
    for not_asked in ("ai", "best_strategy", "worst_strategy"):
        figures.pop(not_asked)
    losing, winning = figures["losses"], figures["wins"]
    return {
        **figures,
        "total_trades": figures["trades"],
        "winning_trades": winning,
        "losing_trades": losing,
        "initial_capital": number(told.capital),
        "final_equity": number(told.days[-1].equity if told.days else told.capital),
        "avg_days_in_trade": told.avg_days_in_trade,
        "trade_log": [_trade(one) for one in result.trades],
        "equity_curve": [{"date": day.date.isoformat(), "equity": number(day.equity)} for day in told.days],
        "gates": [
            {"stage": one.stage, "passed": one.passed, "failed": one.failed, "missing": one.missing}
            for one in result.gates
        ],
        "missing": [{"source": one.source, "gate": one.gate, "days": one.days} for one in result.lacks],
        "assumed": [*result.assumed],
        "notes": [*result.notes],
        "bias": [_check(one) for one in result.bias],
        "sweep": [_cell(one) for one in result.sweep] or None,
        "manifest": {
            "code": result.manifest.code,
            "data": result.manifest.data,
            "request": result.manifest.request,
            "seed": result.manifest.seed,
        },
    }


def _trade(one: ClosedTrade) -> dict[str, JsonValue]:
    payoff = payoff_of(one)
    bounds = payoff.bounds()
    return {
        "number": one.number,
        "opened_at": instant(one.opened_at),
        "closed_at": instant(one.closed_at),
        "structure": one.structure,
        "qty": number(one.qty),
        "entry_price": number(one.entry_price),
        "exit_price": number(one.exit_price),
        "realized_pnl": number(one.realized_pnl),
        "fees": number(one.fees),
        "legs": [
            {
                "symbol": leg.symbol,
                "side": leg.side.value,
                "ratio": leg.ratio,
                "entry_price": number(leg.entry_price),
                "exit_price": number(leg.exit_price),
                "pnl_attribution": _split(leg.split),
            }
            for leg in one.legs
        ],
        "r": number(r_of(one)),
        "max_profit": number(bounds.max_profit),
        "max_loss": number(bounds.max_loss),
        "break_evens": [number(price) for price in payoff.break_evens()],
        "payoff": [[number(price), number(result)] for price, result in payoff.points()],
        "gates": json.loads(one.gates),
        "reason": one.reason,
        "cause": one.cause or None,
        "better_than_natural": number(one.better),
        "pnl_attribution": None
        if one.split is None
        else {**_parts(one.split), "unexplained": one.unexplained},
    }


def _split(split: Split | None) -> JsonValue:
    return None if split is None else _parts(split)


def _parts(split: Split) -> dict[str, JsonValue]:
    return {name: number(getattr(split, name)) for name in PARTS}


def _check(one: Check) -> dict[str, JsonValue]:
    return {
        "check": one.name,
        "passed": one.passed,
        "words": one.words,
        "numbers": {number.name: number.value for number in one.numbers},
    }


def _cell(one: Cell) -> dict[str, JsonValue]:
    return {
        "values": json.loads(one.values),
        "trades": one.trades,
        "total_pnl": number(one.total_pnl),
        "win_rate": one.win_rate,
        "profit_factor": one.profit_factor,
        "sharpe": one.sharpe,
        "max_drawdown_pct": one.max_drawdown_pct,
    }

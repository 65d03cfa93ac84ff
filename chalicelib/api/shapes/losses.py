"""The facts around a losing trade (A-16)."""

from chalicelib.api.shapes.trades import shape_transition
from chalicelib.api.shapes.values import instant, number, plain
from chalicelib.domain.analysis.loss import Parts
from chalicelib.domain.json_value import JsonValue
from chalicelib.services.analysis.explain_loss import (
    Alternatives,
    Excursion,
    ExitOrder,
    Explained,
    Planned,
    SeenMarket,
)
from chalicelib.store.market.held_marks import HeldMark


def shape_explained(told: Explained) -> dict[str, JsonValue]:
    """Write the facts side by side; what is not known is null."""
    return {
        "trade": {name: plain(fact) for name, fact in told.trade.items()},
        "legs": [{name: plain(fact) for name, fact in leg.items()} for leg in told.legs],
        "plan": _plan(told.plan),
        "changes": [dict(change) for change in told.changes],
        "exit": {
            "reason": plain(told.trade["close_reason"]),
            "orders": [_exit_order(order) for order in told.sold],
            "bracket_orders": told.bracket_orders,
        },
        "excursion": _excursion(told.excursion),
        "market": _market(told.market),
        "what_could_have_been": _alternatives(told.alternatives),
        "marks": {
            "snapshots": told.marks.snapshots,
            "without_mark": told.marks.without_mark,
            "delayed": told.marks.delayed,
        },
        "timeline": [shape_transition(one) for one in told.timeline],
    }


def _plan(planned: Planned) -> dict[str, JsonValue]:
    plan = planned.plan
    return {
        "stop_price": number(plan.stop_price),
        "target_price": number(plan.target_price),
        "at_stop": number(plan.at_stop),
        "at_target": number(plan.at_target),
        "beyond_the_stop": number(planned.beyond_the_stop),
    }


def _exit_order(order: ExitOrder) -> dict[str, JsonValue]:
    return {
        "role": order.role,
        "type": order.type,
        "asked_price": number(order.asked_price),
        "filled_price": number(order.filled_price),
        "slippage": number(order.slippage),
    }


def _excursion(seen: Excursion) -> dict[str, JsonValue]:
    return {
        "best": number(seen.best),
        "best_at": _at(seen.best_mark),
        "worst": number(seen.worst),
        "worst_at": _at(seen.worst_mark),
        "given_back": number(seen.given_back),
        "mfe_pct": number(seen.mfe_pct),
        "mae_pct": number(seen.mae_pct),
    }


def _market(seen: SeenMarket) -> dict[str, JsonValue]:
    first, last = seen.first, seen.last
    return {
        "underlying_at_entry": None if first is None else number(first.underlying),
        "underlying_at_exit": None if last is None else number(last.underlying),
        "underlying_change_pct": number(seen.underlying_change_pct),
        "iv_at_entry": None if first is None else number(first.iv),
        "iv_at_exit": None if last is None else number(last.iv),
        "days_held": number(seen.days_held),
        "gross_result": number(seen.gross),
        "first_order_parts": _parts(seen.parts),
    }


def _parts(parts: Parts) -> dict[str, JsonValue]:
    return {
        "from_underlying": number(parts.from_underlying),
        "from_volatility": number(parts.from_volatility),
        "from_time": number(parts.from_time),
        "rest": number(parts.rest),
    }


def _alternatives(others: Alternatives) -> dict[str, JsonValue]:
    return {
        "after_15_minutes": number(others.after_15_minutes),
        "after_1_hour": number(others.after_1_hour),
        "at_the_best_mark": number(others.at_best_mark),
        "at_the_best_mark_at": _at(others.best_mark),
        "analysed": others.is_analysed,
    }


def _at(mark: HeldMark | None) -> str | None:
    return None if mark is None else instant(mark.at)

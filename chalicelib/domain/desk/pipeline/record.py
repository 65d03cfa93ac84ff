"""An evaluation as the row that is stored, and a row judged again (B-02)."""

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from chalicelib.domain.desk.pipeline.evaluate import Evaluation, judge
from chalicelib.domain.desk.pipeline.facts import Inputs
from chalicelib.domain.desk.pipeline.plan import ProposedOrder
from chalicelib.domain.desk.stored import from_json, to_json
from chalicelib.domain.desk.strategies.reading import body_of, read_strategy
from chalicelib.domain.desk.strategies.settings import DeskSettings
from chalicelib.domain.desk.strategies.strategy import Strategy
from chalicelib.domain.json_value import JsonValue


class UnreadableRow(ValueError):
    """A stored configuration is none that this code knows."""


def config_of(strategy: Strategy, desk: DeskSettings) -> dict[str, JsonValue]:
    """Return the configuration that an evaluation was made under; what is not set is left out."""
    return {"strategy": _plain(body_of(strategy)), "desk": to_json(desk)}


def row_of(evaluation: Evaluation, strategy: Strategy, desk: DeskSettings) -> dict[str, JsonValue]:
    """Return the fields of the row that the decision itself fills."""
    return {**decided(evaluation), "config": config_of(strategy, desk)}


def decided(evaluation: Evaluation) -> dict[str, JsonValue]:
    """Return those fields but for the configuration, which many rows share."""
    return {
        "decision": evaluation.decision.value,
        "reason": evaluation.reason,
        "inputs": to_json(evaluation.inputs),
        "gates": [verdict.as_json() for verdict in evaluation.verdicts],
        "proposed_order": None if evaluation.order is None else order_json(evaluation.order),
    }


def order_json(order: ProposedOrder) -> dict[str, JsonValue]:
    """Return `proposed_order` as it is told (B-16)."""
    return {
        "legs": [{"symbol": leg.symbol, "side": leg.side.value, "ratio": leg.ratio} for leg in order.legs],
        "limit_price": float(order.limit_price),
        "worst": float(order.worst),
        "qty": order.qty,
        "expiry": order.expiry.isoformat(),
        "structure": order.structure,
    }


def judge_again(row: Mapping[str, JsonValue]) -> Evaluation:
    """Judge a stored row anew; raises UnreadableRow, or what `from_json` raises."""
    config = row["config"]
    if not isinstance(config, dict) or not isinstance(config["strategy"], dict):
        raise UnreadableRow("no configuration is stored")
    body = config["strategy"]
    strategy = read_strategy(body, UUID(str(body["id"])), int(str(body["version"])))
    if not isinstance(strategy, Strategy):
        raise UnreadableRow("; ".join(f"{fault.field} {fault.message}" for fault in strategy))
    return judge(from_json(Inputs, row["inputs"]), strategy, from_json(DeskSettings, config["desk"]))


def failure_key(evaluation: Evaluation) -> tuple[str, str] | None:
    """Return what two failures in a row must share to be stored as one with a count; None for an entry."""
    ended = evaluation.ended_by
    return None if ended is None else (ended.stage.value, ended.reason)


def _plain(value: object) -> JsonValue:
    match value:
        case dict():
            return {str(name): _plain(one) for name, one in value.items() if one is not None}
        case Decimal():
            return int(value) if value == int(value) else float(value)
        case _:
            return to_json(value)

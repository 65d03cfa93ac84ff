"""JSON Schemas of what the AI trader's domain reads, from the bounds by which it reads."""

from collections.abc import Mapping
from typing import Final

from chalicelib.api.schema_parts import (
    FLAG,
    VERSION,
    Schema,
    number_of,
    object_of,
    whole_of,
    word_of,
    words_of,
)
from chalicelib.domain.ai.filters import reading as filters
from chalicelib.domain.ai.filters.rules import Comparison, Filter, IndicatorKind
from chalicelib.domain.ai.traders import bounds
from chalicelib.domain.ai.traders.timeframes import Timeframe
from chalicelib.domain.ai.traders.trader import SizingRule, TraderExchange, TraderMode
from chalicelib.domain.json_value import JsonValue

_PASSED_OVER: Final[Schema] = {"description": "Passed over"}


def new_trader() -> Schema:
    """Describe the body of a new trader; `id`, `version` and `state` may stand in it, as they were read."""
    return _trader({"version": _PASSED_OVER}, ())


def changed_trader() -> Schema:
    """Describe the body that takes a trader's place."""
    return _trader({"version": VERSION}, ("version",))


def _trader(more: Mapping[str, Schema], required: tuple[str, ...]) -> Schema:
    symbol: Schema = {"type": "string", "pattern": f"^{bounds.SYMBOL}$"}
    symbols: Schema = {"type": "array", "items": symbol, "minItems": 1, "maxItems": bounds.SYMBOLS_MAX}
    fields: dict[str, Schema] = {
        "id": _PASSED_OVER,
        "state": _PASSED_OVER,
        "name": {"type": "string", "minLength": 1, "maxLength": bounds.NAME_CHARS_MAX},
        "symbols": {**symbols, "uniqueItems": True},
        "timeframe": {"type": "string", "enum": words_of(Timeframe)},
        "filter": _filter(),
        "analysis": _analysis(),
        "trading": {**object_of(_trading(), ()), "type": ["object", "null"]},
        **more,
    }
    return object_of(fields, ("name", "symbols", "timeframe", *required))


def _analysis() -> Schema:
    model: Schema = {"type": ["string", "null"], "minLength": 1, "maxLength": bounds.MODEL_CHARS_MAX}
    prompt: Schema = {"type": ["string", "null"], "minLength": 1, "maxLength": bounds.NAME_CHARS_MAX}
    exact = "The exact name of a model, no alias that moves; null: the deployment's"
    fields = {"model": {**model, "description": exact}, "prompt_version": prompt}
    return {**object_of(fields, ()), "type": ["object", "null"]}


def _trading() -> dict[str, Schema]:
    return {
        "enabled": {**FLAG, "default": False},
        "mode": word_of(TraderMode, "paper"),
        "sizing": word_of(SizingRule, "fixed"),
        "position_size_usd": number_of(bounds.DOLLARS),
        "position_size_pct": number_of(bounds.PER_CENT),
        "max_positions": whole_of(bounds.POSITIONS),
        "max_risk_pct": number_of(bounds.RISK_PCT),
        "min_confidence": number_of(bounds.CONFIDENCE),
        "require_approval": {**FLAG, "default": True},
        "dynamic_sl": {**FLAG, "default": True},
        "dynamic_tp": {**FLAG, "default": True},
        "breakeven_at_pct": number_of(bounds.PER_CENT),
        "trailing_pct": number_of(bounds.PER_CENT),
        "max_daily_drawdown_pct": number_of(bounds.PER_CENT),
        "max_total_drawdown_pct": number_of(bounds.PER_CENT),
        "max_holding_minutes": whole_of(bounds.MINUTES),
        "max_correlated_pct": number_of(bounds.PER_CENT),
        "calibrated": {**FLAG, "default": False},
        "market_hours_only": {**FLAG, "default": False},
        "veto_seconds": whole_of(bounds.VETO_SECONDS),
        "exchange": word_of(TraderExchange, "PAPER"),
        "daily_cost_limit_usd": number_of(bounds.COST_USD),
    }


def _filter() -> Schema:
    rules: Schema = {"type": ["array", "null"], "items": _rule(), "maxItems": Filter.RULES_MAX}
    described = f"At most {Filter.RULES_MAX} rules together; without required ones it never signals"
    fields = {"required": rules, "optional": rules}
    return {**object_of(fields, ()), "type": ["object", "null"], "description": described}


def _rule() -> Schema:
    op: Schema = {"type": "string", "enum": words_of(Comparison)}
    fields = {"left": _operand(), "op": op, "right": _operand()}
    return {**object_of(fields, ("left", "op", "right")), "description": "One side at least an indicator"}


def _operand() -> Schema:
    most = float(filters.NUMBER_MAX)
    number: JsonValue = {"type": "number", "minimum": -most, "maximum": most}
    timeframe: Schema = {"enum": [*words_of(Timeframe), None], "description": "null: the trader's"}
    kind: Schema = {"type": "string", "enum": words_of(IndicatorKind)}
    fields = {"indicator": kind, "params": _params(), "timeframe": timeframe}
    return {"anyOf": [number, object_of(fields, ("indicator",))]}


def _params() -> Schema:
    period = whole_of(filters.PERIOD)
    lines = [
        line for kind, names in filters.LINES.items() if kind is not IndicatorKind.PRICE for line in names
    ]
    fields: dict[str, Schema] = {
        **dict.fromkeys(("period", "fast", "slow", "signal"), period),
        "deviations": number_of(filters.DEVIATIONS),
        "output": {"enum": [*lines, None]},
        "field": {"enum": [*filters.LINES[IndicatorKind.PRICE], None]},
    }
    each = "By indicator (C-13): period; fast, slow, signal, output; period, deviations, output; field"
    return {**object_of(fields, ()), "type": ["object", "null"], "description": each}

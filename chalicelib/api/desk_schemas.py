"""JSON Schemas of what the desk's domain reads, from the bounds by which it reads."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from chalicelib.domain.body_reader import Limits
from chalicelib.domain.desk.strategies import bounds
from chalicelib.domain.desk.strategies.settings import NUMBERS, WHOLE
from chalicelib.domain.desk.strategies.strategy import DeskBroker, DeskMode, MovingAverageRule, SizingKind
from chalicelib.domain.desk.strategies.strategy_types import StrategyType
from chalicelib.domain.json_value import JsonValue

Schema = dict[str, JsonValue]

_CLOCK: Final[Schema] = {
    "type": ["string", "null"],
    "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$",
    "description": "New York",
}
_FLAG: Final[Schema] = {"type": ["boolean", "null"]}
_VERSION: Final[Schema] = {"type": "integer", "minimum": 1, "maximum": 2**31 - 1}
_ID: Final[Schema] = {"description": "Passed over"}


def new_strategy() -> Schema:
    """Describe the body of a new strategy; `id` and `version` may stand in it, as they were read."""
    return _strategy({"version": {"description": "Passed over"}}, ())


def changed_strategy() -> Schema:
    """Describe the body that takes a strategy's place."""
    return _strategy({"version": _VERSION}, ("version",))


def desk_settings() -> Schema:
    """Describe the body that changes the desk's settings."""
    whole = {name: _whole(limits) for name, limits in WHOLE.items()}
    numbers = {name: _number(limits) for name, limits in NUMBERS.items()}
    return _object({**whole, **numbers, "version": {**_VERSION, "type": ["integer", "null"]}}, ())


def _strategy(more: Mapping[str, Schema], required: tuple[str, ...]) -> Schema:
    fields: dict[str, Schema] = {
        "id": _ID,
        "name": {"type": "string", "minLength": 1, "maxLength": bounds.NAME_CHARS_MAX},
        "type": {"type": "string", "enum": _words(StrategyType)},
        "underlying": {"type": "string", "minLength": 1, "maxLength": bounds.TICKER_CHARS_MAX},
        "enabled": {**_FLAG, "default": True},
        "mode": _word(DeskMode, "paper"),
        "preferred_broker": _word(DeskBroker, "tradier"),
        "entry_conditions": _entry(),
        "exit_conditions": _exit(),
        "sizing": _sizing(),
        "max_positions": _whole(bounds.POSITIONS, is_required=True),
        **more,
    }
    named = ("name", "type", "underlying", "entry_conditions", "exit_conditions", "sizing", "max_positions")
    return _object(fields, (*named, *required))


def _entry() -> Schema:
    fields: dict[str, Schema] = {
        "dte_min": _whole(bounds.DTE, is_required=True),
        "dte_max": _whole(bounds.DTE, is_required=True),
        "short_delta": _number_or_range(bounds.DELTA),
        "wing_width": _number_or_range(bounds.PRICE),
        "min_credit": _number(bounds.CREDIT),
        "ivr_min": _number(bounds.PER_CENT),
        "ivr_max": _number(bounds.PER_CENT),
        "ma_rule": _word(MovingAverageRule, "none"),
        "min_premium_pct": _number(bounds.PER_CENT),
        "entry_from": _CLOCK,
        "entry_to": _CLOCK,
        "adx_max": _number(bounds.PER_CENT),
        "min_vrp": _number(bounds.VRP),
        "liquidity": _liquidity(),
        "earnings_after_days": _whole(bounds.DAYS),
        "max_gamma_loss_1pct": _number(bounds.DOLLARS),
        "skew_aware": _FLAG,
        "dynamic_dte": _FLAG,
    }
    return _object(fields, ("dte_min", "dte_max"))


def _liquidity() -> Schema:
    fields: dict[str, Schema] = {
        "max_spread_pct": _number(bounds.SHARE),
        "min_volume": _whole(bounds.COUNT),
        "min_open_interest": _whole(bounds.COUNT),
        "min_underlying_volume_pct": _number(bounds.PER_CENT),
        "max_quote_age_s": _whole(bounds.AGE),
    }
    return {**_object(fields, ()), "type": ["object", "null"]}


def _exit() -> Schema:
    fields: dict[str, Schema] = {
        "profit_target_pct": _number(bounds.SHARE),
        "profit_target_usd": _number(bounds.DOLLARS),
        "trail_from_pct": _number(bounds.SHARE),
        "trail_pct": _number(bounds.SHARE),
        "stop_pct": _number(bounds.STOP_PCT),
        "stop_usd": _number(bounds.DOLLARS),
        "time_stop_dte": _whole(bounds.DTE),
        "time_stop_at": _CLOCK,
        "vix_exit": _FLAG,
    }
    return {**_object(fields, ()), "description": "At least one stop"}


def _sizing() -> Schema:
    fixed: Schema = {"const": SizingKind.FIXED.value}
    by_risk: Schema = {"const": SizingKind.RISK.value}
    quantity = _whole(bounds.QTY, is_required=True)
    share = {**_number(bounds.SHARE), "type": "number"}
    return {
        "oneOf": [
            _object({"kind": fixed, "qty": quantity, "pct": {"type": "null"}}, ("kind", "qty")),
            _object({"kind": by_risk, "pct": share, "qty": {"type": "null"}}, ("kind", "pct")),
        ]
    }


def _object(fields: Mapping[str, Schema], required: tuple[str, ...]) -> Schema:
    return {
        "type": "object",
        "properties": {name: {**schema} for name, schema in fields.items()},
        "required": [*required],
        "additionalProperties": False,
    }


def _number(limits: Limits) -> Schema:
    least: JsonValue = float(limits.least)
    below = {"exclusiveMinimum": least} if limits.above else {"minimum": least}
    return {"type": ["number", "null"], **below, "maximum": float(limits.most)}


def _whole(limits: Limits, *, is_required: bool = False) -> Schema:
    kind: JsonValue = "integer" if is_required else ["integer", "null"]
    return {"type": kind, "minimum": int(limits.least), "maximum": int(limits.most)}


def _number_or_range(limits: Limits) -> Schema:
    end = {**_number(limits), "type": "number"}
    return {"anyOf": [_number(limits), _object({"min": end, "max": end}, ("min", "max"))]}


def _word(words: type[StrEnum], default: str) -> Schema:
    return {"enum": [*_words(words), None], "default": default}


def _words(words: type[StrEnum]) -> list[JsonValue]:
    return [word.value for word in words]

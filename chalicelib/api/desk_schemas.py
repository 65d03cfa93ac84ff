"""JSON Schemas of what the desk's domain reads, from the bounds by which it reads."""

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
from chalicelib.domain.body_reader import Limits
from chalicelib.domain.desk.strategies import bounds
from chalicelib.domain.desk.strategies.settings import NUMBERS, WHOLE
from chalicelib.domain.desk.strategies.strategy import DeskBroker, DeskMode, MovingAverageRule, SizingKind
from chalicelib.domain.desk.strategies.strategy_types import StrategyType

_CLOCK: Final[Schema] = {
    "type": ["string", "null"],
    "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$",
    "description": "New York",
}
_UNNAMED: Final = (
    "type",
    "underlying",
    "entry_conditions",
    "exit_conditions",
    "sizing",
    "max_positions",
)
_ID: Final[Schema] = {"description": "Passed over"}


def new_strategy() -> Schema:
    """Describe the body of a new strategy; `id` and `version` may stand in it, as they were read."""
    return _strategy({"version": {"description": "Passed over"}}, ())


def previewed_strategy() -> Schema:
    """Describe the body of a strategy that is only judged: it need not have a name yet."""
    return _strategy({"version": {"description": "Passed over"}}, (), named=_UNNAMED)


def changed_strategy() -> Schema:
    """Describe the body that takes a strategy's place."""
    return _strategy({"version": VERSION}, ("version",))


def desk_settings() -> Schema:
    """Describe the body that changes the desk's settings."""
    whole = {name: whole_of(limits) for name, limits in WHOLE.items()}
    numbers = {name: number_of(limits) for name, limits in NUMBERS.items()}
    return object_of({**whole, **numbers, "version": {**VERSION, "type": ["integer", "null"]}}, ())


def _strategy(
    more: Mapping[str, Schema], required: tuple[str, ...], named: tuple[str, ...] = ("name", *_UNNAMED)
) -> Schema:
    fields: dict[str, Schema] = {
        "id": _ID,
        "name": {"type": "string", "minLength": 1, "maxLength": bounds.NAME_CHARS_MAX},
        "type": {"type": "string", "enum": words_of(StrategyType)},
        "underlying": {"type": "string", "minLength": 1, "maxLength": bounds.TICKER_CHARS_MAX},
        "enabled": {**FLAG, "default": True},
        "mode": word_of(DeskMode, "paper"),
        "preferred_broker": word_of(DeskBroker, "tradier"),
        "entry_conditions": _entry(),
        "exit_conditions": _exit(),
        "sizing": _sizing(),
        "max_positions": whole_of(bounds.POSITIONS, is_required=True),
        **more,
    }
    return object_of(fields, (*named, *required))


def _entry() -> Schema:
    fields: dict[str, Schema] = {
        "dte_min": whole_of(bounds.DTE, is_required=True),
        "dte_max": whole_of(bounds.DTE, is_required=True),
        "short_delta": _number_or_range(bounds.DELTA),
        "wing_width": _number_or_range(bounds.PRICE),
        "min_credit": number_of(bounds.CREDIT),
        "ivr_min": number_of(bounds.PER_CENT),
        "ivr_max": number_of(bounds.PER_CENT),
        "ma_rule": word_of(MovingAverageRule, "none"),
        "min_premium_pct": number_of(bounds.PER_CENT),
        "entry_from": _CLOCK,
        "entry_to": _CLOCK,
        "adx_max": number_of(bounds.PER_CENT),
        "min_vrp": number_of(bounds.VRP),
        "liquidity": _liquidity(),
        "earnings_after_days": whole_of(bounds.DAYS),
        "max_gamma_loss_1pct": number_of(bounds.DOLLARS),
        "skew_aware": FLAG,
        "dynamic_dte": FLAG,
    }
    return object_of(fields, ("dte_min", "dte_max"))


def _liquidity() -> Schema:
    fields: dict[str, Schema] = {
        "max_spread_pct": number_of(bounds.SHARE),
        "min_volume": whole_of(bounds.COUNT),
        "min_open_interest": whole_of(bounds.COUNT),
        "min_underlying_volume_pct": number_of(bounds.PER_CENT),
        "max_quote_age_s": whole_of(bounds.AGE),
    }
    return {**object_of(fields, ()), "type": ["object", "null"]}


def _exit() -> Schema:
    fields: dict[str, Schema] = {
        "profit_target_pct": number_of(bounds.SHARE),
        "profit_target_usd": number_of(bounds.DOLLARS),
        "trail_from_pct": number_of(bounds.SHARE),
        "trail_pct": number_of(bounds.SHARE),
        "stop_pct": number_of(bounds.STOP_PCT),
        "stop_usd": number_of(bounds.DOLLARS),
        "time_stop_dte": whole_of(bounds.DTE),
        "time_stop_at": _CLOCK,
        "vix_exit": FLAG,
    }
    return {**object_of(fields, ()), "description": "At least one stop"}


def _sizing() -> Schema:
    fixed: Schema = {"const": SizingKind.FIXED.value}
    by_risk: Schema = {"const": SizingKind.RISK.value}
    quantity = whole_of(bounds.QTY, is_required=True)
    share = {**number_of(bounds.SHARE), "type": "number"}
    return {
        "oneOf": [
            object_of({"kind": fixed, "qty": quantity, "pct": {"type": "null"}}, ("kind", "qty")),
            object_of({"kind": by_risk, "pct": share, "qty": {"type": "null"}}, ("kind", "pct")),
        ]
    }


def _number_or_range(limits: Limits) -> Schema:
    end = {**number_of(limits), "type": "number"}
    return {"anyOf": [number_of(limits), object_of({"min": end, "max": end}, ("min", "max"))]}

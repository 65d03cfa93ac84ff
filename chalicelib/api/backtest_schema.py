"""The JSON Schema of a backtest's request, from the bounds by which the domain reads it."""

from typing import Final

from chalicelib.api.desk_schemas import new_strategy
from chalicelib.api.schema_parts import Schema, number_of, object_of, whole_of, word_of, words_of
from chalicelib.domain.backtest import request as bounds
from chalicelib.domain.backtest.request import Filling
from chalicelib.domain.backtest.sources import Source
from chalicelib.services.backtests.histories import SOURCES

_DAY: Final[Schema] = {"type": "string", "format": "date"}


def backtest() -> Schema:
    """Describe the body of a backtest."""
    return object_of(
        {
            "strategy": {"oneOf": [{"type": "string", "format": "uuid"}, new_strategy()]},
            "from": _DAY,
            "to": _DAY,
            "initial_capital": {**number_of(bounds.CAPITAL), "default": 100_000},
            "slippage_pct": {**number_of(bounds.SLIPPAGE), "default": 0.5},
            "commission": {**number_of(bounds.COMMISSION), "default": 0.65},
            "source": {"enum": [*SOURCES, None], "default": bounds.SYNTHETIC},
            "file": {"type": ["string", "null"], "maxLength": bounds.NAME_MAX},
            "fill_rule": word_of(Filling, Filling.TOUCH.value),
            "assume": {"type": ["array", "null"], "items": {"enum": words_of(Source)}},
            "seed": {**whole_of(bounds.SEED), "default": 1},
            "sweep": {
                "type": ["object", "null"],
                "additionalProperties": {"type": "array", "minItems": 1},
                "description": "Values by parameter, a path of the strategy's body or its end",
            },
        },
        ("strategy", "from", "to"),
    )

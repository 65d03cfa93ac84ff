"""Parts of JSON Schemas that are made of the bounds by which the domain reads."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from chalicelib.domain.body_reader import Limits
from chalicelib.domain.json_value import JsonValue

Schema = dict[str, JsonValue]

FLAG: Final[Schema] = {"type": ["boolean", "null"]}
VERSION: Final[Schema] = {"type": "integer", "minimum": 1, "maximum": 2**31 - 1}


def object_of(fields: Mapping[str, Schema], required: tuple[str, ...]) -> Schema:
    """Describe an object of these fields and no others."""
    return {
        "type": "object",
        "properties": {name: {**schema} for name, schema in fields.items()},
        "required": [*required],
        "additionalProperties": False,
    }


def number_of(limits: Limits) -> Schema:
    """Describe a number within limits, or null."""
    least: JsonValue = float(limits.least)
    below = {"exclusiveMinimum": least} if limits.above else {"minimum": least}
    return {"type": ["number", "null"], **below, "maximum": float(limits.most)}


def whole_of(limits: Limits, *, is_required: bool = False) -> Schema:
    """Describe a whole number within limits; null where it is not required."""
    kind: JsonValue = "integer" if is_required else ["integer", "null"]
    return {"type": kind, "minimum": int(limits.least), "maximum": int(limits.most)}


def word_of(words: type[StrEnum], default: str) -> Schema:
    """Describe one of a list of words, or null for the default."""
    return {"enum": [*words_of(words), None], "default": default}


def words_of(words: type[StrEnum]) -> list[JsonValue]:
    """Return the words of a list."""
    return [word.value for word in words]

"""What JSON can hold."""

from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from typing import Final, TypeAlias

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
#: A number beyond is no count, and whole in name only.
_WHOLE_MAX: Final = 2**53


def plain_json(value: object) -> JsonValue:
    """Write a body's values as JSON has them: numbers as numbers, words as texts."""
    match value:
        case Mapping():
            return {str(name): plain_json(one) for name, one in value.items()}
        case list() | tuple():
            return [plain_json(one) for one in value]
        case Decimal():
            number = float(value)
            return int(number) if abs(number) < _WHOLE_MAX and number.is_integer() else number
        case Enum():
            return str(value.value)
        case None | bool() | int() | float() | str():
            return value
    raise TypeError(f"{type(value).__name__} has no form in JSON")

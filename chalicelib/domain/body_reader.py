"""Reading a body field by field: each fault is collected by its name instead of ending at the first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from enum import StrEnum
from re import fullmatch
from typing import TypeVar

Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldFault:
    """What is wrong with one field, named by its path (`entry_conditions.dte_min`)."""

    field: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The least and the most a number may be, both allowed; `above`: the least itself is not."""

    least: Decimal
    most: Decimal
    above: bool = False

    def fault(self, number: Decimal) -> str | None:
        """Say what is wrong with a number, None when nothing is."""
        if number < self.least or number > self.most or (self.above and number == self.least):
            return f"must be {'above' if self.above else 'from'} {self.least} and at most {self.most}"
        return None


def limits(least: str | int, most: str | int, *, above: bool = False) -> Limits:
    """Write limits shortly."""
    return Limits(least=Decimal(least), most=Decimal(most), above=above)


class BodyReader:
    """One object of a body: each reader takes a field out; what nobody took is not known.

    A reader answers None for what is missing, null or faulty, and has noted the fault.
    """

    def __init__(self, body: object, faults: list[FieldFault], path: str = "") -> None:
        self._path = path
        self._faults = faults
        self._left: dict[str, object] = {}
        if isinstance(body, Mapping):
            self._left = {str(name): value for name, value in body.items()}
        else:
            self.fault("", "must be an object")

    def fault(self, name: str, message: str) -> None:
        """Note a fault of a field of this object."""
        self._faults.append(FieldFault(field=self._path_of(name), message=message))

    def has(self, name: str) -> bool:
        """Say whether a field is there, as null too."""
        return name in self._left

    def take(self, name: str, *, required: bool = False) -> object:
        """Return a field as it came, None for null and for what is not there."""
        value = self._left.pop(name, None)
        if value is None and required:
            self.fault(name, "is missing")
        return value

    def block(self, name: str) -> "BodyReader":
        """Return the reader of an object inside this one, an empty one where it is not there."""
        value = self.take(name)
        return self.inside(name, {} if value is None else value)

    def inside(self, name: str, value: object) -> "BodyReader":
        """Return the reader of a value that was taken out as this field."""
        return BodyReader(value, self._faults, self._path_of(name))

    def number(self, name: str, allowed: Limits, *, required: bool = False) -> Decimal | None:
        """Read a number."""
        return self._number(name, self.take(name, required=required), allowed)

    def whole(self, name: str, allowed: Limits, *, required: bool = False) -> int | None:
        """Read a number without decimals."""
        number = self.number(name, allowed, required=required)
        if number is not None and number % 1:
            self.fault(name, "must be a whole number")
            return None
        return None if number is None else int(number)

    def word(self, name: str, words: type[Word], *, required: bool = False) -> Word | None:
        """Read one of a list of words."""
        value = self.take(name, required=required)
        if value is None:
            return None
        if isinstance(value, str) and value in {word.value for word in words}:
            return words(value)
        self.fault(name, f"must be one of {', '.join(words)}")
        return None

    def flag(self, name: str) -> bool | None:
        """Read true or false."""
        value = self.take(name)
        if value is None or isinstance(value, bool):
            return value
        self.fault(name, "must be true or false")
        return None

    def text(self, name: str, most: int, *, required: bool = False) -> str | None:
        """Read a text of one to so many characters."""
        value = self.take(name, required=required)
        if value is None:
            return None
        if isinstance(value, str) and 0 < len(value.strip()) <= most and value.isprintable():
            return value.strip()
        self.fault(name, f"must have 1 to {most} printable characters")
        return None

    def clock(self, name: str) -> time | None:
        """Read a time of day, `HH:MM`."""
        value = self.take(name)
        if value is None:
            return None
        if isinstance(value, str) and fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value):
            return time.fromisoformat(value)
        self.fault(name, "must be a time of day as HH:MM")
        return None

    def pair(self, name: str, allowed: Limits, *, required: bool = False) -> tuple[Decimal, Decimal] | None:
        """Read a number, or `{min, max}`; one number is both ends."""
        value = self.take(name, required=required)
        if not isinstance(value, Mapping):
            number = self._number(name, value, allowed)
            return None if number is None else (number, number)
        inner = self.inside(name, value)
        low, high = (inner.number(end, allowed, required=True) for end in ("min", "max"))
        inner.end()
        if low is None or high is None:
            return None
        if low > high:
            self.fault(name, "min must not be above max")
            return None
        return low, high

    def end(self) -> None:
        """Note every field that nobody took as not known."""
        for name in self._left:
            self.fault(name, "is not known")

    def _path_of(self, name: str) -> str:
        return ".".join(part for part in (self._path, name) if part)

    def _number(self, name: str, value: object, allowed: Limits) -> Decimal | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            self.fault(name, "must be a number")
            return None
        number = Decimal(str(value))
        wrong = "must be a number" if not number.is_finite() else allowed.fault(number)
        if wrong is not None:
            self.fault(name, wrong)
            return None
        return number

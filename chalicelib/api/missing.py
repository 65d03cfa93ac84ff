"""Fields that a body lacks by a rule over several of them: each is named, beside whatever else is wrong."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

M = TypeVar("M")


def with_missing(names: Collection[str], given: Mapping[str, object], read: Callable[[], M]) -> M:
    """Return what `read` makes of a body that has all these fields; raises ValidationError of all faults."""
    faults = [_missing(name) for name in names if name not in given]
    faults += [_null(name) for name in names if name in given and given[name] is None]
    try:
        body = read()
    except ValidationError as error:
        faults = [*(_again(entry) for entry in error.errors()), *faults]
        raise ValidationError.from_exception_data(error.title, faults) from None
    if faults:
        raise ValidationError.from_exception_data("body", faults)
    return body


def _missing(name: str) -> InitErrorDetails:
    return InitErrorDetails(type="missing", loc=(name,), input=None)


def _null(name: str) -> InitErrorDetails:
    told = PydanticCustomError("value_error", "must be given")
    return InitErrorDetails(type=told, loc=(name,), input=None)


def _again(entry: Any) -> InitErrorDetails:  # Any: pydantic's own record of a fault
    told = PydanticCustomError(entry["type"], entry["msg"].replace("{", "(").replace("}", ")"))
    return InitErrorDetails(type=told, loc=entry["loc"], input=None)

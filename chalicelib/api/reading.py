"""Bodies and headers into plain values; whatever cannot be read becomes a problem, never an exception.

JSON is read strictly (RFC 8259): UTF-8, an object, no NaN, no name twice. Numbers become int or Decimal, so
that money is exact from the first byte. Texts that PostgreSQL cannot hold (NUL, lone surrogates) and nesting
beyond DEPTH_MAX are faults of their field.
"""

import json
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Final, TypeAlias
from uuid import UUID

from chalicelib.api.problems import Problem, invalid
from chalicelib.services.errors import FieldError

#: JSON as read: like JsonValue, with Decimal for numbers that have a fraction or an exponent.
Parsed: TypeAlias = "bool | int | Decimal | str | list[Parsed] | dict[str, Parsed] | None"

BODY_BYTES_MAX: Final = 256 * 1024
DEPTH_MAX: Final = 32
IDEMPOTENCY_KEY_CHARACTERS_MAX: Final = 100
_INTEGER_DIGITS_MAX: Final = 40
ID_PATTERN: Final = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
_UUID: Final = re.compile(ID_PATTERN.strip("^$"))
_CHARSET: Final = re.compile(r"""^charset\s*=\s*"?utf-?8"?$""", re.IGNORECASE)


def parse_object(raw: bytes, content_type: str | None) -> dict[str, Parsed]:
    """Read a body that must be a JSON object; raises Problem 413, 415, 400 or 422 (texts, depth)."""
    if len(raw) > BODY_BYTES_MAX:
        raise Problem(kind="too-large", detail="A body may have 256 KB.")
    if not is_json(content_type):
        raise Problem(kind="media-type", detail="The body must be application/json.")
    try:
        parsed: Parsed = json.loads(
            raw.decode("utf-8"),
            parse_float=Decimal,
            parse_int=_read_integer,
            parse_constant=_refuse_constant,
            object_pairs_hook=_object_without_twins,
        )
    except (ValueError, InvalidOperation, RecursionError) as error:
        raise Problem(kind="malformed", detail="The body is not JSON.") from error
    if not isinstance(parsed, dict):
        raise Problem(kind="malformed", detail="The body is not a JSON object.")
    faults = [fault for name, value in parsed.items() for fault in _text_faults(name, value)]
    if faults:
        raise invalid(faults)
    return parsed


def parse_csv(raw: bytes, content_type: str | None) -> str:
    """Return the text of a CSV body; raises Problem 413, 415 or 400."""
    if len(raw) > BODY_BYTES_MAX:
        raise Problem(kind="too-large", detail="A file may have 256 KB.")
    if not _is_utf8(content_type or "", "text/csv"):
        raise Problem(kind="media-type", detail="The body must be text/csv.")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Problem(kind="malformed", detail="The file is not UTF-8 text.") from error


def is_json(content_type: str | None) -> bool:
    """Say whether this media type is JSON in UTF-8; an absent one counts as JSON."""
    if not content_type or not content_type.strip():
        return True
    return _is_utf8(content_type, "application/json")


def _is_utf8(content_type: str, wanted: str) -> bool:
    media_type, *parameters = (part.strip() for part in content_type.split(";"))
    charsets = [part for part in parameters if part.lower().startswith("charset")]
    return media_type.lower() == wanted and all(_CHARSET.match(part) for part in charsets)


def _read_integer(text: str) -> int | Decimal:
    """Read an integer; an absurdly long one stays a Decimal, which no bound admits."""
    return int(text) if len(text) <= _INTEGER_DIGITS_MAX else Decimal(text)


def _refuse_constant(text: str) -> Parsed:
    raise ValueError(f"{text} is not JSON")


def _object_without_twins(pairs: list[tuple[str, Parsed]]) -> dict[str, Parsed]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError("a name stands twice in an object")
    return read


def _text_faults(name: str, value: Parsed) -> Iterable[FieldError]:
    """Find texts and names below this field that cannot be stored, and nesting that is too deep."""
    message = text_fault(name)
    if message is not None:
        yield FieldError(field="", message=f"a field's name {message}")
        return
    level: list[Parsed] = [value]
    for _ in range(DEPTH_MAX):
        texts = [item for item in level if isinstance(item, str)]
        texts += [key for item in level if isinstance(item, dict) for key in item]
        for message in filter(None, map(text_fault, texts)):
            yield FieldError(field=name, message=message)
            return
        level = [child for item in level for child in _children(item)]
        if not level:
            return
    yield FieldError(field=name, message=f"may be nested {DEPTH_MAX} levels deep")


def _children(value: Parsed) -> Iterable[Parsed]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def text_fault(text: str) -> str | None:
    """Say why PostgreSQL cannot hold this text, None when it can."""
    if "\x00" in text:
        return "must not contain NUL"
    if any("\ud800" <= character <= "\udfff" for character in text) if not text.isascii() else False:
        return "must not contain half a surrogate pair"
    return None


def parse_id(text: str) -> UUID | None:
    """Read an id in its canonical form; None for any other text, which is then like an unknown id."""
    return UUID(text) if _UUID.fullmatch(text) else None


def parse_cursor_id(text: str) -> UUID:
    """Read the cursor of a list that is ordered by ids; raises Problem 422."""
    before = parse_id(text)
    if before is None:
        raise invalid([FieldError(field="cursor", message="is not one of ours")])
    return before


def parse_idempotency_key(headers: Mapping[str, str]) -> str | None:
    """Return the key, None without one; raises Problem 422 beyond its bounds."""
    key = headers.get("idempotency-key")
    if key is None:
        return None
    if not 0 < len(key) <= IDEMPOTENCY_KEY_CHARACTERS_MAX or text_fault(key) is not None:
        limit = IDEMPOTENCY_KEY_CHARACTERS_MAX
        raise invalid([FieldError(field="Idempotency-Key", message=f"must have 1 to {limit} characters")])
    return key


def query_values(given: Mapping[str, list[str]] | None) -> dict[str, str]:
    """Return each query value by name; raises Problem 422 for a name given twice or an unusable text."""
    values: dict[str, str] = {}
    for name, texts in (given or {}).items():
        if len(texts) != 1:
            raise invalid([FieldError(field=name, message="may be given once")])
        message = text_fault(texts[0]) or text_fault(name)
        if message is not None:
            raise invalid([FieldError(field=name.replace("\x00", ""), message=message)])
        values[name] = texts[0]
    return values


def read_cookie(headers: Mapping[str, str], name: str) -> str | None:
    """Return the value of this cookie, None when it was not sent."""
    for part in headers.get("cookie", "").split(";"):
        key, separator, value = part.strip().partition("=")
        if separator and key == name:
            return value.strip('"') or None
    return None

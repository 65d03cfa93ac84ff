"""Numbers as the world's spreadsheets write them: `1,234.50`, `1.234,50`, `1 234,50`, `1'234.50`, `(4.20)`.

Pure. One cell alone may not tell: `1,234` is a thousand somewhere and a bit over one elsewhere. What the
file's other cells show decides, and where they show nothing the cell is refused, never guessed.
"""

import re
from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from typing import Final


class DecimalMark(StrEnum):
    """What stands before the decimals."""

    POINT = "."
    COMMA = ","

    @property
    def other(self) -> "DecimalMark":
        """Return the one that then stands between thousands."""
        return DecimalMark.COMMA if self is DecimalMark.POINT else DecimalMark.POINT


class NotANumber(ValueError):
    """The text is no number, or could be two; the message says which, for the file's owner."""


_NOT_A_NUMBER: Final = "is not a number"
_FOREIGN_MONEY: Final = re.compile(r"[€£¥]|\b(?:EUR|GBP|CHF|JPY|CAD|AUD)\b")
_DOLLARS: Final = re.compile(r"US\$|\$|\bUSD\b")
#: What people put between thousands besides a comma or a point: spaces of several widths, apostrophes.
_QUIET_GROUPING: Final = re.compile(r"[ \u00a0\u2009\u202f'\u2019]")
_QUIETLY_GROUPED: Final = re.compile(r"[0-9]{1,3}(?: [0-9]{3})+(?:[.,][0-9]+)?")
_BODY: Final = re.compile(r"[0-9]*(?:[.,][0-9]*)*")
_GROUP_DIGITS: Final = 3
_DIGITS_MAX: Final = 20


def marks_shown(texts: Iterable[str]) -> frozenset[DecimalMark]:
    """Return the decimal marks that these cells show beyond doubt; what is no number shows nothing."""
    found = set()
    for text in texts:
        try:
            _, body, quiet = _parts(text)
            mark = _mark_of(body, is_grouped=quiet)
        except NotANumber:
            continue
        if mark is not None:
            found.add(mark)
    return frozenset(found)


def read_number(text: str, shown: frozenset[DecimalMark]) -> Decimal:
    """Read a number; `shown` is what the file's cells show. Raises NotANumber.

    A negative number has a minus on either side (`-4.20`, `4.20-`) or stands in parentheses.
    """
    is_negative, body, quiet = _parts(text)
    mark = _mark_of(body, is_grouped=quiet) or _by_the_file(body, shown)
    digits = body if mark is None else body.replace(mark.other, "").replace(mark, ".")
    if len(re.sub(r"\D", "", digits)) > _DIGITS_MAX:
        raise NotANumber(_NOT_A_NUMBER)
    number = Decimal(digits)
    return -number if is_negative else number


def _parts(text: str) -> tuple[bool, str, bool]:
    """Return whether it is negative, its digits and marks, and whether spaces or the like group it."""
    if _FOREIGN_MONEY.search(text):
        raise NotANumber("is not in dollars")
    bare = _DOLLARS.sub("", text).replace("\u2212", "-").strip()
    is_negative = False
    if bare.startswith("(") and bare.endswith(")"):
        is_negative, bare = True, bare[1:-1].strip()
    elif bare.startswith(("-", "+")):
        is_negative, bare = bare[0] == "-", bare[1:].strip()
    elif bare.endswith("-"):
        is_negative, bare = True, bare[:-1].strip()
    spaced = _QUIET_GROUPING.sub(" ", bare)
    is_grouped = " " in spaced
    if is_grouped and not _QUIETLY_GROUPED.fullmatch(spaced):
        raise NotANumber(_NOT_A_NUMBER)
    body = spaced.replace(" ", "")
    if not _BODY.fullmatch(body) or not any(one.isdigit() for one in body):
        raise NotANumber(_NOT_A_NUMBER)
    return is_negative, body, is_grouped


def _mark_of(body: str, *, is_grouped: bool) -> DecimalMark | None:
    """Return the mark of a cell that leaves no doubt, None of one without any or with two readings."""
    present = [mark for mark in DecimalMark if mark in body]
    if not present:
        return None
    if len(present) > 1:
        mark = DecimalMark(max(present, key=body.rindex))
        _check_grouping(body, mark)
        return mark
    mark = present[0]
    whole, _, decimals = body.partition(mark)
    if body.count(mark) > 1:
        if is_grouped:
            raise NotANumber(_NOT_A_NUMBER)
        _check_grouping(body, mark.other)
        return mark.other
    could_group = len(decimals) == _GROUP_DIGITS and 1 <= len(whole) <= _GROUP_DIGITS
    if could_group and not whole.startswith("0") and not is_grouped:
        return None
    return mark


def _check_grouping(body: str, mark: DecimalMark) -> None:
    """Raise unless the other mark stands before every three digits of the whole part, and there alone."""
    whole, _, decimals = body.partition(mark)
    first, *groups = whole.split(mark.other)
    is_right = 1 <= len(first) <= _GROUP_DIGITS and all(len(group) == _GROUP_DIGITS for group in groups)
    if not is_right or mark in decimals or mark.other in decimals:
        raise NotANumber(_NOT_A_NUMBER)


def _by_the_file(body: str, shown: frozenset[DecimalMark]) -> DecimalMark | None:
    if not any(mark in body for mark in DecimalMark):
        return None
    if len(shown) == 1:
        (mark,) = shown
        return mark
    plain = re.sub(r"[.,]", "", body)
    decimal = re.sub(r"[.,]", ".", body)
    why = "writes decimals both ways" if shown else "shows nowhere what its decimals look like"
    raise NotANumber(f"could be {plain} or {decimal}, and the file {why}")

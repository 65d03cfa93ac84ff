"""Which part of a long list is asked for."""

from collections.abc import Mapping
from typing import Final

from infra.local.emulators.brokerage.refusals import BadParameter

DEFAULT_PAGE: Final = 25
LARGEST_PAGE: Final = 1500


def paging(asked: Mapping[str, str]) -> tuple[int, int]:
    """Return page, from 1 on, and rows a page. Raises BadParameter."""
    numbers = []
    for name, default in (("page", 1), ("limit", DEFAULT_PAGE)):
        text = asked.get(name, str(default))
        if not text.isdecimal() or int(text) < 1:
            raise BadParameter(name, "is not valid")
        numbers.append(int(text))
    return numbers[0], min(numbers[1], LARGEST_PAGE)

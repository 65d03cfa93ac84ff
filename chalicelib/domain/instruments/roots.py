"""Which contract is meant where an underlying has several of one strike and day (W-05)."""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Final, Protocol, TypeVar

from chalicelib.domain.instruments.index_classes import settles_on_open
from chalicelib.domain.instruments.symbols import OPTION_MULTIPLIER

_DIGIT: Final = re.compile(r"[0-9]")


class Rooted(Protocol):
    """A listed contract as a chain tells it."""

    @property
    def root(self) -> str: ...
    @property
    def multiplier(self) -> Decimal: ...


Listed = TypeVar("Listed", bound=Rooted)


def is_adjusted(root: str, multiplier: Decimal = OPTION_MULTIPLIER) -> bool:
    """Say whether a contract is not a standard one: shown, never opened by us, closed by a person alone.

    Its root holds a digit (`GME1` after an adjustment, `4SPX` of a FLEX series) or it stands for other than
    100.
    """
    return multiplier != OPTION_MULTIPLIER or _DIGIT.search(root) is not None


def meant_by(candidates: Iterable[Listed], root: str | None = None) -> Listed | None:
    """Return which of the contracts of one strike, right and day is meant; None when it is not listed.

    A root that was named is the only answer. Otherwise the standard contract stands before an adjusted one,
    and of an index the one that settles on the close before the one that settles on the open.
    """
    if root is not None:
        candidates = [one for one in candidates if one.root == root]
    return min(candidates, key=_rank, default=None)


def _rank(one: Rooted) -> tuple[bool, bool, str]:
    return is_adjusted(one.root, one.multiplier), settles_on_open(one.root), one.root

"""Option symbols as the OCC writes them, without padding."""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Final

PATTERN: Final = re.compile(r"([A-Z]{1,6})(\d{6})([CP])(\d{8})")


#: Roots that are not their underlying's symbol (wire/tradier.md, 7.1, 7.2).
_UNDERLYINGS: Final = {"SPXW": "SPX", "BRKB": "BRK/B"}
#: Roots whose last trading day is the one before their expiry, and which settle at that day's opening prices.
SETTLED_AT_THE_OPEN: Final = frozenset({"SPX"})


class Right(StrEnum):
    """Whether a contract is a call or a put, in Tradier's words."""

    CALL = "call"
    PUT = "put"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """One listed option; the strike in thousandths of a dollar, so that it stays exact."""

    root: str
    expiry: date
    right: Right
    strike_thousandths: int

    @property
    def strike(self) -> float:
        """The strike in dollars."""
        return self.strike_thousandths / 1000

    @property
    def underlying(self) -> str:
        """The symbol of what it is written on, `SPX` for `SPXW`."""
        return _UNDERLYINGS.get(self.root, self.root)

    @property
    def settles_at_open(self) -> bool:
        """Whether it is worth what its underlying opens at on its last day (AM), not what it closes at."""
        return self.root in SETTLED_AT_THE_OPEN

    @property
    def symbol(self) -> str:
        """The OCC symbol, `SPY260220C00600000`."""
        letter = "C" if self.right is Right.CALL else "P"
        return f"{self.root}{self.expiry:%y%m%d}{letter}{self.strike_thousandths:08d}"


@lru_cache(maxsize=16384)
def parse(symbol: str) -> Contract | None:
    """Read an OCC symbol: root, YYMMDD, C or P, strike in thousandths; None when it is none."""
    found = PATTERN.fullmatch(symbol)
    if found is None:
        return None
    root, digits, letter, strike = found.groups()
    try:
        expiry = date(2000 + int(digits[:2]), int(digits[2:4]), int(digits[4:]))
    except ValueError:
        return None
    right = Right.CALL if letter == "C" else Right.PUT
    return Contract(root=root, expiry=expiry, right=right, strike_thousandths=int(strike))


def contract_symbol(root: str, expiry: date, right: Right, strike: float) -> str:
    """Return the OCC symbol of a contract whose strike is given in dollars."""
    return Contract(root=root, expiry=expiry, right=right, strike_thousandths=round(strike * 1000)).symbol

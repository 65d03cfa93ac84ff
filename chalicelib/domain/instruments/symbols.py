"""Option symbols in the compact OCC form: root, yymmdd, C or P, strike × 1000 in eight digits.

`SPY260115C00580000` is the SPY call struck at 580 that expires on 2026-01-15. Readers anchor on the right:
roots may hold digits (`GME1`). Source: OSI plan 1.8 (OCC, 2008).
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Final

from chalicelib.domain.instruments.index_classes import INDEX_CLASSES
from chalicelib.domain.instruments.tickers import CLASS_ROOTS

#: Shares that one contract is for; adjusted contracts differ (their roots hold a digit).
OPTION_MULTIPLIER: Final = Decimal(100)
_OCC: Final = re.compile(r"(?P<root>[A-Z0-9]{1,6}?) *(?P<date>[0-9]{6})(?P<right>[CP])(?P<strike>[0-9]{8})")
_STRIKE_UNIT: Final = Decimal(1000)
_STRIKE_MAX: Final = Decimal("99999.999")
#: A chain's symbols are read again with each of its answers.
_KEPT: Final = 8_192


class OptionType(StrEnum):
    """The right of an option."""

    CALL = "CALL"
    PUT = "PUT"


class NotAnOptionSymbol(ValueError):
    """The text is not an OCC option symbol."""

    def __init__(self, text: str) -> None:
        super().__init__(f"{text[:40]!r} is not an OCC option symbol")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class OptionContract:
    """One listed option; `root` is the OCC root, which need not be the underlying's ticker."""

    root: str
    expiry: date
    option_type: OptionType
    strike: Decimal

    def __post_init__(self) -> None:
        if not 0 < self.strike <= _STRIKE_MAX or self.strike * _STRIKE_UNIT % 1:
            raise ValueError(f"strike {self.strike} cannot be written in an OCC symbol")

    @property
    def underlying(self) -> str:
        """Return the ticker that this root's contracts are written on, as Tradier spells it."""
        return underlying_of(self.root)

    @staticmethod
    @lru_cache(maxsize=_KEPT)
    def parse_occ(text: str) -> "OptionContract":
        """Read a compact or padded OCC symbol; raises NotAnOptionSymbol."""
        match = _OCC.fullmatch(text)
        if match is None:
            raise NotAnOptionSymbol(text)
        day = match["date"]
        try:
            return OptionContract(
                root=match["root"],
                expiry=date(2000 + int(day[:2]), int(day[2:4]), int(day[4:])),
                option_type=OptionType.CALL if match["right"] == "C" else OptionType.PUT,
                strike=(Decimal(match["strike"]) / _STRIKE_UNIT).normalize() + 0,
            )
        except ValueError as error:
            raise NotAnOptionSymbol(text) from error

    def to_occ(self) -> str:
        """Write the compact form: `SPY260115C00580000`."""
        strike = int(self.strike * _STRIKE_UNIT)
        return f"{self.root}{self.expiry:%y%m%d}{self.option_type.value[0]}{strike:08d}"


def underlying_of(root: str) -> str:
    """Return the ticker that a root's contracts are written on, as Tradier spells it."""
    index_class = INDEX_CLASSES.get(root)
    return CLASS_ROOTS.get(root, root) if index_class is None else index_class.underlying

"""The terms of a leg: what a structure is made of, whoever asks about it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.instruments.symbols import OptionType


@dataclass(frozen=True, slots=True, kw_only=True)
class LegTerms:
    """What one structure holds of one instrument; option fields are None for other instruments.

    `ratio` counts contracts, shares or coins in one structure, `multiplier` what one of them stands for: 100
    shares in a standard contract, 1 in a share. All legs are on one underlying, which is not told here.
    """

    instrument: Instrument
    side: LegSide
    ratio: int
    multiplier: Decimal
    option_type: OptionType | None = None
    strike: Decimal | None = None
    expiry: date | None = None

    @property
    def units(self) -> Decimal:
        """Return what one structure holds of the underlying through this leg: above 0 long, below 0 short."""
        return self.side.sign * self.ratio * self.multiplier

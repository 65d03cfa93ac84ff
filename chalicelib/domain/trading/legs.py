"""The legs of a trade: what is held, which way, and how much of it where one went its own way (ADR 0030)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.quantities import quantity_step
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.instruments.symbols import OptionType
from chalicelib.domain.structures.terms import LegTerms


class LegOrigin(StrEnum):
    """What brought a leg that nobody asked for: shares of a short option, or of a long one."""

    ASSIGNED = "ASSIGNED"
    EXERCISED = "EXERCISED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One leg of a trade; option fields are None for other instruments.

    `apart_qty` is what is held of it where that is not its share of the structures held: it was assigned,
    expired or was bought back without the others. `missing_qty` is what of it the account was found not to
    hold. `origin` is None for a leg that was asked for. The steps are those that the exchange told of a coin
    as it was entered; of all else, and without, the instrument has its own.
    """

    id: UUID
    leg_no: int
    instrument: Instrument
    symbol: str
    multiplier: Decimal
    side: LegSide
    ratio: int
    quantity: Decimal
    option_type: OptionType | None
    strike: Decimal | None
    expiry: date | None
    entry_price: Decimal | None = None
    close_price: Decimal | None = None
    apart_qty: Decimal | None = None
    missing_qty: Decimal = Decimal(0)
    origin: LegOrigin | None = None
    price_step: Decimal | None = None
    quantity_step: Decimal | None = None

    @property
    def terms(self) -> LegTerms:
        """Return what one structure holds through this leg."""
        return LegTerms(
            instrument=self.instrument,
            side=self.side,
            ratio=self.ratio,
            multiplier=self.multiplier,
            option_type=self.option_type,
            strike=self.strike,
            expiry=self.expiry,
        )

    @property
    def lot(self) -> Decimal:
        """Return the smallest quantity of it that can be traded."""
        return self.quantity_step or quantity_step(self.instrument)

    def held(self, structures: Decimal) -> Decimal:
        """Return how much of it is held where so many structures are: contracts or shares, its own way."""
        return structures * self.ratio if self.apart_qty is None else self.apart_qty

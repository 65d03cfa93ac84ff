"""What callers ask for, as values: the API maps its request models onto these."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.instruments.symbols import OptionType
from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.trading.orders import OrderType
from chalicelib.domain.trading.protection import WHOLE, Protection, Target
from chalicelib.domain.trading.walk import EntryWalk


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannerFacts:
    """What a scanner said of a trade, kept as given."""

    card_score: Decimal | None = None
    ai_score: Decimal | None = None
    ai_verdict: str | None = None
    gate_verdict: str | None = None
    technical_score: Decimal | None = None
    sentiment_score: Decimal | None = None
    signals_given: JsonValue = None
    ai_reasoning_log: JsonValue = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedLeg:
    """One leg as it is asked for: `ratio` of it in each structure; option fields are None for shares.

    `root` names the class where a day has two (SPX, SPXW); None is the standard one.
    """

    side: LegSide = LegSide.LONG
    ratio: int = 1
    instrument: Instrument = Instrument.OPTION
    option_type: OptionType | None = None
    strike: Decimal | None = None
    expiry: date | None = None
    root: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedTarget:
    """A price at which a share of what is open is to be sold, over 0 and at most 1."""

    price: Decimal
    share: Decimal


def numbered(wanted: Sequence[WantedTarget], last_no: int, side: LegSide) -> tuple[Target, ...]:
    """Number targets after `last_no`, in the order in which the market would reach them."""
    nearest_first = sorted(wanted, key=lambda one: one.price * side.sign)
    return tuple(
        Target(no=last_no + place, price=one.price, share=one.share)
        for place, one in enumerate(nearest_first, start=1)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceTrade:
    """Open a position of one to four legs of one underlying. Quantity in structures, of a coin in parts too.

    Prices per share: of one leg its instrument's, of several what one pays for them, signed (ADR 0030).
    `broker_mode` is the broker that is asked for; None leaves it to the settings. `names_legs` says that the
    legs were given as a list: a fault is named by its place there. With a `walk` the limit price is where it
    begins (B-05); a person's entry has none. `targets` stand in place of `tp_price`.
    """

    ticker: str
    legs: tuple[WantedLeg, ...]
    order_type: OrderType
    qty: Decimal = Decimal(1)
    limit_price: Decimal | None = None
    sl_price: Decimal | None = None
    tp_price: Decimal | None = None
    strategy: str | None = None
    scanner: ScannerFacts = field(default_factory=ScannerFacts)
    trade_context: JsonValue = None
    broker_mode: BrokerMode | None = None
    names_legs: bool = False
    walk: EntryWalk | None = None
    targets: tuple[WantedTarget, ...] = ()

    @property
    def is_structure(self) -> bool:
        """Say whether it is of several legs."""
        return len(self.legs) > 1

    @property
    def instrument(self) -> Instrument | None:
        """Return what its price is the price of; None for several legs together."""
        return None if self.is_structure else self.legs[0].instrument

    @property
    def is_of_coins(self) -> bool:
        """Say whether it is of a coin, which is traded alone."""
        return self.instrument is Instrument.CRYPTO

    @property
    def side(self) -> LegSide:
        """Return which way its price is held: a structure is bought, whatever its legs are."""
        return LegSide.LONG if self.is_structure else self.legs[0].side

    @property
    def protection(self) -> Protection:
        """Return the stop and targets asked for."""
        targets = numbered(self.targets, WHOLE, self.side)
        next_price = targets[0].price if targets else self.tp_price
        return Protection(sl_price=self.sl_price, tp_price=next_price, targets=targets)


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseTrade:
    """Close what is held, or `qty` structures of it (W-03).

    `limit_price` is the worst price of several legs, signed (ADR 0030): the exit walks there (B-05).
    """

    qty: Decimal | None = None
    limit_price: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustTrade:
    """Move or remove stop and target; a leg that is not named stays as it is.

    `targets` take the place of all targets, `new_tp` is one over everything: never both.
    """

    changes_stop: bool
    new_sl: Decimal | None
    changes_target: bool
    new_tp: Decimal | None
    targets: tuple[WantedTarget, ...] | None = None

    def applied_to(self, protection: Protection, last_no: int, side: LegSide) -> Protection:
        """Return the protection after this change (I-12: the other leg unchanged).

        New targets are numbered after `last_no`, in the order in which the market would reach them.
        """
        stop = self.new_sl if self.changes_stop else protection.sl_price
        if self.targets is not None:
            targets = numbered(self.targets, last_no, side)
            next_price = targets[0].price if targets else None
            return Protection(sl_price=stop, tp_price=next_price, targets=targets)
        if self.changes_target:
            return Protection(sl_price=stop, tp_price=self.new_tp)
        return replace(protection, sl_price=stop)

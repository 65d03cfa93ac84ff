"""What an order asks of the positions that are held, when it is taken and again when it fills. Pure.

The sentences are Tradier's, so that a refusal reads the same at both.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from chalicelib.brokers.errors import Refused
from chalicelib.brokers.paper.ledger import Ledger, PaperLeg
from chalicelib.brokers.paper.rules import UNBOUNDED
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.money import ZERO

NO_BUYING_POWER: Final = "You do not have enough buying power for this trade"
_NOTHING_HELD: Final = {
    (
        Instrument.OPTION,
        OrderSide.SELL_TO_CLOSE,
    ): "Sell to Close order cannot be placed unless you are closing a long option position",
    (
        Instrument.OPTION,
        OrderSide.BUY_TO_CLOSE,
    ): "Buy To Close order cannot be placed unless closing a short option position",
    (
        Instrument.EQUITY,
        OrderSide.SELL_TO_CLOSE,
    ): "Sell order cannot be placed unless you are closing a long position",
    (
        Instrument.EQUITY,
        OrderSide.BUY_TO_CLOSE,
    ): "Buy To Cover order cannot be placed unless closing a short position",
}
_OTHER_SIDE_HELD: Final = {
    OrderSide.BUY_TO_OPEN: (
        "Buy To Open order cannot be placed to close a short option position,"
        " order must be placed as a Buy to Close"
    ),
    OrderSide.SELL_TO_OPEN: (
        "Sell to Open order cannot be placed while you have a current long option position"
    ),
}


def check_sides(ledger: Ledger, legs: Sequence[PaperLeg]) -> None:
    """Refuse to open what is held the other way round."""
    for leg in legs:
        if not leg.side.is_closing and ledger.held(leg.symbol) * leg.side.sign < 0:
            raise Refused(f"{_OTHER_SIDE_HELD[leg.side]}, please check open orders.")


def check_holdings(ledger: Ledger, legs: Sequence[PaperLeg], units: Decimal) -> None:
    """Refuse to close beyond what is held and not yet being closed."""
    for leg in legs:
        if not leg.side.is_closing:
            continue
        free = ledger.held(leg.symbol) * -leg.side.sign - ledger.committed(leg.symbol, leg.side)
        if leg.instrument is Instrument.EQUITY and not leg.side.is_buy and len(legs) == 1:
            free = ledger.loose_shares(leg.symbol)
        if units * leg.ratio > free:
            raise Refused(f"{nothing_held([leg])}, please check open orders.")


def closable(ledger: Ledger, legs: Sequence[PaperLeg]) -> Decimal:
    """Return how many whole units of an order what is held allows to close."""
    units = UNBOUNDED
    for leg in legs:
        if leg.side.is_closing:
            units = min(units, max(ZERO, ledger.held(leg.symbol) * -leg.side.sign) // leg.ratio)
    return units


def nothing_held(legs: Sequence[PaperLeg]) -> str:
    """Return why nothing of these legs can be closed: the sentence of the first that closes."""
    return next(
        (_NOTHING_HELD[leg.instrument, leg.side] for leg in legs if leg.side.is_closing), NO_BUYING_POWER
    )

"""What one order can close of a trade: all its option legs together, or what is left of it singly. Pure."""

from dataclasses import dataclass
from decimal import Decimal
from math import gcd

from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.trading.legs import Leg
from chalicelib.domain.trading.orders import Order, OrderLeg
from chalicelib.domain.trading.trades import Trade


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What one order moves: so many units of these legs; one leg alone is an order of its own kind."""

    quantity: Decimal
    legs: tuple[OrderLeg, ...]

    @property
    def is_combined(self) -> bool:
        """Say whether it takes a combined order."""
        return len(self.legs) > 1


def closing_bundle(trade: Trade, structures: Decimal) -> Bundle:
    """Return what closes so many structures: options first, for shares may cover them, then shares.

    Legs that went their own way are out of ratio: what is held of all of them is one unit of an order, taken
    as often as their quantities share a divisor.
    """
    held = [(leg, leg.held(structures)) for leg in trade.legs]
    options = [(leg, quantity) for leg, quantity in held if _is_option(leg) and quantity > 0]
    shares = [(leg, quantity) for leg, quantity in held if not _is_option(leg) and quantity > 0]
    return _bundle([(leg, quantity, leg.side.closes_by) for leg, quantity in options or shares[:1]])


def opening_bundle(trade: Trade, structures: Decimal) -> Bundle:
    """Return what opens so many structures, or gives back as many that were sold beyond the holding."""
    return _bundle([(leg, structures * leg.ratio, leg.side.opens_by) for leg in trade.legs if not leg.origin])


def closes(trade: Trade, order: Order) -> bool:
    """Say whether an order closes what it moves of a trade, rather than opens it or gives an excess back.

    A short leg that is left alone is closed by a purchase, though leaving the structure would be a sale.
    """
    first = order.moves[0]
    return first.side.is_buy is trade.leg_numbered(first.leg_no).side.closes_by.is_buy


def _bundle(moved: list[tuple[Leg, Decimal, OrderSide]]) -> Bundle:
    if len(moved) == 1:
        ((leg, quantity, side),) = moved
        return Bundle(quantity=quantity, legs=(OrderLeg(leg_no=leg.leg_no, symbol=leg.symbol, side=side),))
    units = gcd(*(int(quantity) for _, quantity, _ in moved))
    return Bundle(
        quantity=Decimal(units),
        legs=tuple(
            OrderLeg(leg_no=leg.leg_no, symbol=leg.symbol, side=side, ratio=int(quantity) // units)
            for leg, quantity, side in moved
        ),
    )


def _is_option(leg: Leg) -> bool:
    return leg.instrument is Instrument.OPTION

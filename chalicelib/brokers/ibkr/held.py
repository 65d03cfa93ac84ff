"""Whether an order to close would open instead: Interactive Brokers nets, and asks nobody; pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal

from chalicelib.brokers.errors import Refused
from chalicelib.brokers.ibkr.shown_orders import ShownOrder
from chalicelib.brokers.interface import CombinedRequest, OcoRequest, OrderRequest, Position
from chalicelib.domain.money import ZERO

#: Symbol and whether it is bought, with contracts or shares.
Amounts = Mapping[tuple[str, bool], Decimal]


def closings_of(request: OrderRequest | OcoRequest | CombinedRequest) -> Amounts:
    """Return what a request closes."""
    found: dict[tuple[str, bool], Decimal] = defaultdict(lambda: ZERO)
    if isinstance(request, CombinedRequest):
        for leg in request.legs:
            if leg.side.is_closing:
                found[leg.symbol, leg.side.is_buy] += leg.ratio * request.quantity
    elif request.side.is_closing:
        found[request.symbol, request.side.is_buy] += request.quantity
    return found


def check_held(wanted: Amounts, positions: Sequence[Position], spoken: Amounts) -> None:
    """Raise Refused where more would be closed than is held and not spoken for by working orders (I-08)."""
    held = {position.symbol: position.quantity for position in positions}
    for (symbol, buys), quantity in wanted.items():
        signed = held.get(symbol, ZERO)
        there = max(-signed if buys else signed, ZERO)
        in_orders = spoken.get((symbol, buys), ZERO)
        if quantity > there - in_orders:
            raise Refused(
                f"there is nothing to close: the account holds {there:f} of {symbol} that way, working"
                f" orders take {in_orders:f} of it, and {quantity:f} would open a position instead"
            )


def spoken_for(orders: Iterable[ShownOrder], symbol_of: Callable[[int], str]) -> Amounts:
    """Return what working orders are still to buy and sell; of the two halves of an OCO the larger one."""
    spoken: dict[tuple[str, bool], Decimal] = defaultdict(lambda: ZERO)
    halves: dict[tuple[str, str, bool], Decimal] = defaultdict(lambda: ZERO)
    for order in orders:
        reference = order.reference
        for conid, ratio in order.legs:
            symbol, buys = symbol_of(conid), order.buys is (ratio > 0)
            amount = order.left * abs(ratio)
            if reference is not None and reference.is_half:
                key = (reference.tag, symbol, buys)
                halves[key] = max(halves[key], amount)
            else:
                spoken[symbol, buys] += amount
    for (_, symbol, buys), amount in halves.items():
        spoken[symbol, buys] += amount
    return spoken

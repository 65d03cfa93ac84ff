"""At what price an order fills that a fault lets fill whatever the market does. Pure."""

from collections.abc import Sequence
from decimal import Decimal

from infra.local.emulators.tradier.matching import cents
from infra.local.emulators.tradier.orders import Order


def forced_price(leg: Order, touch: tuple[float, float]) -> Decimal | None:
    """Return dollars per share: the order's own price, or the opposite side at touch for a market order.

    None where nobody quotes that side. `touch` is bid and ask, 0 where a side is missing.
    """
    own = leg.price if leg.price is not None else leg.stop
    if own is not None:
        return own
    near = touch[1] if leg.buys else touch[0]
    return cents(near) if near > 0 else None


def nearest_exit(legs: Sequence[Order], touch: tuple[float, float]) -> Order:
    """Return the order whose own price is nearest to the middle of the market, the first of equals."""
    middle = (touch[0] + touch[1]) / 2

    def distance(leg: Order) -> float:
        price = forced_price(leg, touch)
        return float("inf") if price is None else abs(float(price) - middle)

    return min(legs, key=distance)

"""What may be asked of a close (W-03): a part of what is open, and a worst price on the right side."""

from decimal import Decimal

from chalicelib.domain.instruments.quantities import is_on_step
from chalicelib.domain.structures.payoff import LaterLegUnpriced, Payoff
from chalicelib.domain.trading.commands import CloseTrade
from chalicelib.domain.trading.parts import has_parts
from chalicelib.domain.trading.trades import Trade
from chalicelib.services.commands.check_prices import price_errors
from chalicelib.services.errors import FieldError, Invalid


def check_close(trade: Trade, command: CloseTrade) -> None:
    """Raise Invalid for a part that cannot be closed or a worst price that makes no sense."""
    errors: list[FieldError] = []
    if command.qty is not None:
        errors += _part_errors(trade, command.qty)
    if command.limit_price is not None:
        errors += _limit_errors(trade, command.limit_price)
    if errors:
        raise Invalid(errors)


def _part_errors(trade: Trade, qty: Decimal) -> list[FieldError]:
    message = None
    if qty > trade.open_qty:
        message = f"More than is open: {trade.open_qty.normalize():f}."
    elif any(not is_on_step(qty * leg.ratio, leg.lot) for leg in trade.legs):
        message = "Only whole structures can be closed."
    elif qty < trade.open_qty and not has_parts(trade):
        message = "Its legs do not leave together any more: only all of it can be closed."
    return [] if message is None else [FieldError(field="qty", message=message)]


def _limit_errors(trade: Trade, price: Decimal) -> list[FieldError]:
    if len(trade.held_legs) < 2:
        message = "Only several legs are closed at a limit; one leg leaves at the market."
        return [FieldError(field="limit_price", message=message)]
    if not trade.is_whole:
        message = "Its legs went their own way: what is left leaves at what that brings at once."
        return [FieldError(field="limit_price", message=message)]
    errors = price_errors(trade.ticker, "limit_price", price, None)
    if not errors and _is_on_the_wrong_side(trade, price):
        message = "Nobody would give that for these legs: is the sign right? Paying to leave is below 0."
        errors = [FieldError(field="limit_price", message=message)]
    return errors


def _is_on_the_wrong_side(trade: Trade, price: Decimal) -> bool:
    """Say whether the price has the other sign than all that the structure can ever be worth (W-02).

    Where a later leg's worth is not known nothing is refused: an exit waits for no quote.
    """
    try:
        worth = Payoff(legs=tuple(leg.terms for leg in trade.legs), price=Decimal(0), qty=Decimal(1)).bounds()
    except LaterLegUnpriced:
        return False
    never_brings = worth.best is not None and worth.best <= 0
    never_costs = worth.worst is not None and worth.worst >= 0
    return (price > 0 and never_brings) or (price < 0 and never_costs)

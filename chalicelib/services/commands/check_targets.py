"""Several targets as they are asked for (W-03): shares of what is open, each something that can be traded."""

from collections.abc import Sequence
from decimal import Decimal

from chalicelib.domain.instruments.quantities import split
from chalicelib.domain.money import ZERO
from chalicelib.domain.trading.commands import PlaceTrade, WantedTarget
from chalicelib.domain.trading.protection import Protection
from chalicelib.services.commands.check_prices import bracket_errors, price_errors
from chalicelib.services.errors import FieldError

_WHOLE = Decimal(1)


def share_errors(targets: Sequence[WantedTarget], quantity: Decimal, lot: Decimal) -> list[FieldError]:
    """Check shares of a quantity that is traded in lots."""
    shares = [target.share for target in targets]
    if sum(shares, ZERO) > 1:
        return [FieldError(field="targets", message="The shares are together more than everything.")]
    least = "one contract" if lot == _WHOLE else f"{lot.normalize():f}"
    return [
        FieldError(field=f"targets.{place}.share", message=f"That comes to less than {least}.")
        for place, part in enumerate(split(quantity, shares, lot))
        if part == 0
    ]


def entry_target_errors(command: PlaceTrade, lot: Decimal) -> list[FieldError]:
    """Check the targets of an entry: alone, of one leg, in lots, and each on its side of the stop."""
    if not command.targets:
        return []
    if command.tp_price is not None:
        return [FieldError(field="targets", message="Give either targets or tp_price.")]
    if command.is_structure:
        message = "Several legs have one target: no broker holds a part of them."
        return [FieldError(field="targets", message=message)]
    errors = share_errors(command.targets, command.qty, lot)
    for place, one in enumerate(command.targets):
        field = f"targets.{place}.price"
        errors += price_errors(command.ticker, field, one.price, command.instrument)
        both = Protection(sl_price=command.sl_price, tp_price=one.price)
        errors += bracket_errors(both, "sl_price", field, command.side, command.instrument)
    return list(dict.fromkeys(errors))

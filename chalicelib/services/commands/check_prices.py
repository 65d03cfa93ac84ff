"""Prices that are asked for (A-07): on their tick, above nothing, stop and target on their sides."""

from decimal import Decimal
from typing import Final

from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.instruments.ticks import COMBINED_TICK, is_on_tick, tick_size
from chalicelib.domain.trading.protection import Protection
from chalicelib.services.errors import FieldError

#: Tradier's rule for an OCO, asked of every trade of US options and shares so that it can move between
#: brokers (A-04).
MIN_BRACKET_DISTANCE: Final = Decimal("0.10")


def price_errors(
    ticker: str, field: str, price: Decimal, instrument: Instrument | None, step: Decimal | None = None
) -> list[FieldError]:
    """Return the errors of a price: on its instrument's tick and above 0; None, of several legs, in cents.

    `step` is the exchange's, of a coin.
    """
    if instrument is None:
        return [] if price % COMBINED_TICK == 0 else [_off_tick(field, COMBINED_TICK)]
    if price <= 0:
        return [FieldError(field=field, message="The price of one leg must be above 0.")]
    if is_on_tick(ticker, price, instrument, step):
        return []
    return [_off_tick(field, tick_size(ticker, price, instrument, step))]


def _off_tick(field: str, step: Decimal) -> FieldError:
    return FieldError(field=field, message=f"The price must be a multiple of {step.normalize():f}.")


def bracket_errors(
    protection: Protection,
    stop_field: str,
    target_field: str,
    side: LegSide = LegSide.LONG,
    instrument: Instrument | None = None,
) -> list[FieldError]:
    """Check stop against target: on the right sides of what is held this way, and far enough apart."""
    stop, target = protection.sl_price, protection.tp_price
    if stop is None or target is None:
        return []
    gain = (target - stop) * side.sign
    if gain <= 0:
        where = "below" if side is LegSide.LONG else "above"
        return [FieldError(field=stop_field, message=f"The stop must be {where} the target.")]
    if gain < MIN_BRACKET_DISTANCE and instrument is not Instrument.CRYPTO:
        message = f"Stop and target must be at least {MIN_BRACKET_DISTANCE} apart."
        return [FieldError(field=target_field, message=message)]
    return []


def level_errors(
    protection: Protection,
    what: str,
    stop: tuple[str, Decimal | None],
    target: tuple[str, Decimal | None],
    side: LegSide,
) -> list[FieldError]:
    """Check a stop and a target against prices, each with its field: a short's lie the other way round."""
    errors = []
    (stop_field, near), (target_field, far) = stop, target
    under, over = ("below", "above") if side is LegSide.LONG else ("above", "below")
    if side is LegSide.SHORT:
        near, far = far, near
    level = protection.sl_price
    if level is not None and near is not None and (near - level) * side.sign <= 0:
        message = f"The stop must be {under} the {what} ({near.normalize():f})."
        errors.append(FieldError(field=stop_field, message=message))
    level = protection.tp_price
    if level is not None and far is not None and (level - far) * side.sign <= 0:
        message = f"The target must be {over} the {what} ({far.normalize():f})."
        errors.append(FieldError(field=target_field, message=message))
    return errors

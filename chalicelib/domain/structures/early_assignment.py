"""When the holder of an American option exercises early against our short leg: a model for paper (W-05).

Source of the first rule: the default assignment model of QuantConnect's LEAN (deep in the money, close to
expiry, and exercising brings more than selling at the bid), with a nickel of slack. The second is the
textbook's only reason to exercise a call early: the dividend is worth more than the time value that is given
up.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.instruments.symbols import OptionType
from chalicelib.domain.structures.exposure import intrinsic
from chalicelib.domain.structures.prices import Touch
from chalicelib.domain.structures.terms import LegTerms

_WITHIN: Final = timedelta(days=4)
_DEEP: Final = Decimal("0.05")
_SLACK: Final = Decimal("0.05")


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What an early exercise is judged by: the New York day, prices, and a dividend per share that is due.

    `dividend` is that of an ex-date on the next trading day, None without one.
    """

    today: date
    spot: Decimal
    quote: Touch
    dividend: Decimal | None = None


def is_assigned_early(leg: LegTerms, at: Situation, *, is_european: bool) -> bool:
    """Say whether a short leg is assigned before its expiry; never without the quote that tells."""
    if is_european or leg.side is not LegSide.SHORT or leg.instrument is not Instrument.OPTION:
        return False
    worth = intrinsic(leg, at.spot)
    return worth > 0 and (_is_worth_more_exercised(leg, at, worth) or _is_for_the_dividend(leg, at, worth))


def _is_worth_more_exercised(leg: LegTerms, at: Situation, worth: Decimal) -> bool:
    assert leg.expiry is not None
    is_near = timedelta(0) <= leg.expiry - at.today <= _WITHIN
    is_deep = worth > at.spot * _DEEP
    return is_near and is_deep and at.quote.bid is not None and at.quote.bid < worth - _SLACK


def _is_for_the_dividend(leg: LegTerms, at: Situation, worth: Decimal) -> bool:
    if leg.option_type is not OptionType.CALL or at.dividend is None:
        return False
    bid, ask = at.quote.bid, at.quote.ask
    if bid is None or ask is None or ask <= 0:
        return False
    time_value = max((bid + ask) / 2 - worth, Decimal(0))
    return at.dividend > time_value

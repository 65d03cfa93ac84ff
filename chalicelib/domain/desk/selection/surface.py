"""The surface of implied volatilities (B-04): skew, smile and term structure over a chain's expiries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from chalicelib.domain.desk.selection.chains import Chain, ExpiryChain
from chalicelib.domain.desk.selection.expiries import MONTH_DAYS
from chalicelib.domain.instruments.symbols import OptionType

_SKEW_DELTA: Final = 0.25
_WING_DELTA: Final = 0.10


@dataclass(frozen=True, slots=True, kw_only=True)
class SurfacePoint:
    """One contract on the surface; IV a yearly fraction, delta signed by right."""

    strike: float
    expiry: date
    iv: float
    delta: float
    right: OptionType


@dataclass(frozen=True, slots=True, kw_only=True)
class Smile:
    """One expiry's figures; None where no contract near says.

    `skew` is IV(25-delta put) - IV(25-delta call), `width` the mean IV of both 10-delta wings - ATM IV.
    """

    expiry: date
    dte: int
    atm_iv: float | None
    skew: float | None
    width: float | None


def iv_at_delta(chain: ExpiryChain, right: OptionType, delta: float) -> float | None:
    """Return the IV of the contract whose delta is nearest to a size; None where none has both."""
    side = chain.side(right)
    apart = np.where(side.iv > 0, np.abs(np.abs(side.delta) - delta), np.nan)
    if np.isnan(apart).all():
        return None
    return float(side.iv[int(np.nanargmin(apart))])


def skew_of(chain: ExpiryChain) -> float | None:
    """Return by how much the 25-delta put's IV exceeds the call's."""
    put, call = (iv_at_delta(chain, right, _SKEW_DELTA) for right in (OptionType.PUT, OptionType.CALL))
    return None if put is None or call is None else put - call


def smiles(chain: Chain, spot: float) -> tuple[Smile, ...]:
    """Return every expiry's figures: their `atm_iv` is the term structure."""
    return tuple(_smile(one, spot) for one in chain.expiries)


def _smile(chain: ExpiryChain, spot: float) -> Smile:
    atm_iv = chain.atm_iv(spot)
    wings = [iv_at_delta(chain, right, _WING_DELTA) for right in OptionType]
    known = [iv for iv in wings if iv is not None]
    width = None if atm_iv is None or len(known) < len(wings) else sum(known) / len(known) - atm_iv
    return Smile(expiry=chain.expiry, dte=chain.dte, atm_iv=atm_iv, skew=skew_of(chain), width=width)


def points(chain: Chain) -> tuple[SurfacePoint, ...]:
    """Return every contract that has an IV and a delta."""
    return tuple(
        SurfacePoint(
            strike=float(one.strikes[index]),
            expiry=one.expiry,
            iv=float(side.iv[index]),
            delta=float(side.delta[index]),
            right=right,
        )
        for one in chain.expiries
        for right, side in ((OptionType.PUT, one.puts), (OptionType.CALL, one.calls))
        for index in np.flatnonzero((side.iv > 0) & ~np.isnan(side.delta)).tolist()
    )


def month_iv_of(chain: Chain, spot: float) -> float | None:
    """Return the 30-day ATM IV of a chain; `month_iv` without what it does not look at."""
    return month_iv(
        [
            Smile(expiry=one.expiry, dte=one.dte, atm_iv=chain.atm_iv(one, spot), skew=None, width=None)
            for one in chain.expiries
        ]
    )


def month_iv(terms: Sequence[Smile]) -> float | None:
    """Return the 30-day ATM IV, total variance in a straight line between the expiries around it.

    With expiries on one side alone the nearest one's; None without any.
    """
    known = sorted((one.dte, one.atm_iv) for one in terms if one.atm_iv is not None and one.dte > 0)
    before = [one for one in known if one[0] <= MONTH_DAYS]
    after = [one for one in known if one[0] >= MONTH_DAYS]
    if not before or not after:
        near = before[-1:] or after[:1]
        return near[0][1] if near else None
    (near_days, near_iv), (far_days, far_iv) = before[-1], after[0]
    if near_days == far_days:
        return near_iv
    share = (MONTH_DAYS - near_days) / (far_days - near_days)
    variance = (1 - share) * near_iv**2 * near_days + share * far_iv**2 * far_days
    return float((variance / MONTH_DAYS) ** 0.5)

"""One expiry of the simulated market at one second, built from what its underlying does."""

import zlib
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from infra.local.emulators.black_scholes import YEAR_SECONDS, Array, greeks
from infra.local.emulators.instruments import Instrument
from infra.local.emulators.occ import Right
from infra.local.emulators.option_model import RATE, build_side, noise, option_value, smile
from infra.local.emulators.paths import session_required
from infra.local.emulators.quotes import Chain, Integers
from infra.local.emulators.sessions import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """An underlying at one second (since 1970) of a session.

    `at_the_money` is a yearly fraction; `anchor` is the close before, around which trading gathers.
    """

    instrument: Instrument
    session: Session
    second: int
    spot: float
    at_the_money: float
    anchor: float
    seed: int


def build_chain(moment: Moment, expiry: date, strikes: Array) -> Chain:
    """Quote all options of one expiry."""
    instrument, session, spot = moment.instrument, moment.session, moment.spot
    years = float(years_left(expiry, np.array([moment.second]))[0])
    smooth = smile(spot, strikes, years, moment.at_the_money)
    sensitivities = greeks(spot, strikes, years, smooth, RATE, instrument.dividend)
    elapsed = (moment.second - session.open_second + 1) / session.seconds
    popular = np.exp(-(((strikes / moment.anchor - 1) / 0.08) ** 2))
    thousandths = np.round(strikes * 1000).astype(np.int64)
    sides = {}
    for right in Right:
        keys = _keys(moment, expiry, right, thousandths)
        volume = (noise(keys, session.day.toordinal()) * 4000 * popular * elapsed).astype(np.int64)
        interest = (noise(keys, 1) * 20000 * (popular + 0.01)).astype(np.int64)
        value = option_value(instrument, right, spot, strikes, years, smooth)
        activity = (volume, interest)
        sides[right] = build_side(
            instrument, value, smooth, sensitivities, activity, keys, moment.second // 60
        )
    return Chain(
        instrument=instrument,
        expiry=expiry,
        session=session,
        quoted_second=moment.second,
        spot=spot,
        strikes=strikes,
        rows={strike: row for row, strike in enumerate(thousandths.tolist())},
        calls=sides[Right.CALL],
        puts=sides[Right.PUT],
        volatility=smooth,
        greeks=sensitivities,
    )


def years_left(expiry: date, seconds: Integers) -> Array:
    """Return the calendar years from each second (since 1970) to the close of an expiry, never negative."""
    session = session_required(expiry)
    return np.maximum((session.open_second + session.seconds - seconds) / YEAR_SECONDS, 0.0)


def _keys(moment: Moment, expiry: date, right: Right, thousandths: Integers) -> npt.NDArray[np.uint64]:
    word = zlib.crc32(f"{moment.seed}{moment.instrument.symbol}{expiry}{right}".encode())
    return np.asarray((np.uint64(word) << np.uint64(32)) + thousandths.astype(np.uint64))

"""One expiry of the simulated market at one second, built from what its underlying does."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt

from infra.local.emulators.market.black_scholes import YEAR_SECONDS, Array, priced
from infra.local.emulators.market.instruments import Instrument
from infra.local.emulators.market.listing import roots_on
from infra.local.emulators.market.occ import SETTLED_AT_THE_OPEN, Right
from infra.local.emulators.market.option_model import RATE, build_side, noise, smile, worth_at_least_exercised
from infra.local.emulators.market.paths import session_required
from infra.local.emulators.market.quotes import Chain, Integers
from infra.local.emulators.market.sessions import Session

LEAST_ACTIVITY: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """An underlying at one second (since 1970) of a session.

    `at_the_money` is a yearly fraction; `anchor` is the close before, around which trading gathers.
    """

    instrument: Instrument
    root: str
    session: Session
    second: int
    spot: float
    at_the_money: float
    anchor: float
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What stays as it is about one expiry for a whole session, however its underlying moves.

    `volume` is that of the whole session, per strike, and not yet rounded down.
    """

    strikes: Array
    rows: dict[int, int]
    keys: Mapping[Right, npt.NDArray[np.uint64]]
    volume: Mapping[Right, Array]
    open_interest: Mapping[Right, Integers]


def lay_ground(moment: Moment, expiry: date, strikes: Array) -> Ground:
    """Find out what stays; `moment` may be any of the session."""
    popular = np.exp(-(((strikes / moment.anchor - 1) / 0.08) ** 2))
    thousandths = np.round(strikes * 1000).astype(np.int64)
    keys = {right: _keys(moment, expiry, right, thousandths) for right in Right}
    day = moment.session.day.toordinal()
    return Ground(
        strikes=strikes,
        rows={strike: row for row, strike in enumerate(thousandths.tolist())},
        keys=keys,
        volume={right: _activity(keys[right], day) * 4000 * popular for right in Right},
        open_interest={
            right: (_activity(keys[right], 1) * 20000 * (popular + 0.01)).astype(np.int64) for right in Right
        },
    )


def build_chain(moment: Moment, expiry: date, ground: Ground) -> Chain:
    """Quote all options of one expiry."""
    instrument, session, spot = moment.instrument, moment.session, moment.spot
    strikes = ground.strikes
    years = float(years_left(moment.root, expiry, np.array([moment.second]))[0])
    smooth = smile(spot, strikes, years, moment.at_the_money)
    found = priced(spot, strikes, years, smooth, RATE, instrument.dividend)
    elapsed = (moment.second - session.open_second + 1) / session.seconds
    sides = {}
    for right, price in ((Right.CALL, found.call), (Right.PUT, found.put)):
        value = worth_at_least_exercised(right, price, spot, strikes)
        volume = (ground.volume[right] * elapsed).astype(np.int64)
        activity = (volume, ground.open_interest[right])
        sides[right] = build_side(
            instrument, value, smooth, found.greeks, activity, ground.keys[right], moment.second // 60
        )
    return Chain(
        instrument=instrument,
        expiry=expiry,
        session=session,
        quoted_second=moment.second,
        spot=spot,
        strikes=strikes,
        rows=ground.rows,
        calls=sides[Right.CALL],
        puts=sides[Right.PUT],
        volatility=smooth,
        greeks=found.greeks,
        root=moment.root,
    )


def _activity(keys: npt.NDArray[np.uint64], salt: int) -> Array:
    """Return how busy each contract is, up to 1; a strike where others trade is never quite left alone."""
    return np.asarray(LEAST_ACTIVITY + (1 - LEAST_ACTIVITY) * noise(keys, salt))


def years_left(root: str, expiry: date, seconds: Integers) -> Array:
    """Return the calendar years from each second (since 1970) to when a contract is decided, never negative.

    That is the close of its expiry, or its open for a root that settles there.
    """
    session = session_required(expiry)
    end = session.open_second + (0 if root in SETTLED_AT_THE_OPEN else session.seconds)
    return np.maximum((end - seconds) / YEAR_SECONDS, 0.0)


def _keys(moment: Moment, expiry: date, right: Right, thousandths: Integers) -> npt.NDArray[np.uint64]:
    own = moment.instrument.symbol if moment.root in roots_on(moment.instrument, expiry)[:1] else moment.root
    word = zlib.crc32(f"{moment.seed}{own}{expiry}{right}".encode())
    return np.asarray((np.uint64(word) << np.uint64(32)) + thousandths.astype(np.uint64))

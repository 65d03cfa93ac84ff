"""One expiry of a recording at one minute, with the volatilities and Greeks that its quotes imply."""

from datetime import date
from typing import Final

import numpy as np

from infra.local.emulators.market.black_scholes import (
    YEAR_SECONDS,
    Array,
    Greeks,
    greeks,
    implied_call_volatility,
    implied_put_volatility,
)
from infra.local.emulators.market.instruments import Instrument
from infra.local.emulators.market.listing import roots_on
from infra.local.emulators.market.occ import Right
from infra.local.emulators.market.paths import session_required
from infra.local.emulators.market.quotes import Chain, ChainSide
from infra.local.emulators.replaying.recordings import quoted_second
from infra.local.emulators.replaying.replay_files import RecordedDay, RecordedSide

RATE: Final = 0.004


def rebuild_chain(instrument: Instrument, expiry: date, day: RecordedDay, row: int) -> Chain:
    """Return an expiry that was recorded as it stood at a minute of a day."""
    recorded = day.chains[expiry]
    strikes = recorded.thousandths / 1000
    spot = float(day.stock.last[row])
    spot = day.stock.opening if np.isnan(spot) else spot
    second = quoted_second(day.session, row)
    closing = session_required(expiry)
    years = max(closing.open_second + closing.seconds - second, 1) / YEAR_SECONDS
    calls = _side(recorded.sides[Right.CALL], row, Right.CALL, spot, strikes, years)
    puts = _side(recorded.sides[Right.PUT], row, Right.PUT, spot, strikes, years)
    smooth = np.where(strikes >= spot, calls.middle_volatility, puts.middle_volatility)
    return Chain(
        instrument=instrument,
        expiry=expiry,
        session=day.session,
        quoted_second=second,
        spot=spot,
        strikes=strikes,
        rows={strike: index for index, strike in enumerate(recorded.thousandths.tolist())},
        calls=calls,
        puts=puts,
        volatility=smooth,
        greeks=_greeks(spot, strikes, years, smooth),
        root=roots_on(instrument, expiry)[0],
    )


def _side(
    recorded: RecordedSide, row: int, right: Right, spot: float, strikes: Array, years: float
) -> ChainSide:
    bid, ask = recorded.bid[row], recorded.ask[row]
    middle = np.where(np.isnan(bid), ask, np.where(np.isnan(ask), bid, (bid + ask) / 2))
    solve = implied_call_volatility if right is Right.CALL else implied_put_volatility
    return ChainSide(
        bid=bid,
        ask=ask,
        value=np.nan_to_num(middle),
        bid_size=np.nan_to_num(recorded.bid_size[row]).astype(np.int64),
        ask_size=np.nan_to_num(recorded.ask_size[row]).astype(np.int64),
        volume=recorded.volume[row].astype(np.int64),
        open_interest=recorded.open_interest.astype(np.int64),
        bid_volatility=solve(bid, spot, strikes, years, RATE, 0.0),
        middle_volatility=solve(middle, spot, strikes, years, RATE, 0.0),
        ask_volatility=solve(ask, spot, strikes, years, RATE, 0.0),
    )


def _greeks(spot: float, strikes: Array, years: float, smooth: Array) -> Greeks:
    """Return the sensitivities; where no volatility could be solved for, those of certainty."""
    solved = smooth > 0
    found = greeks(spot, strikes, years, np.where(solved, smooth, 0.25), RATE, 0.0)
    certain = np.where(strikes < spot, 1.0, 0.0)
    return Greeks(
        delta=np.where(solved, found.delta, certain),
        gamma=np.where(solved, found.gamma, 0.0),
        theta=np.where(solved, found.theta, 0.0),
        vega=np.where(solved, found.vega, 0.0),
        rho=np.where(solved, found.rho, 0.0),
        phi=np.where(solved, found.phi, 0.0),
    )

"""B-09, B-16: IV and Greeks that a vendor does not tell come of the legs' own marks."""

from dataclasses import replace

import numpy as np
import pytest

from chalicelib.domain.desk.risk.holdings import Holdings
from chalicelib.domain.desk.risk.solving import with_solved
from chalicelib.domain.options.arrays import Contracts, values
from chalicelib.domain.options.normal import Array
from tests.domain.desk.risk.risk_books import CONDOR, MIXED, SPY, held

_GREEKS = ("delta", "gamma", "vega", "theta")


def without(told: Holdings, greeks: Array) -> Holdings:
    """Return holdings without IV, all of whose Greeks are these."""
    nothing = np.full(told.units.shape, np.nan)
    return replace(told, volatility=nothing, delta=greeks, gamma=greeks, vega=greeks, theta=greeks)


def test_what_the_vendor_does_not_tell_is_solved_from_the_marks() -> None:
    """Without IV and Greeks a book's figures are those that its marks were made with; shares stay shares."""
    told = held(MIXED)
    contracts = Contracts(is_call=told.is_call, strike=told.strike, years=told.years)
    marks = np.where(told.is_share, SPY, values(contracts, SPY, told.volatility))
    nothing = np.where(told.is_share, told.delta, np.nan)
    bare = without(told, nothing)
    assert not bare.are_known

    found = with_solved(bare, marks, np.full(marks.shape, SPY), None)
    option = ~told.is_share
    assert found.are_known
    for name in ("volatility", *_GREEKS):
        assert getattr(found, name)[option] == pytest.approx(getattr(told, name)[option], rel=1e-7)


def test_what_was_told_stays_and_what_has_no_mark_stays_unknown() -> None:
    """The vendor's figures are not replaced, whatever the mark; without a mark nothing is made up."""
    told = held(CONDOR)
    lacking = replace(told, gamma=np.array([np.nan, *told.gamma[1:]]))
    marks, spots = np.array([9.0, 1.0, 1.0, 1.0]), np.full(4, SPY)

    found = with_solved(lacking, marks, spots, None)
    assert (found.delta == told.delta).all()
    assert (found.volatility == told.volatility).all()
    assert found.gamma == pytest.approx(told.gamma, rel=1e-9)
    unmarked = replace(told, volatility=np.full(4, np.nan))
    assert not with_solved(unmarked, np.full(4, np.nan), spots, 0.2).are_known


@pytest.mark.parametrize(("beside", "expected"), [(True, 0.2), (False, 0.31)])
def test_a_mark_at_intrinsic_value_takes_the_iv_of_its_day(beside: bool, expected: float) -> None:
    """In the money at the bell no volatility explains a mark; the nearest leg of its day stands in, else
    the underlying's own IV; without either the leg stays unknown."""
    legs = [(-100.0, "P", 640.0, 0.005, 0.2), (100.0, "P", 560.0, 0.005 if beside else 30, 0.2)]
    told = held(legs)
    bare = replace(told, volatility=np.array([np.nan, 0.2]))
    marks, spots = np.array([640.0 - SPY, 0.01]), np.full(2, SPY)

    found = with_solved(bare, marks, spots, 0.31)
    assert found.volatility[0] == expected
    assert found.are_known
    assert with_solved(bare, marks, spots, None).are_known == beside


def test_at_its_end_an_option_is_what_it_is_in_the_money() -> None:
    """No time is left: delta is all or nothing, and nothing else moves it."""
    told = held([(-100.0, "P", 640.0, 30, 0.2), (100.0, "C", 640.0, 30, 0.2)])
    over = replace(without(told, np.full(2, np.nan)), years=np.zeros(2))

    found = with_solved(over, np.array([40.0, 0.0]), np.full(2, SPY), 0.2)
    assert found.delta.tolist() == [-1.0, 0.0]
    assert not np.array([found.gamma, found.vega, found.theta]).any()

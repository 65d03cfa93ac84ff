"""What one strategy had worked out of a chain serves another, which finds what it finds alone (B-12)."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.desk.selection.chains import Chain
from chalicelib.domain.desk.selection.commissions import commission_of
from chalicelib.domain.desk.selection.select import Market, select
from chalicelib.domain.desk.selection.verticals import verticals
from chalicelib.domain.desk.strategies.strategy import Between, DeskBroker
from chalicelib.domain.desk.strategies.strategy_types import StrategyType
from chalicelib.domain.instruments.symbols import OptionType
from tests.domain.desk.desk_support import AT, EXPIRIES, REALISED, SPOT, chain, strategy

TRADIER = commission_of(DeskBroker.TRADIER)
MARKET = Market(at=AT, spot=SPOT, realised_volatility=REALISED)
#: Steps of one, of five and of ten, as they are listed the further out.
_STEPS = [*range(480, 560, 10), *range(560, 590, 5), *range(590, 612), *range(615, 720, 5)]
_LISTED = chain(strikes=_STEPS)


@given(
    right=st.sampled_from(OptionType),
    shorts=st.sets(st.integers(0, len(_STEPS) - 1), max_size=4).map(sorted),
    width=st.decimals(0, 300, places=2),
    missing=st.sets(st.integers(0, len(_STEPS) - 1), max_size=20),
)
def test_the_wing_nearest_to_a_width_is_the_nearest_of_all(
    right: OptionType, shorts: list[int], width: Decimal, missing: set[int]
) -> None:
    """B-16: by looking at every listed strike further out; of two as near the narrower."""
    gone = {float(_STEPS[place]) for place in missing.difference(shorts)}
    (expiry,) = chain(strikes=[x for x in _STEPS if x not in gone], expiries=EXPIRIES[:1]).expiries
    places = np.array([expiry.strikes.searchsorted(_STEPS[place]) for place in shorts], dtype=np.intp)
    wings = []
    for place in places:
        outwards = expiry.strikes < expiry.strikes[place]
        if right is OptionType.CALL:
            outwards = expiry.strikes > expiry.strikes[place]
        apart = [(round(abs(x - expiry.strikes[place]), 6), x) for x in expiry.strikes[outwards].tolist()]
        if apart:
            wings.append(min(apart, key=lambda one: (round(abs(one[0] - float(width)), 6), one[0])))

    found = verticals(expiry, right, places, Between(low=width, high=width))

    assert found.width.tolist() == pytest.approx([distance for distance, _ in wings])
    assert expiry.strikes[found.far].tolist() == [strike for _, strike in wings]


@pytest.mark.parametrize("kind", [one for one in StrategyType if one is not StrategyType.WHEEL])
def test_neighbours_of_other_days_find_what_each_finds_alone(kind: StrategyType) -> None:
    """B-12: expiries that several strategies may enter are ranked once; nothing of it shows."""
    shared = Chain(expiries=_LISTED.expiries)
    for dte_min, dte_max in ((10, 35), (20, 45), (25, 60), (10, 60)):
        for delta in (0.16, 0.3):
            changes: dict[str, float] = {
                "entry_conditions__dte_min": dte_min,
                "entry_conditions__dte_max": dte_max,
            }
            if kind.is_sold_by_delta:
                changes["entry_conditions__short_delta"] = delta
            entry = strategy(kind, **changes).entry_conditions
            alone = Chain(expiries=_LISTED.expiries)
            assert select(shared, kind, entry, MARKET, TRADIER) == select(alone, kind, entry, MARKET, TRADIER)

"""W-02: what a cycle works out for thousands of structures is what the one sign rule says of each."""

from decimal import Decimal
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.structures.prices import NoPrice, natural_entry_price, natural_exit_price, net_price
from chalicelib.domain.structures.terms import LegTerms
from chalicelib.domain.structures.weighed import Share, weigh

prices = st.integers(0, 3_000).map(lambda n: Decimal(n) / 100)


class Quote(NamedTuple):
    """A touch; None: not told, 0: nobody."""

    bid: Decimal | None
    ask: Decimal | None


touches = st.none() | st.builds(Quote, st.none() | prices, st.none() | prices)


@st.composite
def legs_of_a_structure(draw: st.DrawFn) -> list[LegTerms]:
    """Two to four options, or shares beside them."""
    options = [
        LegTerms(
            instrument=Instrument.OPTION,
            side=draw(st.sampled_from(LegSide)),
            ratio=draw(st.integers(1, 3)),
            multiplier=Decimal(100),
        )
        for _ in range(draw(st.integers(1, 3)))
    ]
    shares = LegTerms(
        instrument=Instrument.EQUITY,
        side=draw(st.sampled_from(LegSide)),
        ratio=draw(st.sampled_from([50, 100, 200])),
        multiplier=Decimal(1),
    )
    return [*options, shares if draw(st.booleans()) else options[0]]


@given(legs=legs_of_a_structure(), data=st.data())
def test_weights_say_what_the_sign_rule_says(legs: list[LegTerms], data: st.DataObject) -> None:
    weighed = weigh(tuple(Share(leg.instrument, leg.side, leg.ratio, leg.multiplier) for leg in legs))
    marks = [data.draw(prices) for _ in legs]
    quotes = [data.draw(touches) for _ in legs]

    assert weighed.net(marks) == net_price(legs, marks)
    for ours, rule in (
        (weighed.natural_entry(quotes), natural_entry_price(legs, quotes)),
        (weighed.natural_exit(quotes), natural_exit_price(legs, quotes)),
    ):
        assert ours == (None if isinstance(rule, NoPrice) else rule)

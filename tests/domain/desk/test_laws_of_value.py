"""Laws of value that the walk and the ranking lean on (B-04, B-05), and what deciding costs to import."""

import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.desk.selection.commissions import commission_of
from chalicelib.domain.desk.selection.economics import ev_at, mid_credit_of, widest_wing
from chalicelib.domain.desk.selection.legs import LegQuote
from chalicelib.domain.desk.selection.view import View
from chalicelib.domain.desk.strategies.strategy import DeskBroker
from chalicelib.domain.desk.strategies.strategy_types import StrategyType

#: Legs of every type by right, strike and units, around a price of 100.
SHAPES = {
    StrategyType.IRON_CONDOR: (("P", 90, 1), ("P", 95, -1), ("C", 105, -1), ("C", 112, 1)),
    StrategyType.CREDIT_PUT_SPREAD: (("P", 90, 1), ("P", 95, -1)),
    StrategyType.CREDIT_CALL_SPREAD: (("C", 105, -1), ("C", 110, 1)),
    StrategyType.IRON_FLY: (("P", 95, 1), ("P", 100, -1), ("C", 100, -1), ("C", 105, 1)),
    StrategyType.IRON_BUTTERFLY: (("P", 97, 1), ("P", 100, -1), ("C", 100, -1), ("C", 108, 1)),
    StrategyType.BUTTERFLY: (("C", 95, 1), ("C", 100, -2), ("C", 105, 1)),
    StrategyType.CASH_SECURED_PUT: (("P", 95, -1),),
    StrategyType.COVERED_CALL: (("C", 105, -1),),
}
views = st.builds(View, spot=st.floats(80, 120), years=st.floats(1 / 365, 0.5), sigma=st.floats(0.03, 0.9))
shapes = st.sampled_from(list(SHAPES))


def legs_of(kind: StrategyType) -> tuple[LegQuote, ...]:
    return tuple(
        LegQuote(symbol=f"XYZ260320{right}{strike * 1000:08d}", units=units, bid=1.0, ask=1.0)
        for right, strike, units in SHAPES[kind]
    )


@given(kind=shapes, view=views, shares=st.tuples(st.floats(0.01, 0.99), st.floats(0.01, 0.99)))
def test_a_better_credit_is_never_worth_less(
    kind: StrategyType, view: View, shares: tuple[float, float]
) -> None:
    """B-05: so the worst price of a walk is found by halving, and nothing above it is worse."""
    legs = legs_of(kind)
    wing = widest_wing(legs) or 10.0
    low, high = sorted(shares)
    worth = [
        ev_at(kind, legs, wing * (share - 1 if kind is StrategyType.BUTTERFLY else share), view, 2.8, 100.0)
        for share in (low, high)
    ]

    assert worth[0] <= worth[1] + 1e-6


@given(kind=shapes, view=views)
def test_what_is_given_away_is_never_worth_entering(kind: StrategyType, view: View) -> None:
    """B-04: for no credit at all, and for a butterfly at its whole wing, the value is below 0."""
    legs = legs_of(kind)
    credit = -widest_wing(legs) if kind is StrategyType.BUTTERFLY else 0.0

    assert ev_at(kind, legs, credit, view, commission_of(DeskBroker.TRADIER).round_trip([1]), 100.0) < 0
    assert mid_credit_of(legs) == -sum(leg.units for leg in legs)


def test_deciding_about_rows_imports_no_numbers_library() -> None:
    """Numpy and TA-Lib come in where a chain is looked through or bars are, not with the rules."""
    rooms = (
        "strategies.reading",
        "strategies.settings",
        "pipeline.evaluate",
        "pipeline.record",
        "exits.judge",
        "kill_switch.tripping",
    )
    imports = [f"import chalicelib.domain.desk.{room}" for room in rooms]
    code = "; ".join([*imports, "import sys", "print({'numpy', 'talib'} & set(sys.modules))"])
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert told.stdout.strip() == "set()"

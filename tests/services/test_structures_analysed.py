"""What analysis makes of structures, short legs and shares that came of them (A-09, A-15, A-16)."""

from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.instruments.symbols import OptionType
from chalicelib.domain.trading.commands import PlaceTrade
from chalicelib.services.analysis.performance import Performance, read_performance
from chalicelib.store.analysis.outcomes import OutcomeFilter
from tests.services.stage import Stage
from tests.services.test_structures import legs_of, vertical

CALL, PUT = OptionType.CALL, OptionType.PUT
LONG, SHORT = LegSide.LONG, LegSide.SHORT


def condor(stage: Stage, **changes: Any) -> PlaceTrade:  # Any: fields of mixed types
    """Return an iron condor, sold at a price that is taken at once."""
    legs = legs_of(stage, (LONG, PUT, -6), (SHORT, PUT, -3), (SHORT, CALL, 3), (LONG, CALL, 6))
    return vertical(stage, legs=legs, **changes)


def short_put(stage: Stage, **changes: Any) -> PlaceTrade:  # Any: as above
    """Return a put sold under the money."""
    stage.set(heat_limit_pct=Decimal(100))
    values = {"legs": legs_of(stage, (SHORT, PUT, -2)), "names_legs": True, "limit_price": Decimal("0.05")}
    return vertical(stage, **(values | changes))


def held_and_left(stage: Stage, command: PlaceTrade, *, minutes: int = 3) -> dict[str, Any]:  # Any: JSON
    """Hold a trade for so many minutes with a snapshot each, then close it; return it as it ended."""
    placed = stage.place(command)
    for _ in range(minutes):
        stage.advance(60)
        stage.run("snapshot")
    stage.close_trade(stage.trade(placed))
    ended = stage.trade(placed)
    assert ended["status"] == "CLOSED"
    return ended


def performance(stage: Stage) -> Performance:
    return read_performance(stage.env, "alice", OutcomeFilter())


@pytest.mark.parametrize("of_structure", [vertical, condor, short_put])
def test_per_cents_of_a_credit_are_of_its_maximum_loss(
    stage: Stage, of_structure: Any
) -> None:  # Any: test's
    """W-02, A-15: result and excursions over `risk_basis`; MFE is above 0, MAE below, of a credit as well."""
    ended = held_and_left(stage, of_structure(stage))
    (outcome,) = performance(stage).excursions

    basis = ended["risk_basis"]
    widest = ended["legs"][0]["strike"] if len(ended["legs"]) == 1 else 3
    assert basis == pytest.approx((widest - abs(ended["entry_price"])) * 100)
    assert float(outcome.pnl_pct or 0) == pytest.approx(ended["realized_pnl"] * 100 / basis, abs=1e-4)
    assert float(outcome.mfe_pct or 0) == pytest.approx(ended["max_gain"] * 100 / basis, abs=1e-4)
    assert float(outcome.mae_pct or 0) == pytest.approx(ended["max_drawdown"] * 100 / basis, abs=1e-4)
    assert (outcome.mfe_pct or 0) >= 0 >= (outcome.mae_pct or 0)


def test_results_are_grouped_by_structure(stage: Stage) -> None:
    """api.md, performance: each shape by its name, a long option among them."""
    held_and_left(stage, vertical(stage), minutes=0)
    held_and_left(stage, condor(stage), minutes=0)
    held_and_left(stage, stage.command(), minutes=0)

    groups = performance(stage).by["structure"]
    assert [(group.key, group.trades) for group in groups] == [
        ("IRON_CONDOR", 1),
        ("LONG_CALL", 1),
        ("VERTICAL", 1),
    ]

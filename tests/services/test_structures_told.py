"""What owners are told of structures: by their names, in the morning, before an expiry and in the evening."""

from typing import Any

import pytest

from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.instruments.symbols import OptionType
from chalicelib.domain.structures.shapes import Shape, called
from chalicelib.domain.trading.commands import WantedLeg
from tests.services.live import go_live
from tests.services.stage import Stage, eastern
from tests.services.structures import TODAY, contract_of, legs_of, strike, structure
from tests.services.test_structures import vertical
from tests.services.test_structures_analysed import condor

LONG, SHORT, CALL, PUT = LegSide.LONG, LegSide.SHORT, OptionType.CALL, OptionType.PUT


@pytest.mark.parametrize(
    ("shape", "name"),
    [
        (Shape.IRON_CONDOR, "SPY iron condor"),
        (Shape.BROKEN_WING_BUTTERFLY, "SPY broken wing butterfly"),
        (Shape.CUSTOM, "SPY structure"),
        (Shape.LONG_CALL, "SPY"),
        (Shape.SHORT_PUT, "SPY"),
        (None, "SPY"),
    ],
)
def test_a_structure_is_called_by_its_shape(shape: Shape | None, name: str) -> None:
    """W-01: what has one leg goes by its ticker, as it always did."""
    assert called("SPY", shape) == name


def text_of(stage: Stage, kind: str) -> str:
    (row,) = stage.query("select text from alerts where kind = :kind", kind=kind)
    return str(row.text)


def test_the_days_summary_names_the_structures_that_are_held(stage: Stage) -> None:
    """A-13: two verticals, a condor and a call are four open positions, three of them structures."""
    for command in (vertical(stage), vertical(stage), condor(stage), stage.command()):
        assert stage.place(command)["status"] == "OPEN"
    stage.go_to(eastern(TODAY, 16, 15))
    stage.run("summary")

    assert "4 open positions (iron condor, 2 × vertical), heat " in text_of(stage, "day_summary")


def of_today(stage: Stage) -> dict[str, Any]:  # Any: JSON
    return stage.place(structure(legs_of(stage, (SHORT, PUT, -1), (LONG, PUT, -4)), "-0.01"))


def test_a_spread_that_expires_is_named_before_the_bell(stage: Stage) -> None:
    """A-06, W-05: its owner reads what expires, and what will happen to it."""
    go_live(stage, allow_market=True)
    assert of_today(stage)["status"] == "OPEN"
    stage.go_to(eastern(TODAY, 15))
    stage.run("unwind")

    assert text_of(stage, "expires_today").startswith("SPY vertical expires today; it is ")


def test_the_morning_says_that_a_leg_of_a_calendar_expires(stage: Stage) -> None:
    """A-06, W-05: the far leg lives on, so that the trade does not expire."""
    listed = stage.env.market_data.for_user("alice").expirations("SPY")
    near = legs_of(stage, (SHORT, CALL, 0), expiry=listed[1])
    far = WantedLeg(side=LONG, option_type=CALL, strike=strike(near[0]), expiry=listed[3])
    dear = stage.quote(contract_of(far))[1] - stage.quote(contract_of(near[0]))[0]
    trade = stage.place(structure((*near, far), str(dear)))
    assert trade["structure"] == "CALENDAR"
    stage.go_to(eastern(listed[1], 9))
    stage.run("premarket")

    assert text_of(stage, "expires_today") == "A leg of the SPY calendar expires today."

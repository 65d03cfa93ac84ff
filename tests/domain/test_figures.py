"""W-02: what a trade's per cents are of."""

from dataclasses import replace
from decimal import Decimal

from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.trading.figures import risk_basis_of
from chalicelib.domain.trading.legs import Leg
from chalicelib.domain.trading.trades import Trade
from tests.domain.support import LONG_CALL, OPEN_TRADE

TWO = Decimal(2)


def structure(*legs: tuple[LegSide, int, int], risk_floor: int = 0) -> Trade:
    """Return two structures of calls at these strikes."""
    made: list[Leg] = [
        replace(LONG_CALL[0], leg_no=number, side=side, strike=Decimal(strike), ratio=ratio)
        for number, (side, strike, ratio) in enumerate(legs, start=1)
    ]
    return replace(OPEN_TRADE, legs=tuple(made), risk_floor=Decimal(risk_floor))


def test_a_credits_per_cents_are_of_its_maximum_loss() -> None:
    spread = structure((LegSide.SHORT, 600, 1), (LegSide.LONG, 605, 1), risk_floor=500)

    assert risk_basis_of(spread, Decimal("-1.20"), TWO) == Decimal(760)


def test_a_debits_per_cents_are_of_its_premium() -> None:
    """A broken wing can come to owe more than was paid; its premium stays what per cents are of."""
    spread = structure((LegSide.LONG, 600, 1), (LegSide.SHORT, 605, 1))
    broken = structure(
        (LegSide.LONG, 600, 1), (LegSide.SHORT, 605, 2), (LegSide.LONG, 615, 1), risk_floor=500
    )

    assert risk_basis_of(spread, Decimal("1.20"), TWO) == Decimal(240)
    assert risk_basis_of(broken, Decimal("0.30"), TWO) == Decimal(60)


def test_a_basis_stays_when_a_leg_went_its_own_way() -> None:
    """What is left after an assignment can lose otherwise, and nobody paid for that."""
    spread = structure((LegSide.SHORT, 600, 1), (LegSide.LONG, 605, 1), risk_floor=500)
    apart = replace(
        spread,
        legs=(replace(spread.legs[0], apart_qty=Decimal(0)), spread.legs[1]),
        risk_floor=Decimal(60_000),
        risk_basis=Decimal(760),
    )

    assert risk_basis_of(apart, Decimal("-1.20"), TWO) == Decimal(760)

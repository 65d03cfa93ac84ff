"""Quantities by instrument and parts of a holding (W-01, W-04)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.quantities import is_on_step, quantity_step, split

D = Decimal
OPTION, CRYPTO = Instrument.OPTION, Instrument.CRYPTO

cuts = st.lists(st.integers(1, 40), min_size=1, max_size=4).filter(lambda parts: sum(parts) <= 100)


@pytest.mark.parametrize(
    ("instrument", "quantity", "tradable"),
    [
        (OPTION, "3", True),
        (OPTION, "1.5", False),
        (Instrument.EQUITY, "0.5", False),
        (CRYPTO, "0.00000001", True),
        (CRYPTO, "0.000000001", False),
        (CRYPTO, "0", False),
    ],
)
def test_fractions_are_for_coins_alone(instrument: Instrument, quantity: str, tradable: bool) -> None:
    """W-01: a position of 1.5 structures is none; coins have 8 decimals."""
    assert is_on_step(D(quantity), quantity_step(instrument)) is tradable


@pytest.mark.parametrize(
    ("quantity", "shares", "parts"),
    [
        ("5", ["0.5", "0.5"], ["3", "2"]),
        ("5", ["0.5", "0.25"], ["2", "1"]),
        ("10", ["0.3", "0.3", "0.4"], ["3", "3", "4"]),
        ("1", ["0.5", "0.5"], ["1", "0"]),
        ("2", ["1"], ["2"]),
        ("3", ["0.1", "0.9"], ["0", "3"]),
    ],
)
def test_targets_take_whole_contracts(quantity: str, shares: list[str], parts: list[str]) -> None:
    """W-04: shares of what is open, the largest loss by rounding made good first."""
    found = split(D(quantity), [D(share) for share in shares], D(1))

    assert found == tuple(D(part) for part in parts)


@given(steps=st.integers(1, 10_000), percents=cuts, instrument=st.sampled_from(Instrument))
def test_parts_are_tradable_and_never_more_than_is_held(
    steps: int, percents: list[int], instrument: Instrument
) -> None:
    """W-04, I-08: whatever the shares; a share is met to less than one step, all of 1 uses everything."""
    step = quantity_step(instrument)
    held = steps * step
    shares = [D(percent) / 100 for percent in percents]
    parts = split(held, shares, step)

    assert all(part % step == 0 for part in parts)
    assert all(abs(part - held * share) < step for part, share in zip(parts, shares, strict=True))
    assert sum(parts) <= held * sum(shares) < sum(parts) + step
    assert sum(percents) < 100 or sum(parts) == held


@pytest.mark.parametrize("shares", [["0.5", "0.6"], ["0", "0.5"], ["-0.1"]])
def test_shares_beyond_the_whole_are_refused(shares: list[str]) -> None:
    """W-04: nothing is promised twice."""
    with pytest.raises(ValueError, match="at most 1"):
        split(D(10), [D(share) for share in shares], D(1))

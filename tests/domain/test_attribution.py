"""A-09, pnl_attribution: parts add up to the cent; the residual vanishes as marks come closer together."""

from decimal import Decimal

import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.analysis.attribution import (
    Attribution,
    LegFill,
    LegMarks,
    LegPath,
    Split,
    Unexplained,
    attribute,
)
from infra.local.emulators.market.black_scholes import Array

YEAR = 365 * 86_400.0
NAMES = ("mark", "underlying", "iv", "delta", "gamma", "theta", "vega")


def marks(at: list[float], **columns: list[float | None]) -> LegMarks:
    told = {name: columns.get(name, [None] * len(at)) for name in NAMES}
    arrays = {
        name: np.array([np.nan if one is None else one for one in values], dtype=float)
        for name, values in told.items()
    }
    return LegMarks(at=np.array(at), **arrays)


def fill(at: float, shares: int, price: str, fees: str = "0", *, is_trade: bool = True) -> LegFill:
    return LegFill(at=at, shares=Decimal(shares), price=Decimal(price), fees=Decimal(fees), is_trade=is_trade)


def leg(fills: list[LegFill], seen: LegMarks, *, leg_no: int = 1, is_option: bool = True) -> LegPath:
    return LegPath(leg_no=leg_no, symbol=f"L{leg_no}", is_option=is_option, fills=fills, marks=seen)


def split_of(found: Attribution | None) -> Split:
    assert found is not None
    return found.whole


def test_an_interval_by_hand() -> None:
    """100 shares: delta 0.5 over 2, gamma 0.1, theta -0.24 over half a day, vega 0.2 over one point."""
    seen = marks(
        [0.0, 43_200.0],
        mark=[5.00, 6.15], underlying=[100, 102], iv=[0.20, 0.21],
        delta=[0.5, 0.6], gamma=[0.1, 0.1], theta=[-0.24, -0.24], vega=[0.2, 0.2],
    )  # fmt: skip
    fills = [fill(1, 100, "5.05", "0.65"), fill(43_201, -100, "6.10", "0.65")]

    found = split_of(attribute([leg(fills, seen)], Decimal("103.70")))

    assert found == Split(
        delta=Decimal("100.00"),
        gamma=Decimal("20.00"),
        theta=Decimal("-12.00"),
        vega=Decimal("20.00"),
        residual=Decimal("-13.00"),
        fees=Decimal("-1.30"),
        slippage=Decimal("-10.00"),
    )
    assert found.total == Decimal("103.70")


def test_an_interval_without_greeks_is_residual_and_named() -> None:
    seen = marks(
        [0.0, 60.0, 120.0, 180.0],
        mark=[5, 5.5, 5.2, 5.3], underlying=[100, 101, None, 101], iv=[0.2, 0.2, 0.2, None],
        delta=[None, 0.5, 0.5, 0.5], gamma=[0, 0, 0, 0], theta=[0, 0, 0, 0], vega=[0, 0, 0, 0],
    )  # fmt: skip

    found = attribute([leg([fill(0, 100, "5"), fill(180, -100, "5.3")], seen)], Decimal(30))

    assert found is not None
    assert [(one.begins, one.ends, one.pnl, one.why) for one in found.gaps] == [
        (0, 60, Decimal("50.00"), Unexplained.NO_GREEKS),
        (60, 120, Decimal("-30.00"), Unexplained.NO_UNDERLYING),
        (120, 180, Decimal("10.00"), Unexplained.NO_UNDERLYING),
    ]
    assert found.whole == Split(residual=Decimal("30.00"))


def test_what_expires_ends_at_its_value_and_costs_no_slippage() -> None:
    seen = marks([0.0, 60.0], mark=[1.0, 0.4], **{name: [1, 1] for name in NAMES if name != "mark"})  # type: ignore[arg-type]
    fills = [fill(0, -100, "1.00"), fill(600, 100, "0", is_trade=False)]

    found = attribute([leg(fills, seen)], Decimal(100))

    assert found is not None
    assert found.whole.slippage == 0
    assert [(one.begins, one.ends, one.pnl, one.why) for one in found.gaps] == [
        (60, 600, Decimal("40.00"), Unexplained.SETTLED)
    ]


def test_a_deal_far_from_every_mark_is_no_slippage() -> None:
    seen = marks([0.0, 3_600.0], mark=[5, 6])
    fills = [fill(0, 10, "5"), fill(1_800, -10, "5.5")]

    found = attribute([leg(fills, seen, is_option=False)], Decimal(5))

    assert found is not None
    assert found.whole.slippage == 0
    assert found.gaps[0].why is Unexplained.FAR_FILL
    assert found.whole.total == 5


def test_shares_are_delta_and_a_trade_without_any_mark_is_residual_and_fees() -> None:
    seen = marks([0.0, 60.0], mark=[50, 51])
    shares = leg([fill(0, 100, "50"), fill(60, -100, "51")], seen, is_option=False)
    assert split_of(attribute([shares], Decimal(100))) == Split(delta=Decimal("100.00"))

    blind = leg([fill(0, 100, "2", "0.65"), fill(60, -100, "2.5", "0.65")], marks([]))
    found = split_of(attribute([blind], Decimal("48.70")))
    assert found == Split(residual=Decimal("50.00"), fees=Decimal("-1.30"))


def test_what_does_not_end_at_nothing_has_no_split() -> None:
    assert attribute([leg([fill(0, 100, "2")], marks([]))], Decimal(0)) is None
    assert attribute([], Decimal(0)) is None


AMOUNTS = st.integers(-20, 20).filter(bool)
PRICES = st.decimals("0.01", "40", places=4)


@settings(max_examples=60)
@given(
    legs=st.lists(
        st.lists(st.tuples(st.integers(0, 5_000), AMOUNTS, PRICES), min_size=1, max_size=5),
        min_size=1,
        max_size=4,
    ),
    seed=st.integers(0, 2**16),
)
def test_the_parts_add_up_to_the_cent_whatever_was_seen(
    legs: list[list[tuple[int, int, Decimal]]], seed: int
) -> None:
    """Per leg and in all, with scaling in and out, marks at any time and Greeks missing at random."""
    rng = np.random.default_rng(seed)
    paths, gross = [], Decimal(0)
    for leg_no, moves in enumerate(legs, start=1):
        fills = [
            LegFill(at=at, shares=Decimal(n), price=price, fees=Decimal("0.6543")) for at, n, price in moves
        ]
        held = sum((one.shares for one in fills), Decimal(0))
        if held:
            fills.append(LegFill(at=5_001, shares=-held, price=Decimal("3.3333"), fees=Decimal(0)))
        count = int(rng.integers(0, 30))
        columns = {name: np.where(rng.random(count) < 0.1, np.nan, rng.random(count)) for name in NAMES}
        columns["mark"] = rng.random(count) * 10
        seen = LegMarks(at=np.sort(rng.random(count)) * 5_000, **columns)
        paths.append(leg(fills, seen, leg_no=leg_no, is_option=bool(rng.random() < 0.8)))
        gross += -sum((one.shares * one.price + one.fees for one in fills), Decimal(0))
    realized = gross.quantize(Decimal("0.01"))

    found = attribute(paths, realized)

    assert found is not None
    assert found.whole.total == realized
    for name in ("delta", "gamma", "theta", "vega", "residual", "fees", "slippage"):
        values = [getattr(one.split, name) for one in found.legs]
        assert getattr(found.whole, name) == sum(values, Decimal(0))
        assert all(value == value.quantize(Decimal("0.01")) for value in values)


FINEST = 16_384


def call_path(every: int, seed: int) -> tuple[LegPath, Decimal]:
    """Return a call held for two days, marked at each `every`th point of one simulated path.

    The price is a geometric Brownian motion of 30 % a year, the volatility moves smoothly by some points.
    """
    rng = np.random.default_rng(seed)
    at = np.linspace(0.0, 2 * 86_400.0, FINEST + 1)
    steps = rng.normal(0, 0.30 * np.sqrt(at[1] / YEAR), FINEST)
    spot: Array = 100 * np.exp(np.concatenate(([0.0], np.cumsum(steps))))
    iv: Array = 0.25 + rng.normal(0, 0.02) * np.sin(at / at[-1] * 3)
    spot, iv, at = spot[::every], iv[::every], at[::every]
    columns = greeks(spot, iv, (30 * 86_400.0 - at) / YEAR)
    prices = [Decimal(repr(float(columns["mark"][index]))) for index in (0, -1)]
    fills = [
        LegFill(at=float(at[0]), shares=Decimal(1_000), price=prices[0], fees=Decimal(0)),
        LegFill(at=float(at[-1]), shares=Decimal(-1_000), price=prices[1], fees=Decimal(0)),
    ]
    realized = ((prices[1] - prices[0]) * 1_000).quantize(Decimal("0.01"))
    return leg(fills, LegMarks(at=at, underlying=spot, iv=iv, **columns)), realized


def greeks(spot: Array, iv: Array, years: Array, strike: float = 100.0) -> dict[str, npt.NDArray[np.float64]]:
    """Return a call's value and Greeks without rates (Black, Scholes), in the units of marks."""
    from math import erf

    root = iv * np.sqrt(years)
    d1 = (np.log(spot / strike) + iv**2 / 2 * years) / root
    cumulative = np.vectorize(lambda x: (1 + erf(x / np.sqrt(2))) / 2)
    density = np.exp(-(d1**2) / 2) / np.sqrt(2 * np.pi)
    return {
        "mark": spot * cumulative(d1) - strike * cumulative(d1 - root),
        "delta": cumulative(d1),
        "gamma": density / (spot * root),
        "theta": -spot * density * iv / (2 * np.sqrt(years)) / 365,
        "vega": spot * density * np.sqrt(years) / 100,
    }


def test_the_residual_goes_to_zero_as_the_step_shrinks() -> None:
    """A-09 on simulated paths: 16 times the marks leave less than a quarter, down to the cents."""
    residuals = []
    for every in (1_024, 64, 4):
        squares = []
        for seed in range(12):
            path, realized = call_path(every, seed)
            found = split_of(attribute([path], realized))
            assert found.total == realized
            squares.append(float(found.residual) ** 2)
        residuals.append(float(np.sqrt(np.mean(squares))))

    coarse, fine, finest = residuals
    assert fine < coarse / 4
    assert finest < fine / 4
    assert finest < 0.02, "dollars of 1,000 shares of a call over two days; four parts are rounded to cents"

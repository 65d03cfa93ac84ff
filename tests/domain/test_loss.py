"""What a loss is made of, by sums that can be checked by hand."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.analysis.loss import Greeks, Move, plan, slippage, split

D = Decimal
PRICES = st.decimals(min_value=D("0.01"), max_value=D(1000), places=2)
SHARES = st.integers(min_value=1, max_value=1000).map(lambda contracts: D(contracts * 100))
MOVES = st.decimals(min_value=D(-50), max_value=D(50), places=4)


@given(MOVES, MOVES, MOVES, MOVES, SHARES, MOVES, MOVES)
def test_the_parts_and_their_rest_are_the_whole(
    delta: Decimal,
    theta: Decimal,
    vega: Decimal,
    underlying: Decimal,
    shares: Decimal,
    iv: Decimal,
    gross: Decimal,
) -> None:
    """To the cent: every part is rounded before the rest is taken."""
    whole = gross.quantize(D("0.01"))
    greeks = Greeks(delta=delta, theta=theta, vega=vega)
    parts = split(whole, greeks, Move(underlying=underlying, iv=iv, days=D(2)), shares)

    known = (parts.from_underlying, parts.from_volatility, parts.from_time, parts.rest)
    assert sum(part for part in known if part is not None) == whole


def test_one_unknown_part_leaves_the_rest_unknown() -> None:
    """Unknown is not 0 (api.md)."""
    greeks = Greeks(delta=D("0.5"), theta=None, vega=D("0.1"))
    parts = split(D(-100), greeks, Move(underlying=D(-2), iv=None, days=D(1)), D(100))

    assert parts.from_underlying == D("-100.00")
    assert (parts.from_volatility, parts.from_time, parts.rest) == (None, None, None)


def test_vega_is_per_point_and_volatility_a_fraction() -> None:
    """Five points at 0.10 a point, for one contract."""
    parts = split(
        D(0),
        Greeks(delta=None, theta=None, vega=D("0.10")),
        Move(underlying=None, iv=D("0.05"), days=None),
        D(100),
    )

    assert parts.from_volatility == D("50.00")


@given(PRICES, PRICES, PRICES, SHARES)
def test_a_plan_is_worth_what_its_prices_say(
    entry: Decimal, stop: Decimal, target: Decimal, shares: Decimal
) -> None:
    made = plan(entry_price=entry, stop_price=stop, target_price=target, shares=shares)

    assert made.at_stop == (stop - entry) * shares
    assert made.at_target == (target - entry) * shares
    assert plan(entry_price=entry, stop_price=None, target_price=None, shares=shares).at_stop is None


@given(PRICES, PRICES, SHARES)
def test_slippage_is_what_a_sale_brought_too_little(
    asked: Decimal, brought: Decimal, shares: Decimal
) -> None:
    assert slippage(asked, brought, shares) == (asked - brought) * shares
    assert slippage(None, brought, shares) is None

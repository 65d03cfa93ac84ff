"""The one sign rule of structures' prices, and results by it (W-02)."""

from dataclasses import dataclass
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import LegSide, OrderSide
from chalicelib.domain.instruments.symbols import OptionType
from chalicelib.domain.money import ZERO, to_cents, to_price
from chalicelib.domain.structures.payoff import Bounds, Payoff
from chalicelib.domain.structures.prices import (
    NoPrice,
    UnlikeMultipliers,
    mid_price,
    natural_entry_price,
    natural_exit_price,
    net_price,
    structure_sign,
    unit_multiplier,
)
from chalicelib.domain.structures.results import (
    CreditFigures,
    credit_figures,
    pnl,
    pnl_by_legs,
    pnl_pct,
    risk_basis,
)
from chalicelib.domain.structures.terms import LegTerms
from chalicelib.domain.trading.commands import PlaceTrade, WantedLeg
from chalicelib.domain.trading.orders import OrderType
from tests.domain.structures_support import CONDOR, call, option, put, shares, structures

D = Decimal
VERTICAL = (call(100), call(105, -1))
COVERED = (shares(100), call(105, -1))
prices = st.integers(0, 20_000).map(lambda cents: D(cents) / 100)


@dataclass(frozen=True)
class Quoted:
    """A bid and an ask."""

    bid: Decimal | None
    ask: Decimal | None


def quoted(*touches: tuple[str, str]) -> list[Quoted]:
    """Return quotes of these bids and asks."""
    return [Quoted(D(bid), D(ask)) for bid, ask in touches]


CONDOR_QUOTES = quoted(("0.10", "0.14"), ("0.70", "0.74"), ("0.66", "0.70"), ("0.08", "0.12"))


@pytest.mark.parametrize(
    ("legs", "leg_prices", "price"),
    [
        ((put(95, -1),), ["2.10"], "2.10"),
        ((call(95),), ["2.10"], "2.10"),
        (CONDOR, ["0.12", "0.72", "0.68", "0.10"], "-1.18"),
        (VERTICAL, ["3.40", "1.15"], "2.25"),
        ((call(95), call(100, -2), call(105)), ["6.00", "3.00", "1.25"], "1.25"),
        (COVERED, ["101.37", "1.40"], "99.97"),
        ((shares(50), put(95)), ["101.01", "2.00"], "52.505"),
    ],
)
def test_net_price_is_what_one_unit_costs_per_share(
    legs: tuple[LegTerms, ...], leg_prices: list[str], price: str
) -> None:
    """W-02: one leg has its instrument's price, several what is paid per share: negative for a credit."""
    assert net_price(legs, [D(price) for price in leg_prices]) == D(price)


def test_one_leg_is_ordered_on_its_own_side_and_several_are_bought() -> None:
    """W-02: entering a condor for a credit is buying it at a price below nothing."""
    short, long = WantedLeg(side=LegSide.SHORT), WantedLeg()
    sides = [
        PlaceTrade(ticker="SPY", legs=legs, order_type=OrderType.LIMIT).side
        for legs in ((short,), (short, long))
    ]
    assert [(side.opens_by, side.closes_by) for side in sides] == [
        (OrderSide.SELL_TO_OPEN, OrderSide.BUY_TO_CLOSE),
        (OrderSide.BUY_TO_OPEN, OrderSide.SELL_TO_CLOSE),
    ]
    assert (structure_sign((put(95, -1),)), structure_sign(CONDOR)) == (-1, 1)


def test_unit_multiplier_is_the_options() -> None:
    """W-02: a price per share, whatever the ratios; adjusted contracts among standard ones have none."""
    adjusted = option(OptionType.CALL, 100, -1, multiplier=150)

    assert unit_multiplier(CONDOR) == unit_multiplier(COVERED) == unit_multiplier((call(95),)) == 100
    assert unit_multiplier((shares(1),)) == 1
    assert unit_multiplier((adjusted,)) == 150
    with pytest.raises(UnlikeMultipliers, match="100, 150 shares"):
        unit_multiplier((call(95), adjusted))


def test_natural_prices_pay_asks_and_get_bids() -> None:
    """W-02: what is had at once: 0.70 + 0.66 less 0.14 and 0.12 in, the other sides out."""
    assert natural_entry_price(CONDOR, CONDOR_QUOTES) == D("-1.10")
    assert natural_exit_price(CONDOR, CONDOR_QUOTES) == D("-1.26")
    assert mid_price(CONDOR, CONDOR_QUOTES) == D("-1.18")
    assert natural_entry_price((put(95, -1),), quoted(("2.05", "2.15"))) == D("2.05")
    assert natural_exit_price((put(95, -1),), quoted(("2.05", "2.15"))) == D("2.15")


@pytest.mark.parametrize("number", range(4))
def test_one_leg_without_a_quote_leaves_no_price(number: int) -> None:
    """W-02: all legs or none, and the answer says which is wanting."""
    quotes: list[Quoted | None] = [*CONDOR_QUOTES]
    quotes[number] = None

    for price_of in (mid_price, natural_entry_price, natural_exit_price):
        assert price_of(CONDOR, quotes) == NoPrice(leg=number, reason="no quote")


def test_a_worthless_wing_holds_up_no_exit() -> None:
    """W-02: a long leg that nobody bids for brings nothing; what has to be bought back needs an ask."""
    wing_worthless = [Quoted(ZERO, D("0.02")), *CONDOR_QUOTES[1:]]
    short_not_offered = [CONDOR_QUOTES[0], Quoted(D("0.70"), None), *CONDOR_QUOTES[2:]]
    not_told = [Quoted(None, D("0.02")), *CONDOR_QUOTES[1:]]

    assert natural_exit_price(CONDOR, wing_worthless) == D("-1.36")
    assert natural_exit_price(CONDOR, short_not_offered) == NoPrice(leg=1, reason="no ask")
    assert natural_exit_price(CONDOR, not_told) == NoPrice(leg=0, reason="no bid")
    assert mid_price(CONDOR, wing_worthless) == NoPrice(leg=0, reason="no bid")
    assert natural_exit_price((call(95),), quoted(("0", "0.02"))) == NoPrice(leg=0, reason="no bid")
    assert natural_entry_price(VERTICAL, quoted(("3.30", "3.40"), ("0", "0.05"))) == NoPrice(
        leg=1, reason="no bid"
    )


@given(legs=structures(), touches=st.lists(st.tuples(prices, prices), min_size=4, max_size=4))
def test_entering_and_leaving_at_once_never_gains(
    legs: tuple[LegTerms, ...], touches: list[tuple[Decimal, Decimal]]
) -> None:
    """W-02: the natural prices lie around the middle, whichever way a leg is held."""
    quotes = [Quoted(min(pair) + D("0.01"), max(pair) + D("0.01")) for pair in touches[: len(legs)]]
    entry, mid = natural_entry_price(legs, quotes), mid_price(legs, quotes)
    leaving = natural_exit_price(legs, quotes)
    assert isinstance(entry, Decimal)
    assert isinstance(mid, Decimal)
    assert isinstance(leaving, Decimal)

    assert pnl(legs, entry, leaving, D(1)) <= D("0.00001")
    assert structure_sign(legs) * (entry - mid) >= D("-0.0000001")
    assert structure_sign(legs) * (mid - leaving) >= D("-0.0000001")


def test_result_of_a_credit_is_the_credit_less_the_debit() -> None:
    """W-02: sold at -1.20, bought back at -0.60: 60 dollars a condor, and a short put alike."""
    assert pnl(CONDOR, D("-1.20"), D("-0.60"), D(3)) == 180
    assert pnl((put(95, -1),), D("2.10"), D("0.90"), D(2)) == 240
    assert pnl((shares(1),), D("100.25"), D("101.5"), D(40)) == 50


parts = st.lists(
    st.tuples(st.integers(1, 5), st.lists(prices, min_size=4, max_size=4)), min_size=1, max_size=5
)


@given(legs=structures(), entries=parts, exits=parts)
def test_result_is_cash_in_less_cash_out(
    legs: tuple[LegTerms, ...],
    entries: list[tuple[int, list[Decimal]]],
    exits: list[tuple[int, list[Decimal]]],
) -> None:
    """W-02: whatever the legs and however they fill in parts, P&L is what the account saw, to the cent."""
    bought = sum(count for count, _ in entries)
    sold = sum(count for count, _ in exits)
    exits = [(count * bought, leg_prices) for count, leg_prices in exits]
    entries = [(count * sold, leg_prices) for count, leg_prices in entries]
    qty = D(bought * sold)
    cash = ZERO
    for direction, fills in ((-1, entries), (1, exits)):
        for count, leg_prices in fills:
            for leg, price in zip(legs, leg_prices, strict=False):
                cash += direction * leg.side.sign * count * leg.ratio * leg.multiplier * price

    def averages(fills: list[tuple[int, list[Decimal]]]) -> list[Decimal]:
        return [to_price(sum(n * each[i] for n, each in fills) / qty) for i in range(len(legs))]

    entry, leaving = averages(entries), averages(exits)

    assert abs(pnl_by_legs(legs, entry, leaving, qty) - cash) <= D("0.005")
    assert pnl(legs, net_price(legs, entry), net_price(legs, leaving), qty) == pytest.approx(
        cash, abs=D("0.01")
    )


def test_credits_have_figures_of_their_own() -> None:
    """W-02: entry_credit and exit_debit in dollars per share and in sum; null for debits."""
    assert credit_figures(CONDOR, D("-1.20"), D("-0.60"), D(2)) == CreditFigures(
        entry_credit=D("1.20"), entry_credit_usd=D("240.00"), exit_debit=D("0.60"), exit_debit_usd=D("120.00")
    )
    assert credit_figures((put(95, -1),), D("2.10"), None, D(1)) == CreditFigures(
        entry_credit=D("2.10"), entry_credit_usd=D("210.00")
    )
    assert credit_figures(VERTICAL, D("2.25"), D("3"), D(1)) == CreditFigures()
    assert credit_figures(CONDOR, None, None, D(1)) == CreditFigures()


@pytest.mark.parametrize(
    ("legs", "entry", "basis", "pct"),
    [
        (CONDOR, "-1.20", "760.00", "15.7895"),
        ((put(95, -1),), "2.10", "18580.00", "0.6459"),
        (VERTICAL, "2.25", "450.00", "26.6667"),
        ((call(100),), "5", "1000.00", "12.0000"),
        (COVERED, "99.97", "19994.00", "0.6002"),
        ((shares(1),), "50", "100.00", "120.0000"),
        ((shares(1, Instrument.CRYPTO),), "50", "100.00", "120.0000"),
    ],
)
def test_per_cents_are_of_what_is_at_risk(
    legs: tuple[LegTerms, ...], entry: str, basis: str, pct: str
) -> None:
    """W-02: of the maximum loss for a credit (not of the credit), of the premium, of the cost."""
    bounds = Payoff(legs=legs, price=D(entry), qty=D(2)).bounds()
    found = risk_basis(legs, D(entry), D(2), bounds)

    assert found == D(basis)
    assert pnl_pct(D(120), found) == D(pct)


def test_an_unlimited_loss_has_no_per_cent() -> None:
    """W-02: nothing is a share of what has no end."""
    assert risk_basis((call(100, -1),), D(2), D(1), Bounds(best=D(200), worst=None)) is None
    assert pnl_pct(D(120), None) is None
    assert to_cents(pnl((call(100, -1),), D(2), D(1), D(1))) == 100

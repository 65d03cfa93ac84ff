"""How legs end by themselves, and what that leaves of a trade (W-05, I-17, I-13)."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.instruments.quantities import structures_for
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.instruments.symbols import OptionType
from chalicelib.domain.structures.settlement import Outcome
from chalicelib.domain.trading.books import structures_lacking
from chalicelib.domain.trading.legs import Leg, LegOrigin
from chalicelib.domain.trading.limits import risk_of_one
from chalicelib.domain.trading.position import LegBook, Position
from chalicelib.domain.trading.settling import (
    LegEnd,
    ends_at_expiry,
    ends_early,
    floor_of,
    is_over,
    loss_left,
    what_is_left,
)
from tests.domain.support import LONG_CALL, NOON, OPEN_TRADE

D = Decimal
ZERO = D(0)
CALL, PUT = OptionType.CALL, OptionType.PUT
LONG, SHORT = LegSide.LONG, LegSide.SHORT
spots = st.integers(1, 90_000).map(lambda cents: D(cents) / 100)


def a_leg(number: int, side: LegSide, right: OptionType, strike: str, *, ratio: int = 1) -> Leg:
    """Return a leg of an option that expires with the others."""
    right_word = "C" if right is CALL else "P"
    return replace(
        LONG_CALL[0],
        id=UUID(int=100 + number),
        leg_no=number,
        side=side,
        option_type=right,
        strike=D(strike),
        ratio=ratio,
        symbol=f"SPY260320{right_word}{int(D(strike) * 1000):08d}",
    )


def a_book(leg: Leg, held: int, price: str = "2.00") -> LegBook:
    """Return what an entry of so many contracts amounts to; below 0 of what was oversold."""
    opened = D(max(held, 1))
    return LegBook(
        leg=leg,
        opened=opened,
        closed=opened - held,
        entry_sum=opened * D(price),
        exit_sum=(opened - held) * 3,
    )


def a_position(*books: LegBook) -> Position:
    """Return a position of these books."""
    return Position(
        books=books,
        filled_qty=D(1),
        sold_qty=ZERO,
        fees=ZERO,
        entry_price=None,
        exit_price=None,
        first_at=NOON,
        last_at=NOON,
        closing_role=None,
    )


def all_of(books: Sequence[LegBook], price: Decimal, *, delivers: bool) -> tuple[LegEnd, ...]:
    """Let every leg end at one price."""
    return ends_at_expiry(books, {book.leg.leg_no for book in books}, price, delivers=delivers)


def worth(ends: Sequence[LegEnd], price: Decimal) -> Decimal:
    """Return the dollars that ends bring, the shares that came counted at a price."""
    total = ZERO
    for end in ends:
        assert end.leg.strike is not None
        total += end.leg.side.sign * end.quantity * end.leg.multiplier * end.value
        total += end.shares * (price - end.leg.strike)
    return total


legs = st.builds(
    a_leg,
    st.integers(1, 4),
    st.sampled_from(LegSide),
    st.sampled_from(OptionType),
    st.integers(1, 800).map(str),
)
structures = st.lists(st.tuples(legs, st.integers(-3, 9)), min_size=1, max_size=4).map(
    lambda found: [
        a_book(replace(leg, leg_no=number, id=UUID(int=number)), held)
        for number, (leg, held) in enumerate(found, start=1)
    ]
)


@given(structures, spots)
def test_a_delivery_is_worth_what_cash_is(books: list[LegBook], price: Decimal) -> None:
    """W-05: at their price, shares for the strike and intrinsic value are the same to the cent."""
    in_cash = all_of(books, price, delivers=False)
    in_shares = all_of(books, price, delivers=True)

    assert worth(in_cash, price) == worth(in_shares, price)
    assert [end.leg.leg_no for end in in_cash] == [book.leg.leg_no for book in books if book.held != 0]
    assert all(end.shares == 0 for end in in_cash)


@given(st.integers(1, 799), st.integers(1, 800), st.sampled_from(OptionType), spots)
def test_a_spread_settles_within_its_width(low: int, width: int, right: OptionType, price: Decimal) -> None:
    """I-17: both legs at one price: between 0 and the width, whoever is long."""
    books = [
        a_book(a_leg(1, LONG, right, str(low)), 1),
        a_book(a_leg(2, SHORT, right, str(low + width)), 1),
    ]
    sign = 1 if right is CALL else -1
    for delivers in (False, True):
        assert 0 <= sign * worth(all_of(books, price, delivers=delivers), price) <= width * 100


def test_deliveries_that_take_each_other_away_bring_no_shares() -> None:
    """Both legs of a put spread in the money: assigned and exercised, settled at their value."""
    books = [a_book(a_leg(1, SHORT, PUT, "600"), 2), a_book(a_leg(2, LONG, PUT, "595"), 2)]
    ends = all_of(books, D("590"), delivers=True)

    assert [end.outcome for end in ends] == [Outcome.ASSIGNED, Outcome.EXERCISED]
    assert [(end.value, end.shares) for end in ends] == [(D(10), ZERO), (D(5), ZERO)]


def test_what_was_oversold_is_bought_back_in_cash() -> None:
    """I-09: a short that two exits left settles at intrinsic value, by a purchase, and delivers nothing."""
    (end,) = all_of([a_book(a_leg(1, LONG, CALL, "600"), -2)], D("612.50"), delivers=True)

    assert (end.quantity, end.is_buy, end.value, end.shares) == (D(-2), True, D("12.50"), ZERO)


@pytest.mark.parametrize(
    ("side", "right", "shares"),
    [(SHORT, PUT, 200), (SHORT, CALL, -200), (LONG, CALL, 200), (LONG, PUT, -200)],
)
def test_two_of_five_end_early(side: LegSide, right: OptionType, shares: int) -> None:
    """W-05: shares change hands at the strike, the option itself is worth nothing then."""
    end = ends_early(a_book(a_leg(1, side, right, "600"), 5), D(2))

    assert (end.quantity, end.value, end.shares) == (D(2), ZERO, D(shares))
    assert end.outcome is (Outcome.ASSIGNED if side is SHORT else Outcome.EXERCISED)
    assert end.origin is (LegOrigin.ASSIGNED if side is SHORT else LegOrigin.EXERCISED)


def test_the_floor_makes_the_heat_what_can_be_lost() -> None:
    """W-05: after an assignment a trade risks the strike of what it was made to buy, less the premium."""
    put = a_leg(1, SHORT, PUT, "600")
    shares = replace(
        put, leg_no=2, instrument=LONG_CALL[0].instrument.EQUITY, symbol="SPY", multiplier=D(1), side=LONG
    )
    shares = replace(shares, option_type=None, strike=None, expiry=None, origin=LegOrigin.ASSIGNED, ratio=100)
    gone = LegBook(leg=put, opened=D(1), closed=D(1), entry_sum=D(2), exit_sum=ZERO)
    came = LegBook(leg=shares, opened=D(100), closed=ZERO, entry_sum=D(60_000), exit_sum=ZERO)
    position = a_position(gone, came)
    trade = replace(OPEN_TRADE, legs=(put, shares), open_qty=D(1), qty=D(1), entry_price=D(2))

    loss = loss_left(position)
    assert loss == 59_800
    floor = floor_of(trade, loss)
    assert risk_of_one(D(2), None, D(100), sign=-1, risk_floor=floor) == loss
    assert what_is_left(position) == "long 100 shares of SPY"
    assert not is_over(position)


def test_a_short_call_that_lost_its_cover_has_no_bound() -> None:
    """W-05: said as it is."""
    assert loss_left(a_position(a_book(a_leg(1, SHORT, CALL, "600"), 1))) is None


def test_structures_lack_what_their_worst_leg_lacks() -> None:
    """A-04: whole structures alone are for sale; one leg counts itself, a leg apart takes none with it."""
    one, two = a_leg(1, SHORT, PUT, "600"), a_leg(2, LONG, PUT, "590", ratio=2)
    trade = replace(OPEN_TRADE, legs=(one, two), open_qty=D(5))

    assert structures_lacking(trade, one, D(2)) == 2
    assert structures_lacking(trade, two, D(3)) == 2
    apart = replace(trade, legs=(replace(one, apart_qty=D(3)), two), missing_qty=D(1))
    assert structures_lacking(apart, apart.legs[0], D(1)) == 0
    assert structures_lacking(apart, two, D(1)) == 1
    assert structures_lacking(OPEN_TRADE, LONG_CALL[0], D(1)) == 1


def test_a_leg_that_is_held_twice_a_structure_counts_whole_structures_up() -> None:
    """ADR 0030: the fullest leg says how many structures are held; none is forgotten by rounding."""
    assert [structures_for(D(held), 2) for held in (4, 3, 1, 0, -3)] == [D(2), D(2), D(1), ZERO, D(-1)]

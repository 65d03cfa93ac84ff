"""Combined orders and short positions in the paper broker's books (W-01, W-02; I-15, I-16)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from chalicelib.brokers.errors import InsufficientFunds, Refused, Uncovered, Unsupported
from chalicelib.brokers.paper.groups import collateral, with_strays
from chalicelib.brokers.paper.matching import cancel_orders
from chalicelib.domain.trading.orders import OrderStatus
from tests.brokers.paper_books import AT_TEN, Books, option, shown

P95, P100, C100, C105 = option("95P"), option("100P"), option("100C"), option("105C")
FEE = Decimal("0.35")

CONDOR = {P95: "+", P100: "-", C105: "-", option("110C"): "+"}
CONDOR_QUOTES = (
    shown(P95, "0.90", "1.00"),
    shown(P100, "2.00", "2.10"),
    shown(C105, "1.50", "1.60"),
    shown(option("110C"), "0.50", "0.60"),
)


@pytest.fixture
def books() -> Books:
    return Books()


def test_a_condor_fills_at_its_natural_credit_in_one_moment(books: Books) -> None:
    """W-01: sells get the bids, buys pay the asks, and each leg tells what it filled at."""
    order = books.combined(CONDOR, 2, "-1.80", CONDOR_QUOTES)

    assert (order.status, order.avg_fill_price) == (OrderStatus.FILLED, Decimal("-1.90"))
    assert books.held() == {P95: 2, P100: -2, C105: -2, option("110C"): 2}
    assert [leg.filled_value for leg in order.legs] == [2, 4, 3, Decimal("1.2")]
    assert {fill.filled_at for fill in books.ledger.fills} == {AT_TEN}
    assert books.ledger.cash == 100_000 + 2 * 190 - 8 * FEE


def test_a_limit_that_the_market_does_not_reach_rests_until_it_does(books: Books) -> None:
    order = books.combined(CONDOR, 1, "-2.00", CONDOR_QUOTES)
    assert order.status is OrderStatus.OPEN
    assert books.held() == {}
    books.at += timedelta(minutes=1)
    books.meet(
        *(
            shown(q.symbol, q.bid + Decimal("0.05"), q.ask, at=books.at)
            for q in CONDOR_QUOTES
            if q.bid and q.ask
        )
    )

    assert (order.status, order.avg_fill_price) == (OrderStatus.FILLED, Decimal("-2.00"))


def test_the_scarcest_leg_bounds_whole_units_and_is_taken_once(books: Books) -> None:
    """I-16: five of a leg that is sold twice a unit are two units; what is left fills by the next quote."""
    legs = {option("90P"): "+", P95: "-2", P100: "+"}
    quotes = (
        shown(option("90P"), "0.40", "0.50"),
        shown(P95, "1.00", "1.10", size=5),
        shown(P100, "2.00", "2.10"),
    )
    order = books.combined(legs, 3, "0.60", quotes)
    assert (order.status, order.filled_quantity) == (OrderStatus.PARTIALLY_FILLED, Decimal(2))
    assert books.held() == {option("90P"): 2, P95: -4, P100: 2}
    books.meet(*quotes)
    assert order.filled_quantity == 2
    books.at += timedelta(seconds=30)
    books.meet(*(shown(quote.symbol, quote.bid or "0", quote.ask or "0", at=books.at) for quote in quotes))

    assert (order.status, order.filled_quantity) == (OrderStatus.FILLED, Decimal(3))


def test_a_partly_filled_condor_keeps_whole_units_when_it_is_cancelled(books: Books) -> None:
    scarce = (shown(P95, "0.90", "1.00", size=1), *CONDOR_QUOTES[1:])
    order = books.combined(CONDOR, 3, "-1.80", scarce)
    cancel_orders(books.ledger, order, books.at)

    assert (order.status, order.filled_quantity) == (OrderStatus.CANCELED, Decimal(1))
    assert books.held() == {P95: 1, P100: -1, C105: -1, option("110C"): 1}


@pytest.mark.parametrize("age", [61, 119])
def test_quotes_of_different_moments_fill_nothing(books: Books, age: int) -> None:
    """W-02: one leg's quote is more than a minute older than another's, though usable by itself."""
    old = shown(P95, "0.90", "1.00", at=AT_TEN - timedelta(seconds=age))
    order = books.combined(CONDOR, 1, "-1.80", (old, *CONDOR_QUOTES[1:]))
    assert order.filled_quantity == 0
    books.meet(shown(P95, "0.90", "1.00", at=AT_TEN - timedelta(seconds=60)), *CONDOR_QUOTES[1:])

    assert order.status is OrderStatus.FILLED


def test_a_leg_without_a_usable_quote_holds_up_all(books: Books) -> None:
    """I-15: crossed, one-sided or missing."""
    crossed = shown(P95, "1.10", "1.00")
    for quotes in (
        (crossed, *CONDOR_QUOTES[1:]),
        CONDOR_QUOTES[1:],
        (shown(P95, "0.90", "0"), *CONDOR_QUOTES[1:]),
    ):
        books.combined(CONDOR, 1, "-1.00", quotes)

    assert (books.held(), books.ledger.fills) == ({}, [])


def test_a_day_order_ends_at_the_close_with_what_it_has(books: Books) -> None:
    order = books.combined(CONDOR, 1, "-2.50", CONDOR_QUOTES)
    books.at += timedelta(hours=7)
    books.meet(*CONDOR_QUOTES)

    assert (order.status, books.held()) == (OrderStatus.EXPIRED, {})


def test_closing_pays_the_asks_and_releases_what_was_held_back(books: Books) -> None:
    """W-01: the maximum loss is held while it is open: width less credit, and nothing afterwards."""
    books.combined(CONDOR, 1, "-1.80", CONDOR_QUOTES)
    assert books.ledger.free_cash() == 100_000 - 500 + 190 - 4 * FEE
    close = {P95: "-x", P100: "+x", C105: "+x", option("110C"): "-x"}
    order = books.combined(close, 1, "2.40", CONDOR_QUOTES)

    assert (order.status, order.avg_fill_price) == (OrderStatus.FILLED, Decimal("2.30"))
    assert (books.held(), books.ledger.groups) == ({}, ())
    assert books.ledger.free_cash() == books.ledger.cash == 100_000 + 190 - 230 - 8 * FEE


def test_a_wing_that_nobody_bids_for_goes_for_nothing(books: Books) -> None:
    """A worthless wing holds up no exit."""
    books.combined({P95: "+", P100: "-"}, 1, "-0.90", CONDOR_QUOTES)
    quotes = (shown(P95, "0", "0.05", size=0), shown(P100, "0.10", "0.20"))
    order = books.combined({P95: "-x", P100: "+x"}, 1, "0.20", (quotes[0], shown(P100, "0.10", "0.20")))

    assert (order.status, order.avg_fill_price) == (OrderStatus.FILLED, Decimal("0.20"))
    assert books.held() == {}


def test_a_short_put_holds_its_strike_and_gives_it_back(books: Books) -> None:
    """W-01: strike × multiplier × quantity, whatever was received."""
    books.single("-", P100, 3, "2.00", CONDOR_QUOTES)
    assert books.held() == {P100: -3}
    assert books.ledger.free_cash() == 100_000 + 600 - 3 * FEE - 30_000
    books.single("+x", P100, 3, "2.10", CONDOR_QUOTES)

    assert (books.held(), books.ledger.free_cash()) == ({}, 100_000 - 30 - 6 * FEE)


def test_a_short_put_beyond_cash_is_refused_and_counts_what_works(books: Books) -> None:
    """W-01: what a working order may need is held back too, never promised twice."""
    books.single("-", P100, 9, "3.00")
    assert books.ledger.free_cash() == 10_000
    books.single("-", P100, 1, "3.00")

    with pytest.raises(InsufficientFunds):
        books.single("-", option("1P"), 1, "3.00")


def test_a_spread_is_refused_beyond_its_maximum_loss(books: Books) -> None:
    """A credit of 0.90 on a width of 5 may lose 410 dollars, and fees."""
    poor = Books(cash=Decimal(410))
    with pytest.raises(InsufficientFunds):
        poor.combined({P95: "+", P100: "-"}, 1, "-0.90", CONDOR_QUOTES)
    enough = Books(cash=Decimal("410.70"))
    order = enough.combined({P95: "+", P100: "-"}, 1, "-0.90", CONDOR_QUOTES)

    assert order.status is OrderStatus.FILLED
    assert enough.ledger.free_cash() == Decimal("10")


@pytest.mark.parametrize(
    "legs",
    [
        {C105: "-", P95: "+"},
        {C100: "+", C105: "-2"},
        {option("100C", "260220"): "+", C105: "-"},
        {C105: "-", P100: "-"},
    ],
)
def test_what_could_lose_without_a_bound_is_refused(books: Books, legs: dict[str, str]) -> None:
    """W-01: a naked call in any disguise; a long call that expires first covers nothing."""
    with pytest.raises(Uncovered):
        books.combined(legs, 1, "-0.50")
    with pytest.raises(Uncovered):
        books.single("-", C105, 1, "1.00")

    assert books.ledger.orders == {}


def test_a_covered_call_takes_its_shares_and_nothing_else_may(books: Books) -> None:
    """W-01: never promised twice, not to a second call nor to a sale, working or filled."""
    books.single("+", "SPY", 150, None, [shown("SPY", "99.00", "100.00", size=None)])
    books.single("-", C105, 1, "9.00")
    with pytest.raises(Uncovered):
        books.single("-", C100, 1, "9.00")
    with pytest.raises(Refused):
        books.single("-x", "SPY", 100, "200.00")
    books.at += timedelta(minutes=1)
    books.meet(shown(C105, "9.00", "9.10", at=books.at))
    assert books.held() == {"SPY": 150, C105: -1}
    with pytest.raises(Refused):
        books.single("-x", "SPY", 51, "200.00")
    books.single("-x", "SPY", 50, "101.00")
    books.single("+x", C105, 1, "9.10", [shown(C105, "9.00", "9.10", at=books.at)])
    books.single("-x", "SPY", 100, "101.00")

    assert books.held() == {"SPY": 150}


def test_shares_and_call_come_and_go_as_one_order(books: Books) -> None:
    """W-02: priced per share of the call: 100.00 paid less 1.50 received."""
    quotes = (shown("SPY", "99.90", "100.00", size=None), shown(C105, "1.50", "1.60"))
    order = books.combined({"SPY": "+100", C105: "-1"}, 2, "98.50", quotes)
    assert (order.status, order.avg_fill_price) == (OrderStatus.FILLED, Decimal("98.50"))
    assert books.ledger.cash == 100_000 - 2 * 9850 - 2 * FEE
    with pytest.raises(Uncovered):
        books.single("-", C100, 1, "1.00")
    books.combined({"SPY": "-x100", C105: "+x1"}, 2, "-98.30", quotes)

    assert books.held() == {}


def test_the_long_leg_of_a_call_spread_cannot_leave_first(books: Books) -> None:
    quotes = (shown(C100, "2.00", "2.10"), shown(C105, "1.00", "1.10"))
    books.combined({C100: "-", C105: "+"}, 1, "-0.80", quotes)
    with pytest.raises(Uncovered):
        books.single("-x", C105, 1, "1.00")
    books.single("+x", C100, 1, "2.10", quotes)
    books.single("-x", C105, 1, "1.00", quotes)

    assert (books.held(), books.ledger.groups) == ({}, ())


def test_anothers_spread_does_not_tie_a_long_call_of_its_own(books: Books) -> None:
    """Two trades share a contract: the one that is long alone can leave at any time."""
    quotes = (shown(C100, "2.00", "2.10"), shown(C105, "1.00", "1.10"))
    books.combined({C100: "-", C105: "+"}, 1, "-0.80", quotes)
    books.single("+", C105, 2, "1.10", quotes)
    books.combined({C100: "+x", C105: "-x"}, 1, "0.50")
    books.single("-x", C105, 2, "1.00", quotes)

    assert books.held() == {C100: -1, C105: 1}


def test_a_long_put_may_leave_its_spread_where_cash_takes_its_place(books: Books) -> None:
    books.combined({P95: "+", P100: "-"}, 1, "-0.90", CONDOR_QUOTES)
    books.single("-x", P95, 1, "0.90", CONDOR_QUOTES)
    assert books.ledger.free_cash() == books.ledger.cash - 10_000
    poor = Books(cash=Decimal(5_000))
    poor.combined({P95: "+", P100: "-"}, 1, "-0.90", CONDOR_QUOTES)

    with pytest.raises(InsufficientFunds):
        poor.single("-x", P95, 1, "0.90")


def test_a_closing_debit_is_never_short_of_money() -> None:
    """An exit is never blocked: quotes wider than the spread itself cost what they cost."""
    books = Books(cash=Decimal("410.70"))
    books.combined({P95: "+", P100: "-"}, 1, "-0.90", CONDOR_QUOTES)
    wide = (shown(P95, "1.00", "9.00"), shown(P100, "5.00", "8.00"))
    order = books.combined({P95: "-x", P100: "+x"}, 1, "7.00", wide)

    assert order.status is OrderStatus.FILLED
    assert books.ledger.cash == Decimal("410.70") + 100 - 700 - 4 * FEE


def test_a_stop_above_and_a_target_below_protect_a_short_put(books: Books) -> None:
    books.single("-", P100, 2, "2.00", CONDOR_QUOTES)
    parent, target, stop = books.oco("+x", P100, 2, "4.00", "1.00")
    with pytest.raises(Refused):
        books.single("+x", P100, 1, "1.00")
    books.at += timedelta(minutes=1)
    books.meet(shown(P100, "4.20", "4.30", at=books.at))

    assert (parent.status, target.status, stop.status) == (
        OrderStatus.FILLED,
        OrderStatus.CANCELED,
        OrderStatus.FILLED,
    )
    assert stop.avg_fill_price == Decimal("4.30")
    assert books.held() == {}


def test_the_target_of_a_short_put_fills_when_the_ask_comes_down_to_it(books: Books) -> None:
    books.single("-", P100, 1, "2.00", CONDOR_QUOTES)
    parent, target, _ = books.oco("+x", P100, 1, "4.00", "1.00")
    books.meet(*CONDOR_QUOTES)
    books.at += timedelta(minutes=1)
    books.meet(shown(P100, "0.80", "0.90", at=books.at))

    assert (parent.status, target.status, target.avg_fill_price) == (
        OrderStatus.FILLED,
        OrderStatus.FILLED,
        Decimal(1),
    )


def test_a_contract_is_not_held_both_ways(books: Books) -> None:
    """The books net by contract as brokers do, so the other way round has to be closed first."""
    books.single("+", P100, 1, "2.10", CONDOR_QUOTES)
    with pytest.raises(Refused, match="current long option position"):
        books.single("-", P100, 1, "2.00")
    books.combined(
        {P95: "+", option("98P"): "-"}, 1, "-0.10", (*CONDOR_QUOTES, shown(option("98P"), "1.50", "1.60"))
    )

    with pytest.raises(Refused, match="must be placed as a Buy to Close"):
        books.single("+", option("98P"), 1, "1.60")


def test_a_short_option_that_no_group_knows_holds_back_by_itself(books: Books) -> None:
    """W-01: a release that knows no groups keeps none; nothing is promised again for that."""
    books.combined({P95: "+", P100: "-"}, 2, "-0.90", CONDOR_QUOTES)
    known = books.ledger.groups
    assert with_strays(known, books.held()) == known

    assert collateral(with_strays((), books.held())) == 20_000


def test_what_these_books_do_not_do_is_not_taken(books: Books) -> None:
    with pytest.raises(Unsupported):
        books.single("-", "SPY", 100, "100.00")
    with pytest.raises(Unsupported):
        books.combined({P95: "+", P100: "-x"}, 1, "-1.00")
    with pytest.raises(Refused):
        books.combined({P95: "+", "NONSENSE": "-"}, 1, "-1.00")

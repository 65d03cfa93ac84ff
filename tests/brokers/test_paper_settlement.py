"""Expiry, assignment and dividends in the paper broker's books (W-05, I-17, I-20)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from chalicelib.brokers.errors import InsufficientFunds, Refused, Uncovered
from chalicelib.brokers.paper.groups import collateral
from chalicelib.brokers.paper.ledger import EventKind
from chalicelib.brokers.paper.settlement import assign, pay_dividend, settle_expired
from chalicelib.domain.trading.orders import OrderStatus
from tests.brokers.paper_books import Books, option, shown

AFTER = datetime(2026, 3, 20, 20, 30, tzinfo=UTC)
P95, P100, C100, C105 = option("95P"), option("100P"), option("100C"), option("105C")
C105_LATER = option("105C", "260417")
QUOTES = (
    shown("SPY", "99.90", "100.00", size=None),
    shown(P95, "0.90", "1.00"),
    shown(P100, "2.00", "2.10"),
    shown(C100, "2.00", "2.10"),
    shown(C105, "1.00", "1.10"),
    shown(C105_LATER, "1.80", "1.90"),
)
FEE = Decimal("0.35")


@pytest.fixture
def books() -> Books:
    return Books()


def settle(books: Books, price: str, *symbols: str) -> list[tuple[EventKind, str, Decimal, Decimal]]:
    """Settle contracts on one price and tell the events."""
    settle_expired(books.ledger, {symbol: Decimal(price) for symbol in symbols}, AFTER)
    return [(one.kind, one.symbol, one.quantity, one.cash) for one in books.ledger.events.values()]


@pytest.mark.parametrize(
    ("price", "paid"),
    [("101.00", "0"), ("99.995", "0"), ("98.00", "-200"), ("95.00", "-500"), ("80.00", "-500")],
)
def test_a_spread_settles_in_cash_within_its_width(books: Books, price: str, paid: str) -> None:
    """I-17: both legs on one price, and nothing is held back afterwards; a half cent is nothing."""
    books.combined({P95: "+", P100: "-"}, 1, "-0.90", QUOTES)
    before = books.ledger.cash
    settle(books, price, P95, P100)

    assert books.ledger.cash - before == Decimal(paid)
    assert (books.ledger.groups, collateral(books.ledger.groups)) == ((), Decimal(0))
    assert books.held() == {}


def test_a_short_put_in_the_money_brings_its_shares_at_the_strike(books: Books) -> None:
    """W-05: paper delivers for a short put; what its strike held back pays for them."""
    books.single("-", P100, 2, "2.00", QUOTES)
    events = settle(books, "97.00", P100)

    assert events == [(EventKind.ASSIGNED, P100, Decimal(-2), Decimal(-20_000))]
    assert books.held() == {"SPY": Decimal(200)}
    assert books.ledger.holdings["SPY"].cost_basis == 20_000
    assert books.ledger.free_cash() == books.ledger.cash == 100_000 + 400 - 2 * FEE - 20_000


@pytest.mark.parametrize("apart", [True, False])
def test_a_covered_call_in_the_money_takes_its_shares(books: Books, apart: bool) -> None:
    """W-05: whether shares and call came as one order or apart."""
    if apart:
        books.single("+", "SPY", 100, None, QUOTES)
        books.single("-", C105, 1, "1.00", QUOTES)
    else:
        books.combined({"SPY": "+100", C105: "-"}, 1, "99.00", QUOTES)
    events = settle(books, "108.00", C105)

    assert events == [(EventKind.ASSIGNED, C105, Decimal(-1), Decimal(10_500))]
    assert books.held() == {}
    assert books.ledger.cash == 100_000 - 10_000 + 100 - FEE + 10_500


def test_a_call_out_of_the_money_frees_its_shares(books: Books) -> None:
    books.combined({"SPY": "+100", C105: "-"}, 1, "99.00", QUOTES)
    assert settle(books, "104.00", C105) == [(EventKind.SETTLED, C105, Decimal(-1), Decimal(0))]

    assert (books.held(), books.ledger.loose_shares("SPY")) == ({"SPY": Decimal(100)}, Decimal(100))


def test_one_contract_in_a_spread_and_alone_settles_each_in_its_way(books: Books) -> None:
    """What stands alone delivers, what is of a spread pays cash."""
    books.combined({P95: "+", P100: "-"}, 1, "-0.90", QUOTES)
    books.single("-", P100, 2, "2.00", QUOTES)
    before = books.ledger.cash
    settle(books, "97.00", P95, P100)

    assert books.held() == {"SPY": Decimal(200)}
    assert books.ledger.cash == before - 20_000 - 300


def test_a_calendar_keeps_its_later_leg(books: Books) -> None:
    """W-05: legs of a later expiry live on, with nothing tied to them."""
    books.combined({C105: "-", C105_LATER: "+"}, 1, "0.90", QUOTES)
    assert collateral(books.ledger.groups) == 0
    settle(books, "108.00", C105)
    assert (books.held(), books.ledger.groups) == ({C105_LATER: Decimal(1)}, ())
    books.single("-x", C105_LATER, 1, "1.80")


def test_settling_again_settles_nothing_more(books: Books) -> None:
    """I-20."""
    books.single("-", P100, 1, "2.00", QUOTES)
    settle(books, "97.00", P100)
    cash, events = books.ledger.cash, dict(books.ledger.events)
    settle(books, "96.00", P100)

    assert (books.ledger.cash, books.ledger.events) == (cash, events)


def test_two_of_five_are_assigned_once_and_the_exit_that_worked_ends(books: Books) -> None:
    """W-05, I-20: shares come at the strike, the rest stays short with its collateral."""
    books.single("-", P100, 5, "2.00", QUOTES)
    parent, *_ = books.oco("+x", P100, 5, "6.00", "0.50")
    for _ in range(2):
        assign(books.ledger, "early:1", P100, Decimal(2), AFTER)

    assert books.held() == {P100: Decimal(-3), "SPY": Decimal(200)}
    assert collateral(books.ledger.groups) == 30_000
    assert books.ledger.loose_shares("SPY") == 200
    assert parent.status is OrderStatus.CANCELED
    with pytest.raises(Refused):
        assign(books.ledger, "early:2", P100, Decimal(4), AFTER)


def test_short_shares_of_an_assigned_spread_are_bought_back_before_its_call_leaves(books: Books) -> None:
    """W-05: the long call is not forgotten: it bounds what is short until that is gone."""
    books.combined({C100: "-", C105: "+"}, 1, "-0.80", QUOTES)
    assign(books.ledger, "early:1", C100, Decimal(1), AFTER)
    assert books.held() == {C105: Decimal(1), "SPY": Decimal(-100)}
    assert collateral(books.ledger.groups) == 10_500
    with pytest.raises(Uncovered):
        books.single("-x", C105, 1, "1.00", QUOTES)
    books.single("+x", "SPY", 100, None, QUOTES)
    books.single("-x", C105, 1, "1.00", QUOTES)

    assert books.held() == {}
    assert books.ledger.free_cash() == books.ledger.cash == 100_000 + 90 + 10_000 - 10_000 + 100 - 3 * FEE


def test_nothing_is_opened_while_a_loss_has_no_bound(books: Books) -> None:
    """W-05: the call has expired over short shares; entries wait, the way out stays open."""
    books.combined({C100: "-", C105: "+"}, 1, "-0.80", QUOTES)
    assign(books.ledger, "early:1", C100, Decimal(1), AFTER)
    settle(books, "104.00", C105)
    assert collateral(books.ledger.groups) is None
    with pytest.raises(InsufficientFunds):
        books.single("+", P95, 1, "1.00")
    books.single("+x", "SPY", 100, None, QUOTES)

    assert books.ledger.free_cash() == books.ledger.cash


def test_shares_that_another_trade_holds_are_netted_through_zero(books: Books) -> None:
    """The books net by symbol as brokers do: 50 held and 100 delivered are 50 short, at what each cost."""
    books.single("+", "SPY", 50, None, QUOTES)
    books.combined({C100: "-", C105: "+"}, 1, "-0.80", QUOTES)
    assign(books.ledger, "early:1", C100, Decimal(1), AFTER)

    assert books.held() == {C105: Decimal(1), "SPY": Decimal(-50)}
    assert books.ledger.holdings["SPY"].cost_basis == -5_000


def test_a_dividend_is_paid_on_shares_and_charged_on_short_ones(books: Books) -> None:
    """W-05: on what the eve of the ex-date ends with, once."""
    ex_date = date(2026, 3, 20)
    books.single("+", "SPY", 150, None, QUOTES)
    before = books.ledger.cash
    for _ in range(2):
        pay_dividend(books.ledger, "SPY", ex_date, Decimal("1.80"), AFTER)
    assert books.ledger.cash == before + 270
    short = Books()
    short.combined({C100: "-", C105: "+"}, 1, "-0.80", QUOTES)
    assert pay_dividend(short.ledger, "SPY", ex_date, Decimal("1.80"), AFTER) is None
    assign(short.ledger, "early:1", C100, Decimal(1), AFTER)
    charged = pay_dividend(short.ledger, "SPY", ex_date + timedelta(days=91), Decimal("1.80"), AFTER)

    assert charged is not None
    assert (charged.quantity, charged.cash) == (Decimal(-100), Decimal(-180))

"""What is held and its sums (api.md, positions)."""

from decimal import Decimal
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.trading.position_book import HeldGreeks, Position, make_book

UNKNOWN = HeldGreeks(delta=None, gamma=None, theta=None, vega=None)
KNOWN = HeldGreeks(delta=Decimal("12.5"), gamma=Decimal("0.4"), theta=Decimal("-3.2"), vega=Decimal(8))
CENTS = st.integers(-100_000, 100_000).map(lambda cents: Decimal(cents) / 100)


def position(
    ticker: str = "SPY",
    pnl: Decimal | None = Decimal(10),
    basis: Decimal | None = Decimal(200),
    greeks: HeldGreeks = KNOWN,
) -> Position:
    """Return a position; without a P&L one that has no usable mark."""
    return Position(
        trade_id=UUID(int=1),
        ticker=ticker,
        is_priced=pnl is not None,
        open_pnl=pnl,
        day_pnl=pnl,
        cost=Decimal(200),
        basis=basis,
        exit_pnl=None,
        strategy_stop=None,
        bid=None,
        ask=None,
        underlying=None,
        greeks=greeks,
    )


def test_what_has_no_price_is_counted_and_in_no_sum() -> None:
    """I-15: a sum says what it leaves out; one without Greeks keeps its money."""
    book = make_book([position(), position(pnl=None), position(greeks=UNKNOWN)])

    assert (book.totals.positions, book.totals.unpriced, book.totals.without_greeks) == (3, 1, 1)
    assert (book.totals.open_pnl, book.totals.cost) == (Decimal(20), Decimal(400))
    assert book.totals.greeks.delta == Decimal(25)


def test_per_cents_are_of_what_could_be_lost() -> None:
    """W-02: of the risk basis; of none nothing is said."""
    assert position().pnl_pct == Decimal(5)
    assert position(basis=None).pnl_pct is None
    assert position(pnl=None).pnl_pct is None


@settings(max_examples=30)
@given(st.lists(st.tuples(st.sampled_from(["AMD", "QQQ", "SPY"]), st.none() | CENTS), max_size=8))
def test_underlyings_add_up_to_the_whole(held: list[tuple[str, Decimal | None]]) -> None:
    """No position is in two groups or in none."""
    book = make_book([position(ticker, pnl) for ticker, pnl in held])
    groups = [sums for _, sums in book.by_ticker]

    assert [ticker for ticker, _ in book.by_ticker] == sorted({ticker for ticker, _ in held})
    assert sum((one.open_pnl for one in groups), Decimal(0)) == book.totals.open_pnl
    assert sum(one.positions for one in groups) == book.totals.positions == len(held)

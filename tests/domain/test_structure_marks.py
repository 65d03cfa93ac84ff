"""A structure's mark: every leg's quote, of one moment (W-02)."""

from datetime import timedelta
from decimal import Decimal

from chalicelib.domain.market.quotes import Mark, NoMark, OptionQuote, mark_of
from chalicelib.domain.market.structure_marks import StructureMark, mark_structure
from tests.domain.structures_support import CONDOR, put
from tests.domain.support import NOON

D = Decimal
SYMBOLS = tuple(
    f"XYZ260320{right}{strike:05d}000" for right, strike in (("P", 90), ("P", 95), ("C", 105), ("C", 110))
)


def quote(symbol: str, bid: str | None, ask: str | None, *, age: int = 0) -> OptionQuote:
    """Return a quote of ten contracts, `age` seconds old at noon."""
    return OptionQuote(
        symbol=symbol,
        bid=None if bid is None else D(bid),
        ask=None if ask is None else D(ask),
        bid_size=10,
        ask_size=10,
        last=None,
        quoted_at=NOON - timedelta(seconds=age),
        source="test",
        delay_seconds=0,
    )


def condor(
    *, first_age: int = 0, third_age: int = 0, wing_bid: str | None = "0.10"
) -> list[OptionQuote | None]:
    """Return quotes of the condor 90/95/105/110."""
    return [
        quote(SYMBOLS[0], wing_bid, "0.14", age=first_age),
        quote(SYMBOLS[1], "0.70", "0.74"),
        quote(SYMBOLS[2], "0.66", "0.70", age=third_age),
        quote(SYMBOLS[3], "0.08", "0.12"),
    ]


def test_structure_is_marked_at_its_legs_mids() -> None:
    """W-02: 0.12 + 0.10 - 0.72 - 0.68, with each leg's own mark beside it."""
    assert mark_structure(CONDOR, SYMBOLS, condor(), NOON) == StructureMark(
        price=D("-1.18"), one_sided=False, of_legs=(D("0.12"), D("0.72"), D("0.68"), D("0.10"))
    )


def test_one_stale_leg_leaves_no_mark() -> None:
    """W-02: a structure is never marked from one stale leg, and the answer names it."""
    quotes: list[OptionQuote | None] = condor()
    quotes[3] = None

    assert mark_structure(CONDOR, SYMBOLS, condor(third_age=121), NOON) == NoMark(
        f"{SYMBOLS[2]}: quote too old"
    )
    assert mark_structure(CONDOR, SYMBOLS, quotes, NOON) == NoMark(f"{SYMBOLS[3]}: no quote")


def test_quotes_of_two_moments_are_no_mark() -> None:
    """W-02: each usable alone, together 61 seconds apart: none; 60 seconds are one moment."""
    apart = mark_structure(CONDOR, SYMBOLS, condor(first_age=61), NOON)
    together = mark_structure(CONDOR, SYMBOLS, condor(first_age=60), NOON)

    assert apart == NoMark(f"{SYMBOLS[0]}: quote 61 s older than another leg's")
    assert isinstance(together, StructureMark)


def test_a_wing_that_nobody_bids_for_is_marked_one_sided() -> None:
    """A-02, W-02: half of a small ask, nothing of a larger one; a bid not told is none."""
    marked = mark_structure(CONDOR, SYMBOLS, condor(wing_bid="0"), NOON)

    assert isinstance(marked, StructureMark)
    assert (marked.one_sided, marked.of_legs[0], marked.price) == (True, D(0), D("-1.30"))
    assert mark_structure(CONDOR, SYMBOLS, condor(wing_bid=None), NOON) == NoMark(f"{SYMBOLS[0]}: no bid")


def test_one_leg_is_marked_as_ever() -> None:
    """A-02: a trade of one leg is the case n = 1."""
    legs, symbol = (put(95, -1),), SYMBOLS[1]
    for one in (
        quote(symbol, "0.70", "0.74"),
        quote(symbol, "0", "0.50"),
        quote(symbol, "1", "2", age=300),
        None,
    ):
        single, structure = (
            mark_of(one, symbol, NOON, side=legs[0].side),
            mark_structure(legs, (symbol,), [one], NOON),
        )
        if isinstance(single, Mark):
            assert structure == StructureMark(
                price=single.price, one_sided=single.one_sided, of_legs=(single.price,)
            )
        else:
            assert structure == single

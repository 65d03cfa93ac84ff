"""Index classes, roots and spellings (W-05, W-06)."""

import json
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.instruments.index_classes import (
    INDEX_CLASSES,
    SettledIn,
    closing_root,
    is_cash_settled,
    is_european,
    is_index,
    settles_on_open,
)
from chalicelib.domain.instruments.roots import is_adjusted, meant_by
from chalicelib.domain.instruments.symbols import OptionContract
from chalicelib.domain.instruments.tickers import CLASS_ROOTS, root_of, spell_ticker
from tests.domain.test_symbols import shared

D = Decimal
THIRD_FRIDAY = date(2026, 3, 20)


@dataclass(frozen=True)
class Row:
    """A contract as a chain tells it."""

    root: str
    multiplier: Decimal = Decimal(100)


@pytest.mark.parametrize(
    ("root", "underlying", "settled", "european"),
    [
        ("SPX", "SPX", "AM", True),
        ("SPXW", "SPX", "PM", True),
        ("XSP", "XSP", "PM", True),
        ("NDX", "NDX", "AM", True),
        ("NDXP", "NDX", "PM", True),
        ("RUT", "RUT", "AM", True),
        ("RUTW", "RUT", "PM", True),
        ("VIX", "VIX", "AM", True),
        ("VIXW", "VIX", "AM", True),
        ("OEX", "OEX", "PM", False),
    ],
)
def test_each_class_is_told_with_its_settlement(
    root: str, underlying: str, settled: str, european: bool
) -> None:
    """W-05: data with source; all pay cash and trade to 16:15."""
    one = INDEX_CLASSES[root]

    assert (one.underlying, one.settled, one.closes) == (underlying, SettledIn(settled), time(16, 15))
    assert (is_european(root), settles_on_open(root)) == (european, settled == "AM")
    assert is_cash_settled(underlying)


def test_shared_index_roots_agree() -> None:
    """W-05: the wire notes' table of roots says the same of every root; NQX is no tenth of anything here."""
    for told in json.loads(shared("index_roots.json")):
        one = INDEX_CLASSES[told["root"]]

        assert one.settled == told["settlement"]
        assert one.underlying == ("NQX" if one.root == "NQX" else told["underlying"])


@pytest.mark.parametrize("ticker", ["SPY", "BRK/B", "AAPL", "SPXL"])
def test_what_is_no_index_delivers_shares_and_may_be_exercised_early(ticker: str) -> None:
    """W-05: shares and funds are American and deliver."""
    assert not is_index(ticker)
    assert not is_cash_settled(ticker)
    assert not is_european(root_of(ticker))
    assert not settles_on_open(root_of(ticker))
    assert closing_root(ticker) is None


def test_closing_roots_are_those_of_indices_with_two() -> None:
    """W-05: SPX and SPXW, NDX and NDXP, RUT and RUTW; VIX has the open alone."""
    assert {one.underlying: closing_root(one.underlying) for one in INDEX_CLASSES.values()} == {
        "SPX": "SPXW",
        "NDX": "NDXP",
        "RUT": "RUTW",
        **dict.fromkeys(("XSP", "NQX", "XND", "MRUT", "VIX", "DJX", "OEX", "XEO")),
    }


def chosen(rows: list[Row], root: str | None = None) -> str | None:
    """Return the root of the row that is meant, whatever the order of the chain."""
    found = {meant_by(order, root) for order in permutations(rows)}
    (one,) = found
    return None if one is None else one.root


def test_without_a_root_the_class_that_settles_on_the_close_is_meant() -> None:
    """W-05, B-16: a third Friday has both; a caller names the other."""
    both = [Row("SPX"), Row("SPXW")]

    assert chosen(both) == "SPXW"
    assert chosen(both, "SPX") == "SPX"
    assert chosen([Row("SPX")]) == "SPX"
    assert chosen(both, "XSP") is None
    assert chosen([]) is None


def test_the_standard_contract_stands_before_an_adjusted_one() -> None:
    """W-05: same strike and day, another deliverable."""
    rows = [Row("GME1"), Row("GME", D(110)), Row("GME")]

    assert meant_by(rows) == Row("GME")
    assert chosen(rows, "GME1") == "GME1"


@pytest.mark.parametrize(
    ("root", "multiplier", "adjusted"),
    [
        ("GME", 100, False),
        ("SPXW", 100, False),
        ("GME1", 100, True),
        ("AAPL7", 10, True),
        ("4SPX", 100, True),
        ("GME", 110, True),
    ],
)
def test_adjusted_contracts_are_known(root: str, multiplier: int, adjusted: bool) -> None:
    """W-05: a root with a digit, or a multiplier other than 100."""
    assert is_adjusted(root, D(multiplier)) is adjusted


@pytest.mark.parametrize(
    ("typed", "spelled"),
    [
        ("BRK/B", "BRK/B"),
        ("BRK.B", "BRK/B"),
        ("brk-b", "BRK/B"),
        ("BRK B", "BRK/B"),
        ("BRKB", "BRK/B"),
        (" spy ", "SPY"),
        ("$SPX", "SPX"),
        ("^SPX", "SPX"),
        ("SPXW", "SPXW"),
        ("BTC-USD", "BTC-USD"),
        ("BTCUSDT", "BTCUSDT"),
        ("F", "F"),
    ],
)
def test_a_share_class_has_one_spelling(typed: str, spelled: str) -> None:
    """W-05: whatever was typed."""
    assert spell_ticker(typed) == spelled


@given(typed=st.from_regex(r"[A-Z0-9./-]{1,10}", fullmatch=True))
def test_a_spelling_is_final(typed: str) -> None:
    """W-05: spelling again changes nothing, and names the same root."""
    spelled = spell_ticker(typed)

    assert spell_ticker(spelled) == spelled
    assert root_of(spelled) == root_of(typed)


@pytest.mark.parametrize(
    ("symbol", "underlying", "strike"),
    [
        ("SPXW260320P04360000", "SPX", "4360"),
        ("BRKB260320C00362500", "BRK/B", "362.5"),
        ("PCG260320P00012500", "PCG", "12.5"),
        ("NDXP260320C24500000", "NDX", "24500"),
    ],
)
def test_a_symbol_names_its_underlying(symbol: str, underlying: str, strike: str) -> None:
    """W-05: decimal strikes and roots that are not their underlying's name."""
    contract = OptionContract.parse_occ(symbol)

    assert (contract.underlying, contract.strike, contract.expiry) == (underlying, D(strike), THIRD_FRIDAY)
    assert contract.to_occ() == symbol


def test_every_class_root_is_its_tickers_root() -> None:
    """W-05: no root that leads to another company."""
    assert all(
        root_of(ticker) == root and spell_ticker(root) == ticker for root, ticker in CLASS_ROOTS.items()
    )

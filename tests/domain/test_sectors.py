"""Sector funds (A-08): eleven funds, every member of the S&P 500 in one of them, an answer for the rest."""

import pytest

from chalicelib.domain.instruments.sector_members import FORMER_MEMBERS, MEMBERS
from chalicelib.domain.instruments.sectors import SECTOR_FUNDS, NoSector, sector_fund


def test_every_member_is_in_exactly_one_of_the_eleven_funds() -> None:
    members = [ticker for tickers in MEMBERS.values() for ticker in tickers.split()]

    assert len(SECTOR_FUNDS) == 11
    assert set(MEMBERS) == set(SECTOR_FUNDS)
    assert len(members) == len(set(members)) == 503
    assert all(sector_fund(ticker) == fund for fund, tickers in MEMBERS.items() for ticker in tickers.split())
    assert not {one for tickers in FORMER_MEMBERS.values() for one in tickers.split()} & set(members)


@pytest.mark.parametrize(
    ("ticker", "fund"),
    [
        ("AAPL", "XLK"),
        ("AMZN", "XLY"),
        ("GOOGL", "XLC"),
        ("JPM", "XLF"),
        ("V", "XLF"),
        ("LLY", "XLV"),
        ("CAT", "XLI"),
        ("WMT", "XLP"),
        ("XOM", "XLE"),
        ("LIN", "XLB"),
        ("NEE", "XLU"),
        ("PLD", "XLRE"),
        ("BRK/B", "XLF"),
        ("BRK.B", "XLF"),
        ("XLRE", "XLRE"),
    ],
)
def test_a_ticker_has_the_fund_of_its_sector_however_it_is_spelled(ticker: str, fund: str) -> None:
    assert sector_fund(ticker) == fund


@pytest.mark.parametrize(
    ("ticker", "word"),
    [("SPY", "fund"), ("QQQ", "fund"), ("IWM", "fund"), ("SPX", "index"), ("GME1", "member")],
)
def test_what_has_no_sector_says_why(ticker: str, word: str) -> None:
    found = sector_fund(ticker)

    assert isinstance(found, NoSector)
    assert ticker in found.reason
    assert word in found.reason

"""A ticker's sector fund (A-08): the Select Sector SPDR that holds its sector of the S&P 500."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final

from chalicelib.domain.instruments.sector_members import FORMER_MEMBERS, MEMBERS, MEMBERS_AS_OF
from chalicelib.domain.instruments.tickers import root_of

#: The eleven funds and the sector each holds, in the words of the Global Industry Classification Standard.
SECTOR_FUNDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "XLB": "Materials",
        "XLC": "Communication Services",
        "XLE": "Energy",
        "XLF": "Financials",
        "XLI": "Industrials",
        "XLK": "Information Technology",
        "XLP": "Consumer Staples",
        "XLRE": "Real Estate",
        "XLU": "Utilities",
        "XLV": "Health Care",
        "XLY": "Consumer Discretionary",
    }
)
#: What is traded much and has no one sector, and why.
_BROAD: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(
            ("SPY", "VOO", "IVV", "QQQ", "IWM", "DIA", "MDY", "RSP", "VTI"), "a fund over many sectors"
        ),
        **dict.fromkeys(("SPX", "XSP", "NDX", "RUT", "DJX", "OEX", "VIX"), "an index over many sectors"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSector:
    """A ticker without a sector fund, and why."""

    reason: str


def sector_fund(ticker: str) -> str | NoSector:
    """Return the sector fund of a ticker however its share class is spelled (`BRK/B`, `BRK.B`).

    A sector fund is its own; funds and indices over many sectors have none, and nor has what the S&P 500 does
    not hold.
    """
    if ticker in SECTOR_FUNDS:
        return ticker
    if ticker in _BROAD:
        return NoSector(reason=f"{ticker} is {_BROAD[ticker]}")
    fund = _funds().get(root_of(ticker))
    if fund is None:
        return NoSector(reason=f"{ticker} is no member of the S&P 500 as of {MEMBERS_AS_OF:%Y-%m}")
    return fund


@cache
def _funds() -> Mapping[str, str]:
    """Members before former members: a ticker that was given to another company is the present one's."""
    found: dict[str, str] = {}
    for table in (FORMER_MEMBERS, MEMBERS):
        for fund, tickers in table.items():
            found |= {root_of(ticker): fund for ticker in tickers.split()}
    return MappingProxyType(found)

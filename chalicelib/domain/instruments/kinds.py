"""What an underlying is, which says what it can have: a share tells earnings, a fund or an index has none.

A vendor's own word comes first; this table serves where a source has none. Sources: the issuers' own lists
(State Street, BlackRock, Invesco, Vanguard, ProShares), and `index_classes` for indices with options.
"""

from enum import StrEnum
from typing import Final

from chalicelib.domain.instruments.index_classes import is_index
from chalicelib.domain.instruments.sectors import SECTOR_FUNDS


class UnderlyingKind(StrEnum):
    """Kinds of underlying."""

    SHARE = "share"
    FUND = "fund"
    INDEX = "index"

    @property
    def tells_earnings(self) -> bool:
        """Say whether there is anybody to tell earnings."""
        return self is UnderlyingKind.SHARE


#: Funds with busy options beside the sectors' own.
_FUNDS: Final = frozenset(
    (
        *("SPY", "VOO", "IVV", "VTI", "RSP", "QQQ", "QQQM", "IWM", "IJR", "MDY", "DIA"),
        *("EFA", "EEM", "EWZ", "FXI", "KWEB", "GLD", "IAU", "SLV", "GDX", "USO", "UNG"),
        *("TLT", "IEF", "SHY", "LQD", "HYG", "JNK", "AGG", "IYR", "VNQ"),
        *("SMH", "SOXX", "XBI", "IBB", "KRE", "XOP", "XHB", "XRT", "ARKK"),
    )
)
_VOLATILITY_INDICES: Final = frozenset({"VIX", "VIX3M", "VIX9D", "VVIX", "VXN", "RVX"})


def kind_of(symbol: str) -> UnderlyingKind | None:
    """Return what a symbol is by our own table; None where it is not in it, as most shares are not."""
    if is_index(symbol) or symbol in _VOLATILITY_INDICES:
        return UnderlyingKind.INDEX
    return UnderlyingKind.FUND if symbol in _FUNDS or symbol in SECTOR_FUNDS else None

"""How tickers are spelled: a share class has one spelling inside, whatever was typed (W-05)."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_SHARE_CLASS: Final = re.compile(r"(?P<company>[A-Z]{1,5})[./ -](?P<share_class>[A-Z])")
#: Share classes with listed options whose OCC root, without the separator, is no other company's ticker.
CLASS_ROOTS: Final[Mapping[str, str]] = MappingProxyType(
    {"BRKB": "BRK/B", "BFA": "BF/A", "BFB": "BF/B", "HEIA": "HEI/A", "LENB": "LEN/B", "MOGA": "MOG/A"}
)


def spell_ticker(typed: str) -> str:
    """Return the one spelling of a ticker: capitals, and `BRK/B` for `brk.b`, `BRK-B`, `BRK B` and `BRKB`.

    Indices lose the marks that vendors put before them (`$SPX`, `^SPX`). Pairs of coins and everything else
    stay as they are.
    """
    ticker = typed.strip().upper().lstrip("$^")
    match = _SHARE_CLASS.fullmatch(ticker)
    if match is not None:
        return f"{match['company']}/{match['share_class']}"
    return CLASS_ROOTS.get(ticker, ticker)


def root_of(ticker: str) -> str:
    """Return the OCC root for a ticker: class shares lose their separator (`BRK/B` → `BRKB`)."""
    return ticker.replace("/", "").replace(".", "").replace("-", "")

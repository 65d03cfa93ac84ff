"""Option symbols of 21 characters, the root padded to six: tastytrade's and Schwab's (wire/symbols.md)."""

from typing import Final

from chalicelib.domain.instruments.symbols import NotAnOptionSymbol, OptionContract

_ROOT_CHARACTERS: Final = 6


def to_padded(symbol: str) -> str:
    """Write a contract as these brokers read it; what is no contract goes as it is, and is refused there."""
    try:
        compact = OptionContract.parse_occ(symbol).to_occ()
    except NotAnOptionSymbol:
        return symbol
    root = compact[:-15]
    return root.ljust(_ROOT_CHARACTERS) + compact[-15:]


def from_padded(symbol: str) -> str:
    """Write a contract as papertape has it; tickers and other symbols stay as they are."""
    try:
        return OptionContract.parse_occ(symbol).to_occ()
    except NotAnOptionSymbol:
        return symbol

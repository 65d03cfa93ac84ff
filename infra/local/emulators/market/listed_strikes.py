"""Which strikes are listed: those around every price that an underlying has been seen at."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from infra.local.emulators.market import listing
from infra.local.emulators.market.black_scholes import Array
from infra.local.emulators.market.instruments import INSTRUMENTS
from infra.local.emulators.market.paths import PricePaths
from infra.local.emulators.market.sessions import session_before
from infra.local.emulators.serving.kept import Kept

#: One for each symbol is in use; a reference more, each session and each jump by hand, makes a new one.
STRIKES_KEPT: Final = 64


class ListedStrikes:
    """The strikes of each underlying, and the spot prices (dollars) around which they are listed."""

    def __init__(self, paths: PricePaths) -> None:
        self._paths = paths
        self._references: dict[str, dict[float, None]] = {
            symbol: {instrument.base_price: None} for symbol, instrument in INSTRUMENTS.items()
        }
        self._strikes: Kept[tuple[str, int], Array] = Kept(STRIKES_KEPT)

    def around(self, symbol: str, price: float) -> None:
        """List the strikes around a price too."""
        self._references[symbol][price] = None

    def on(self, symbol: str, day: date) -> Array:
        """Return the strikes of a date: around the close before it, and around all seen so far."""
        references = self._references[symbol]
        references.setdefault(self._paths.close(symbol, session_before(day).day))
        key = (symbol, len(references))
        known = self._strikes.get(key)
        if known is None:
            known = self._strikes.keep(key, listing.strikes(INSTRUMENTS[symbol], references))
        return known

    def references(self) -> dict[str, list[float]]:
        """Return the prices around which strikes are listed, by symbol, to be kept between two runs."""
        return {symbol: list(kept) for symbol, kept in self._references.items()}

    def restore(self, references: Mapping[str, list[float]]) -> None:
        """List again what a former run had listed."""
        self._references |= {symbol: dict.fromkeys(kept) for symbol, kept in references.items()}
        self._strikes.clear()

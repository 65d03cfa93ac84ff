"""What the operator tells of the simulated world: macro windows, a year of implied volatility (B-15).

Told as an operator tells it, over the API, so that a stack knows no more than a deployment would.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from typing import Final, Protocol

from infra.local.emulators.market.instruments import INSTRUMENTS
from infra.local.emulators.market.macro import MacroWindow, macro_windows

#: local.md: every optionable symbol has so many days.
IV_DAYS: Final = 300
MONTHS_AHEAD: Final = 12
SOURCE: Final = "simulated market"

#: Makes an operator's call with a method, a path under `/api` and a body; raises where it is refused.
Tell = Callable[[str, str, Mapping[str, object]], object]


class HasVolatility(Protocol):
    """A market that knows the at-the-money volatility of its past."""

    def volatility_history(self, symbol: str, days: int) -> list[tuple[date, float]]:
        """Return (day, yearly fraction) of the last full sessions, oldest first."""
        ...


def tell_desk_data(
    tell: Tell, market: HasVolatility, today: date, symbols: Collection[str] = tuple(INSTRUMENTS)
) -> None:
    """Tell macro windows from last month on and the histories of those symbols that have options."""
    tell("PUT", "/macro-windows", {"items": told_windows(today)})
    for symbol in sorted(symbols):
        history = market.volatility_history(symbol, IV_DAYS)
        if history:
            items = [{"date": day.isoformat(), "iv": round(iv, 6)} for day, iv in history]
            tell("POST", "/iv-history", {"symbol": symbol, "items": items, "source": SOURCE})


def told_windows(today: date) -> list[dict[str, object]]:
    """Return the macro windows from last month on, as an operator tells them."""
    return [_told(window) for window in _windows(today)]


def _windows(today: date) -> Iterator[MacroWindow]:
    first = today.year * 12 + today.month - 2
    for month in range(first, first + MONTHS_AHEAD + 2):
        yield from macro_windows(month // 12, month % 12 + 1)


def _told(window: MacroWindow) -> dict[str, object]:
    return {
        "name": window.name,
        "start": window.start.isoformat(),
        "end": window.end.isoformat(),
        "source": window.source,
    }

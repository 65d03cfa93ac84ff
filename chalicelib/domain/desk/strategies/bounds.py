"""What the fields of a strategy may be, told once: whoever reads one and whoever describes one asks here."""

from typing import Final

from chalicelib.domain.body_reader import limits

NAME_CHARS_MAX: Final = 60
TICKER_CHARS_MAX: Final = 10
DTE: Final = limits(0, 1100)
DELTA: Final = limits(0, 1, above=True)
PRICE: Final = limits(0, 1_000_000, above=True)
CREDIT: Final = limits(0, 1_000_000)
PER_CENT: Final = limits(0, 100)
SHARE: Final = limits(0, 100, above=True)
STOP_PCT: Final = limits(0, 10_000, above=True)
DOLLARS: Final = limits(0, 1_000_000_000, above=True)
COUNT: Final = limits(0, 1_000_000_000)
POSITIONS: Final = limits(1, 1000)
QTY: Final = limits(1, 10_000)
VRP: Final = limits(-10, 10)
DAYS: Final = limits(0, 90)
AGE: Final = limits(1, 86_400)

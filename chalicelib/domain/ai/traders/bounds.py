"""Within what a trader's fields must lie (C-01, C-13)."""

from typing import Final

from chalicelib.domain.ai.traders.trader import MAX_RISK_PCT
from chalicelib.domain.body_reader import limits

NAME_CHARS_MAX: Final = 60
SYMBOLS_MAX: Final = 100
#: As the exchange writes them.
SYMBOL: Final = "[A-Z0-9]{2,20}"
MODEL_CHARS_MAX: Final = 120
DOLLARS: Final = limits(0, 1_000_000_000, above=True)
PER_CENT: Final = limits(0, 100, above=True)
RISK_PCT: Final = limits(0, str(MAX_RISK_PCT), above=True)
CONFIDENCE: Final = limits(0, 1)
POSITIONS: Final = limits(1, 1000)
MINUTES: Final = limits(1, 525_600)
VETO_SECONDS: Final = limits(0, 3600)
COST_USD: Final = limits(0, 10_000)

"""The sources of data that a backtest goes by."""

from enum import StrEnum


class Source(StrEnum):
    """What data a gate needs, by the names of `missing` and `assume`.

    Columns of a chain are sources of their own, since files come without them: a column is missing at a
    moment when no row of it tells anything.
    """

    CHAINS = "chains"
    VOLUME = "volume"
    OPEN_INTEREST = "open_interest"
    QUOTE_SIZES = "quote_sizes"
    BARS = "bars"
    VIX = "vix"
    VIX3M = "vix3m"
    IV_HISTORY = "iv_history"
    EARNINGS = "earnings"
    DIVIDENDS = "dividends"
    MACRO_WINDOWS = "macro_windows"

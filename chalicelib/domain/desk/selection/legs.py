"""A leg as a candidate has it: its contract, which way and how often, and its quote and Greeks."""

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from chalicelib.domain.instruments.symbols import OptionContract, OptionType


@dataclass(frozen=True, slots=True, kw_only=True)
class LegQuote:
    """One leg of one structure: `units` contracts, below 0 short. Prices and Greeks per share.

    A bid or ask of None was not told, 0 is nobody. `age_s` is counted beyond the source's own delay. IV is a
    yearly fraction; `is_solved`: IV and Greeks are worked out from the mid, the vendor has none.
    """

    STORED_AS_LIST: ClassVar = True

    symbol: str
    units: int
    bid: float | None = None
    ask: float | None = None
    volume: int | None = None
    open_interest: int | None = None
    age_s: float | None = None
    iv: float | None = None
    delta: float | None = None
    gamma: float | None = None
    vega: float | None = None
    is_solved: bool = False

    @property
    def contract(self) -> OptionContract:
        """Return what the symbol says."""
        return _contract(self.symbol)

    @property
    def right(self) -> OptionType:
        """Return the option's right."""
        return self.contract.option_type

    @property
    def strike(self) -> float:
        """Return the strike."""
        return float(self.contract.strike)

    @property
    def mid(self) -> float:
        """Return the price it is ranked by: the middle of both sides.

        Where a side is not there, the other one, or nothing: it stays the candidate that it was, and C1
        refuses it by name, instead of the choice moving elsewhere in silence.
        """
        bid, ask = self.bid or 0.0, self.ask or 0.0
        return (bid + ask) / 2 if bid > 0 and ask > 0 else max(bid, ask)

    @property
    def spread_pct(self) -> float | None:
        """Return (ask - bid) / mid in per cent; None unless two-sided."""
        if not self.bid or not self.ask:
            return None
        return round((self.ask - self.bid) / self.mid * 100, 6)


@lru_cache(maxsize=4096)
def _contract(symbol: str) -> OptionContract:
    """Read a symbol once: a candidate's legs are asked for their strikes again and again."""
    return OptionContract.parse_occ(symbol)

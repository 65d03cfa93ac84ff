"""What a process remembers of an exchange between calls: how its clock differs, what its pairs keep to."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from chalicelib.brokers.binance.symbols import SymbolRules

#: An exchange changes its filters rarely, and says so days before.
RULES_AGE_MAX: Final = timedelta(hours=1)
#: A machine's clock drifts by less than its share of the window in this time.
OFFSET_AGE_MAX: Final = timedelta(minutes=30)


@dataclass(slots=True)
class ExchangeMemory:
    """Kept by who builds brokers; every entry can be had anew."""

    _offsets: dict[str, tuple[timedelta, datetime]] = field(default_factory=dict)
    _rules: dict[tuple[str, str], tuple[SymbolRules, datetime]] = field(default_factory=dict)

    def offset(self, host: str, now: datetime) -> timedelta | None:
        """Return what a host's clock is ahead of ours; None where that was not measured lately."""
        found = self._offsets.get(host)
        if found is None or abs(now - found[1]) > OFFSET_AGE_MAX:
            return None
        return found[0]

    def note_offset(self, host: str, offset: timedelta, now: datetime) -> None:
        """Keep a measurement."""
        self._offsets[host] = (offset, now)

    def rules(self, host: str, symbol: str, now: datetime) -> SymbolRules | None:
        """Return what orders of a pair keep to; None where nobody knows, or not any more."""
        found = self._rules.get((host, symbol))
        return None if found is None or abs(now - found[1]) > RULES_AGE_MAX else found[0]

    def note_rules(self, host: str, rules: SymbolRules, now: datetime) -> None:
        """Keep what the exchange says of a pair."""
        self._rules[host, rules.symbol] = (rules, now)

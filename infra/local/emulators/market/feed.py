"""A market as one vendor shows it: now, or as it was some minutes ago."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from infra.local.emulators.market.listing import roots_on
from infra.local.emulators.market.occ import Contract, parse
from infra.local.emulators.market.quotes import Chain, Market, Touches
from infra.local.emulators.market.sessions import new_york_date, session_on


@dataclass(frozen=True, slots=True)
class Feed:
    """Quotes of a market, `delay` late, with the times of then."""

    market: Market
    delay: timedelta

    def at(self) -> datetime:
        """Return the instant whose quotes are shown now."""
        return self.market.now() - self.delay

    def chain_of(self, contract: Contract) -> tuple[Chain, int] | None:
        """Return the chain and the row of a listed contract that has not expired, else None."""
        if contract.expiry < new_york_date(self.market.now()):
            return None
        instrument = self.market.instrument(contract.underlying)
        if instrument is None or contract.root not in roots_on(instrument, contract.expiry):
            return None
        chain = self.market.chain(contract.underlying, contract.expiry, self.at(), contract.root)
        row = None if chain is None else chain.row_of(contract)
        return None if chain is None or row is None else (chain, row)

    def touch(self, symbol: str) -> tuple[float, float]:
        """Return bid and ask of a stock or option as shown now; 0 where a side is missing."""
        contract = parse(symbol)
        if contract is None:
            quote = self.market.stock_quote(symbol, self.at())
            return (0.0, 0.0) if quote is None else (quote.bid or 0.0, quote.ask or 0.0)
        found = self.chain_of(contract)
        if found is None:
            return 0.0, 0.0
        chain, row = found
        side = chain.side(contract.right)
        return float(np.nan_to_num(side.bid[row])), float(np.nan_to_num(side.ask[row]))

    def spot(self, symbol: str) -> float:
        """Return the last price of an underlying as shown now, 0 when unknown."""
        quote = self.market.stock_quote(symbol, self.at())
        return 0.0 if quote is None else quote.last

    def settlement(self, contract: Contract) -> float | None:
        """Return what decides an expired contract's worth: the underlying's last close, or its opening."""
        if not contract.settles_at_open:
            return self.market.official_close(contract.underlying, contract.expiry)
        return self.market.opening_settlement(contract.underlying, contract.expiry)

    def standing(self, symbol: str) -> Touches:
        """Return the one quote shown now, stamped with the present second."""
        bid, ask = self.touch(symbol)
        second = int(self.market.now().timestamp())
        return Touches(seconds=np.array([second]), bid=np.array([bid]), ask=np.array([ask]))

    def touches(self, symbol: str, first: int, last: int) -> Touches | None:
        """Return what was shown from one second of a session to another, stamped with when it was shown.

        None while a delayed feed still shows the session before.
        """
        late = int(self.delay.total_seconds())
        session = session_on(new_york_date(datetime.fromtimestamp(first, UTC)))
        if session is None:
            return None
        begin, end = max(first - late, session.open_second), last - late
        if end < begin:
            return None
        quotes = self.market.touches(symbol, begin, end)
        return Touches(seconds=quotes.seconds + late, bid=quotes.bid, ask=quotes.ask)

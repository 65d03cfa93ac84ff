"""What options of the simulated market are worth: second by second, and at the marks of a day."""

from datetime import UTC, datetime

import numpy as np

from infra.local.emulators.market.black_scholes import Array
from infra.local.emulators.market.chains import years_left
from infra.local.emulators.market.instruments import required
from infra.local.emulators.market.occ import Contract, Right
from infra.local.emulators.market.option_model import option_value, smile, touch
from infra.local.emulators.market.paths import PricePaths, session_required
from infra.local.emulators.market.quotes import Chain, DayPrices, Integers, Touches
from infra.local.emulators.market.sessions import new_york_date, session_before
from infra.local.emulators.market.volatilities import Volatilities


class OptionPrices:
    """Prices of options, in dollars per share, that follow from the paths of what is under them."""

    def __init__(self, paths: PricePaths, volatilities: Volatilities) -> None:
        self._paths = paths
        self._volatilities = volatilities

    def day_prices(self, chain: Chain, right: Right) -> DayPrices:
        """Return trade prices: at the open, at the extremes of the underlying, at the close before, now."""
        symbol, session = chain.instrument.symbol, chain.session
        index = chain.quoted_second - session.open_second
        seen = self._paths.grid(symbol, session)[: index + 1]
        side = chain.side(right)
        before = session_before(session.day)
        opening = self._values(chain, right, float(seen[0]), session.open_second)
        high = self._values(chain, right, float(seen.max()), chain.quoted_second)
        low = self._values(chain, right, float(seen.min()), chain.quoted_second)
        before_second = before.open_second + before.seconds - 1
        previous = self._values(chain, right, self._paths.close(symbol, before.day), before_second)
        last = np.maximum(np.round(side.value, 2), 0.01)
        traded = side.volume > 0
        rounded = [np.maximum(np.round(value, 2), 0.01) for value in (opening, high, low)]
        together = np.vstack([last, *rounded])
        none = np.full(last.shape, np.nan)
        return DayPrices(
            last=np.where(traded, last, np.maximum(np.round(previous, 2), 0.01)),
            opening=np.where(traded, rounded[0], none),
            high=np.where(traded, together.max(axis=0), none),
            low=np.where(traded, together.min(axis=0), none),
            previous_close=np.maximum(np.round(previous, 2), 0.01),
        )

    def touches(self, contract: Contract, first: int, last: int) -> Touches:
        """Return bid and ask from one second to another of a session, both inclusive."""
        instrument = required(contract.underlying)
        session = session_required(new_york_date(datetime.fromtimestamp(first, UTC)))
        start = first - session.open_second
        spots = self._paths.grid(contract.underlying, session)[start : last - session.open_second + 1]
        seconds: Integers = np.arange(first, first + len(spots))
        years = years_left(contract.root, contract.expiry, seconds)
        atm = self._volatilities.at_the_money(contract.underlying, session, seconds)
        volatility = smile(spots, contract.strike, years, atm)
        value = option_value(instrument, contract.right, spots, contract.strike, years, volatility)
        bid, ask = touch(instrument, value)
        return Touches(seconds=seconds, bid=bid, ask=ask)

    def _values(self, chain: Chain, right: Right, spot: float, second: int) -> Array:
        years = float(years_left(chain.root, chain.expiry, np.array([second]))[0])
        session = chain.session
        atm = float(self._volatilities.at_the_money(chain.instrument.symbol, session, np.array([second]))[0])
        volatility = smile(spot, chain.strikes, years, atm)
        return option_value(chain.instrument, right, spot, chain.strikes, years, volatility)

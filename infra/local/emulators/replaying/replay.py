"""A market that plays recorded option quotes again, minute by minute.

Quotes that stand are current: while the session is open a side seen that day is served with the present
minute as its time, as a consolidated feed that keeps repeating the best bid and offer would, although the
recording shows changes only. After the close the last minute stays, with its time.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import numpy as np

from infra.local.emulators.market.black_scholes import Array
from infra.local.emulators.market.instruments import Instrument, Kind
from infra.local.emulators.market.listing import roots_on
from infra.local.emulators.market.occ import Right, parse
from infra.local.emulators.market.paths import session_required
from infra.local.emulators.market.quotes import Chain, DailyBar, DayPrices, StockQuote, Touches, TradePath
from infra.local.emulators.market.sessions import Session, new_york_date, session_on
from infra.local.emulators.replaying.recordings import MINUTE, Recordings, quoted_second, row_at
from infra.local.emulators.replaying.replay_chains import rebuild_chain
from infra.local.emulators.replaying.replay_files import RecordedChain

CHAINS_KEPT: Final = 128


class ReplayMarket:
    """Recorded quotes of the underlyings and days found under `root`; nobody can move them.

    `clock` returns the product's time (aware UTC). Days without a recording show the last one before them.
    """

    def __init__(self, root: Path, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._recordings = Recordings(root)
        self._chains: OrderedDict[tuple[str, date, date, int], Chain] = OrderedDict()
        self._instruments = {
            symbol: Instrument(
                symbol=symbol,
                description=symbol,
                exchange="Q",
                kind=Kind.STOCK,
                base_price=1.0,
                volatility=0.25,
                correlation=0.7,
                average_volume=2_000_000,
            )
            for symbol in self._recordings.symbols()
        }

    @property
    def revision(self) -> int:
        """Always 0: what is recorded does not change."""
        return 0

    def now(self) -> datetime:
        """Return the product's time, aware UTC."""
        return self._clock()

    def on_change(self, listener: Callable[[], None]) -> None:
        """Do nothing: what is recorded does not change."""

    def instruments(self) -> Sequence[Instrument]:
        """Return every underlying recorded."""
        return tuple(self._instruments.values())

    def instrument(self, symbol: str) -> Instrument | None:
        """Return one underlying."""
        return self._instruments.get(symbol)

    def stock_quote(self, symbol: str, at: datetime) -> StockQuote | None:
        """Return an underlying as known at an instant; before a day's first trade, at the open before."""
        found = self._recordings.at(symbol, at)
        if found is None:
            return None
        day, row = found
        stock = day.stock
        last = float(stock.last[row])
        if np.isnan(last):
            last = stock.opening
        quoted = quoted_second(day.session, row)
        before = self._recordings.before(symbol, day.session.day)
        bid, ask = float(stock.bid[row]), float(stock.ask[row])
        traded = row > 0 and not np.isnan(stock.high[row])
        return StockQuote(
            instrument=self._instruments[symbol],
            last=last,
            bid=None if np.isnan(bid) else bid,
            ask=None if np.isnan(ask) else ask,
            bid_size=1,
            ask_size=1,
            quoted_second=quoted,
            traded_second=quoted,
            opening=stock.opening if traded else None,
            high=float(stock.high[row]) if traded else None,
            low=float(stock.low[row]) if traded else None,
            closing=day.official_close if at >= day.session.close_at else None,
            previous_close=stock.opening if before is None else before.official_close,
            volume=int(stock.volume[row]),
            year_high=float(np.nanmax(stock.high)),
            year_low=float(np.nanmin(stock.low)),
        )

    def expiries(self, symbol: str, on: date) -> tuple[date, ...]:
        """Return the expiries recorded on a date, or on the last recorded day before it."""
        day = self._recordings.on_or_before(symbol, on)
        return () if day is None else tuple(expiry for expiry in day.chains if expiry >= on)

    def strikes(self, symbol: str, expiry: date, on: date) -> Array:
        """Return the strikes recorded."""
        day = self._recordings.on_or_before(symbol, on)
        if day is None or expiry < on or expiry not in day.chains:
            return np.zeros(0)
        return day.chains[expiry].thousandths / 1000

    def chain(self, symbol: str, expiry: date, at: datetime, root: str = "") -> Chain | None:
        """Return one expiry as known at an instant; None when it was not recorded: one root was."""
        found = self._recordings.at(symbol, at)
        if found is None or expiry not in found[0].chains or expiry < new_york_date(at):
            return None
        if root not in {"", *roots_on(self._instruments[symbol], expiry)[:1]}:
            return None
        day, row = found
        key = (symbol, expiry, day.session.day, row)
        if key not in self._chains:
            self._chains[key] = rebuild_chain(self._instruments[symbol], expiry, day, row)
            while len(self._chains) > CHAINS_KEPT:
                self._chains.popitem(last=False)
        return self._chains[key]

    def day_prices(self, chain: Chain, right: Right) -> DayPrices:
        """Return trade prices as recorded; the extremes are those of the minutes' closes."""
        day = self._recordings.load(chain.instrument.symbol, chain.session.day)
        row = row_at(chain.session, datetime.fromtimestamp(chain.quoted_second, UTC))
        last = day.chains[chain.expiry].sides[right].last[: row + 1]
        traded = ~np.isnan(last[-1])
        first = np.argmax(~np.isnan(last), axis=0)
        nothing = np.full(last.shape[1], np.nan)
        return DayPrices(
            last=last[-1],
            opening=np.where(traded, last[first, np.arange(last.shape[1])], nothing),
            high=np.fmax.reduce(last, axis=0),
            low=np.fmin.reduce(last, axis=0),
            previous_close=self._previous_closes(chain, right),
        )

    def touches(self, symbol: str, first: int, last: int) -> Touches:
        """Return the quotes at `first` and at each full minute after it, up to `last` (inclusive)."""
        contract = parse(symbol)
        underlying = symbol if contract is None else contract.underlying
        session = session_required(new_york_date(datetime.fromtimestamp(first, UTC)))
        begin = (first - session.open_second) // MINUTE
        end = (last - session.open_second) // MINUTE
        rows = np.arange(begin, end + 1)
        seconds = np.maximum(session.open_second + rows * MINUTE, first)
        nothing = np.full(len(rows), np.nan)
        if not self._recordings.has(underlying, session.day):
            return Touches(seconds=seconds, bid=nothing, ask=nothing)
        day = self._recordings.load(underlying, session.day)
        if contract is None:
            return Touches(seconds=seconds, bid=day.stock.bid[rows], ask=day.stock.ask[rows])
        recorded = day.chains.get(contract.expiry)
        column = None if recorded is None else _column(recorded, contract.strike_thousandths)
        if recorded is None or column is None:
            return Touches(seconds=seconds, bid=nothing, ask=nothing)
        side = recorded.sides[contract.right]
        return Touches(seconds=seconds, bid=side.bid[rows, column], ask=side.ask[rows, column])

    def trades(self, symbol: str, session: Session, until: datetime) -> TradePath:
        """Return the underlying's minute closes of one session up to an instant; none for options."""
        empty = TradePath(seconds=np.zeros(0, np.int64), price=np.zeros(0), volume=np.zeros(0))
        if not self._recordings.has(symbol, session.day) or until < session.open_at:
            return empty
        stock = self._recordings.load(symbol, session.day).stock
        rows = np.arange(1, row_at(session, until) + 1)
        rows = rows[~np.isnan(stock.last[rows])]
        return TradePath(
            seconds=session.open_second + (rows - 1) * MINUTE,
            price=stock.last[rows],
            volume=np.diff(stock.volume, prepend=0.0)[rows],
        )

    def daily_bar(self, symbol: str, day: date, until: datetime) -> DailyBar | None:
        """Return the bar of a recorded session of an underlying."""
        session = session_on(day)
        if session is None or not self._recordings.has(symbol, day) or until < session.open_at:
            return None
        recorded = self._recordings.load(symbol, day)
        row = row_at(session, until)
        if np.isnan(recorded.stock.high[row]):
            return None
        return DailyBar(
            day=day,
            opening=recorded.stock.opening,
            high=float(recorded.stock.high[row]),
            low=float(recorded.stock.low[row]),
            closing=float(recorded.stock.last[row]),
            volume=int(recorded.stock.volume[row]),
        )

    def official_close(self, symbol: str, day: date) -> float | None:
        """Return the close of the last bar begun in the regular session, None when not recorded."""
        if not self._recordings.has(symbol, day):
            return None
        return self._recordings.load(symbol, day).official_close

    def opening_settlement(self, symbol: str, day: date) -> float | None:
        """Return what a date opened at."""
        bar = self.daily_bar(symbol, day, self.now())
        return None if bar is None else bar.opening

    def _previous_closes(self, chain: Chain, right: Right) -> Array:
        """Return the last trade of the day before, per strike, NaN where there was none."""
        closes = np.full(len(chain.strikes), np.nan)
        before = self._recordings.before(chain.instrument.symbol, chain.session.day)
        recorded = None if before is None else before.chains.get(chain.expiry)
        if recorded is not None:
            last = recorded.sides[right].last[-1]
            for column, strike in enumerate(recorded.thousandths.tolist()):
                if strike in chain.rows:
                    closes[chain.rows[strike]] = last[column]
        return closes


def _column(recorded: RecordedChain, thousandths: int) -> int | None:
    found = np.flatnonzero(recorded.thousandths == thousandths)
    return int(found[0]) if len(found) else None

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

from infra.local.emulators.black_scholes import (
    YEAR_SECONDS,
    Array,
    Greeks,
    greeks,
    implied_call_volatility,
    implied_put_volatility,
)
from infra.local.emulators.instruments import Instrument, Kind
from infra.local.emulators.occ import Right, parse
from infra.local.emulators.paths import session_required
from infra.local.emulators.quotes import (
    Chain,
    ChainSide,
    DailyBar,
    DayPrices,
    StockQuote,
    Touches,
    TradePath,
)
from infra.local.emulators.replay_files import (
    RecordedChain,
    RecordedDay,
    RecordedSide,
    load_day,
    recorded_days,
)
from infra.local.emulators.sessions import Session, current_or_last, new_york_date, session_on

RATE: Final = 0.004
MINUTE: Final = 60
CHAINS_KEPT: Final = 128


class ReplayMarket:
    """Recorded quotes of the underlyings and days found under `root`; nobody can move them.

    `clock` returns the product's time (aware UTC). Days without a recording show the last one before them.
    """

    def __init__(self, root: Path, clock: Callable[[], datetime]) -> None:
        self._root = root
        self._clock = clock
        self._recorded = recorded_days(root)
        self._days: dict[tuple[str, date], RecordedDay] = {}
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
            for symbol in self._recorded
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
        found = self._at(symbol, at)
        if found is None:
            return None
        day, row = found
        stock = day.stock
        last = float(stock.last[row])
        if np.isnan(last):
            last = stock.opening
        quoted = _quoted_second(day.session, row)
        before = self._before(symbol, day.session.day)
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
        day = self._day_on_or_before(symbol, on)
        return () if day is None else tuple(expiry for expiry in day.chains if expiry >= on)

    def strikes(self, symbol: str, expiry: date, on: date) -> Array:
        """Return the strikes recorded."""
        day = self._day_on_or_before(symbol, on)
        if day is None or expiry < on or expiry not in day.chains:
            return np.zeros(0)
        return day.chains[expiry].thousandths / 1000

    def chain(self, symbol: str, expiry: date, at: datetime) -> Chain | None:
        """Return one expiry as known at an instant; None when it was not recorded."""
        found = self._at(symbol, at)
        if found is None or expiry not in found[0].chains or expiry < new_york_date(at):
            return None
        day, row = found
        key = (symbol, expiry, day.session.day, row)
        if key not in self._chains:
            self._chains[key] = self._build(symbol, expiry, day, row)
            while len(self._chains) > CHAINS_KEPT:
                self._chains.popitem(last=False)
        return self._chains[key]

    def day_prices(self, chain: Chain, right: Right) -> DayPrices:
        """Return trade prices as recorded; the extremes are those of the minutes' closes."""
        day = self._load(chain.instrument.symbol, chain.session.day)
        row = _row_at(chain.session, datetime.fromtimestamp(chain.quoted_second, UTC))
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
        if session.day not in self._recorded.get(underlying, ()):
            return Touches(seconds=seconds, bid=nothing, ask=nothing)
        day = self._load(underlying, session.day)
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
        if session.day not in self._recorded.get(symbol, ()) or until < session.open_at:
            return empty
        stock = self._load(symbol, session.day).stock
        rows = np.arange(1, _row_at(session, until) + 1)
        rows = rows[~np.isnan(stock.last[rows])]
        return TradePath(
            seconds=session.open_second + (rows - 1) * MINUTE,
            price=stock.last[rows],
            volume=np.diff(stock.volume, prepend=0.0)[rows],
        )

    def daily_bar(self, symbol: str, day: date, until: datetime) -> DailyBar | None:
        """Return the bar of a recorded session of an underlying."""
        session = session_on(day)
        if session is None or day not in self._recorded.get(symbol, ()) or until < session.open_at:
            return None
        recorded = self._load(symbol, day)
        row = _row_at(session, until)
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
        if day not in self._recorded.get(symbol, ()):
            return None
        return self._load(symbol, day).official_close

    def _load(self, symbol: str, day: date) -> RecordedDay:
        key = (symbol, day)
        if key not in self._days:
            self._days[key] = load_day(self._root, symbol, session_required(day))
        return self._days[key]

    def _day_on_or_before(self, symbol: str, on: date) -> RecordedDay | None:
        earlier = [day for day in self._recorded.get(symbol, ()) if day <= on]
        return self._load(symbol, earlier[-1]) if earlier else None

    def _before(self, symbol: str, day: date) -> RecordedDay | None:
        earlier = [known for known in self._recorded[symbol] if known < day]
        return self._load(symbol, earlier[-1]) if earlier else None

    def _at(self, symbol: str, at: datetime) -> tuple[RecordedDay, int] | None:
        day = self._day_on_or_before(symbol, current_or_last(at).day)
        return None if day is None else (day, _row_at(day.session, at))

    def _previous_closes(self, chain: Chain, right: Right) -> Array:
        """Return the last trade of the day before, per strike, NaN where there was none."""
        closes = np.full(len(chain.strikes), np.nan)
        before = self._before(chain.instrument.symbol, chain.session.day)
        recorded = None if before is None else before.chains.get(chain.expiry)
        if recorded is not None:
            last = recorded.sides[right].last[-1]
            for column, strike in enumerate(recorded.thousandths.tolist()):
                if strike in chain.rows:
                    closes[chain.rows[strike]] = last[column]
        return closes

    def _build(self, symbol: str, expiry: date, day: RecordedDay, row: int) -> Chain:
        recorded = day.chains[expiry]
        strikes = recorded.thousandths / 1000
        spot = float(day.stock.last[row])
        spot = day.stock.opening if np.isnan(spot) else spot
        second = _quoted_second(day.session, row)
        closing = session_required(expiry)
        years = max(closing.open_second + closing.seconds - second, 1) / YEAR_SECONDS
        calls = _side(recorded.sides[Right.CALL], row, Right.CALL, spot, strikes, years)
        puts = _side(recorded.sides[Right.PUT], row, Right.PUT, spot, strikes, years)
        smooth = np.where(strikes >= spot, calls.middle_volatility, puts.middle_volatility)
        return Chain(
            instrument=self._instruments[symbol],
            expiry=expiry,
            session=day.session,
            quoted_second=second,
            spot=spot,
            strikes=strikes,
            rows={strike: index for index, strike in enumerate(recorded.thousandths.tolist())},
            calls=calls,
            puts=puts,
            volatility=smooth,
            greeks=_greeks(spot, strikes, years, smooth),
        )


def _row_at(session: Session, at: datetime) -> int:
    """Return the minute whose state stands at an instant, the close's after it."""
    minutes = (int(at.timestamp()) - session.open_second) // MINUTE
    return min(max(minutes, 0), session.seconds // MINUTE)


def _quoted_second(session: Session, row: int) -> int:
    return session.open_second + min(row * MINUTE, session.seconds - 1)


def _column(recorded: RecordedChain, thousandths: int) -> int | None:
    found = np.flatnonzero(recorded.thousandths == thousandths)
    return int(found[0]) if len(found) else None


def _side(
    recorded: RecordedSide, row: int, right: Right, spot: float, strikes: Array, years: float
) -> ChainSide:
    bid, ask = recorded.bid[row], recorded.ask[row]
    middle = np.where(np.isnan(bid), ask, np.where(np.isnan(ask), bid, (bid + ask) / 2))
    solve = implied_call_volatility if right is Right.CALL else implied_put_volatility
    return ChainSide(
        bid=bid,
        ask=ask,
        value=np.nan_to_num(middle),
        bid_size=np.nan_to_num(recorded.bid_size[row]).astype(np.int64),
        ask_size=np.nan_to_num(recorded.ask_size[row]).astype(np.int64),
        volume=recorded.volume[row].astype(np.int64),
        open_interest=recorded.open_interest.astype(np.int64),
        bid_volatility=solve(bid, spot, strikes, years, RATE, 0.0),
        middle_volatility=solve(middle, spot, strikes, years, RATE, 0.0),
        ask_volatility=solve(ask, spot, strikes, years, RATE, 0.0),
    )


def _greeks(spot: float, strikes: Array, years: float, smooth: Array) -> Greeks:
    """Return the sensitivities; where no volatility could be solved for, those of certainty."""
    solved = smooth > 0
    found = greeks(spot, strikes, years, np.where(solved, smooth, 0.25), RATE, 0.0)
    certain = np.where(strikes < spot, 1.0, 0.0)
    return Greeks(
        delta=np.where(solved, found.delta, certain),
        gamma=np.where(solved, found.gamma, 0.0),
        theta=np.where(solved, found.theta, 0.0),
        vega=np.where(solved, found.vega, 0.0),
        rho=np.where(solved, found.rho, 0.0),
        phi=np.where(solved, found.phi, 0.0),
    )

"""Where each ended trade's P&L came from (A-09, B-12), by the history's own marks once a run is over.

Each day that something was held is read once more. IV is the history's where it tells one, else solved from
the mid; Greeks are worked out of it for each mark, theta with them, which no history has. With end-of-day
data a trade's fills stand at the day's one moment.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

import numpy as np

from chalicelib.domain.analysis.attribution import Attribution, LegFill, LegMarks, LegPath, attribute
from chalicelib.domain.backtest.history import ChainRows, History
from chalicelib.domain.backtest.positions import ClosedLeg, ClosedTrade
from chalicelib.domain.clocks.calendar import MarketCalendar, new_york_date
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.instruments.symbols import NotAnOptionSymbol, OptionContract, OptionType
from chalicelib.domain.money import ZERO, to_cents
from chalicelib.domain.options.arrays import Contracts, greeks
from chalicelib.domain.options.implied import implied_volatilities

_A_DAY: Final = timedelta(days=1)
_YEAR_SECONDS: Final = 365 * 86_400.0
#: How the reasons of trades begin that ended by themselves.
_BY_ITSELF: Final = "EXPIRED"


@dataclass(slots=True, kw_only=True)
class _Watched:
    """One leg of a trade with what the history showed of it: (seconds, mark, spot, IV) by moment."""

    leg: ClosedLeg
    contract: OptionContract | None
    seen: list[tuple[float, float, float, float]] = field(default_factory=list)

    def look(self, rows: ChainRows) -> None:
        """Take a moment's mark of it, if it tells one."""
        at, spot = rows.at.timestamp(), np.nan if rows.spot is None else rows.spot
        if self.contract is None:
            if rows.spot is not None:
                self.seen.append((at, rows.spot, rows.spot, np.nan))
            return
        row = _row_of(rows, self.contract)
        if row is None or not rows.ask[row] > 0:
            return
        mid = (max(float(rows.bid[row]), 0.0) + float(rows.ask[row])) / 2
        self.seen.append((at, mid, spot, float(rows.iv[row])))


@dataclass(slots=True, kw_only=True)
class _Held:
    """A trade with its legs; `moments` are the last one of each day, at which end-of-day fills stand."""

    trade: ClosedTrade
    legs: list[_Watched]
    moments: dict[date, datetime] = field(default_factory=dict)

    @property
    def first(self) -> date:
        return new_york_date(self.trade.opened_at)

    @property
    def last(self) -> date:
        return new_york_date(self.trade.closed_at)

    def look(self, day: date, rows: ChainRows) -> None:
        if rows.is_end_of_day:
            self.moments[day] = rows.at
        for leg in self.legs:
            leg.look(rows)

    def split(self, calendar: MarketCalendar) -> Attribution | None:
        costs = _shared_out(self.trade.fees, len(self.legs))
        paths = [
            self._path(number, leg, fees, calendar)
            for number, (leg, fees) in enumerate(zip(self.legs, costs, strict=True), start=1)
        ]
        return attribute(paths, self.trade.realized_pnl)

    def _path(self, number: int, leg: _Watched, fees: Decimal, calendar: MarketCalendar) -> LegPath:
        trade, told = self.trade, leg.leg
        multiplier = 1 if leg.contract is None else 100
        shares = trade.qty * told.ratio * multiplier * (1 if told.side is LegSide.LONG else -1)
        opened, closed = self._at(trade.opened_at), self._at(trade.closed_at)
        by_deal = not trade.reason.startswith(_BY_ITSELF)
        return LegPath(
            leg_no=number,
            symbol=told.symbol,
            is_option=leg.contract is not None,
            fills=[
                LegFill(at=opened, shares=shares, price=told.entry_price, fees=fees),
                LegFill(at=closed, shares=-shares, price=told.exit_price, fees=ZERO, is_trade=by_deal),
            ],
            marks=_marks(leg, calendar),
        )

    def _at(self, filled_at: datetime) -> float:
        return self.moments.get(new_york_date(filled_at), filled_at).timestamp()


def split_trades(
    trades: Sequence[ClosedTrade], history: History, calendar: MarketCalendar
) -> tuple[ClosedTrade, ...]:
    """Return the trades, each with the split of its P&L and of its legs'."""
    held = [_held(one) for one in trades]
    for day in _days(held, calendar):
        there = [one for one in held if one.first <= day <= one.last]
        for rows in history.chains(day) if there else ():
            for one in there:
                one.look(day, rows)
    return tuple(_with_split(one, one.split(calendar)) for one in held)


def _held(trade: ClosedTrade) -> _Held:
    return _Held(trade=trade, legs=[_Watched(leg=leg, contract=_contract(leg.symbol)) for leg in trade.legs])


def _contract(symbol: str) -> OptionContract | None:
    try:
        return OptionContract.parse_occ(symbol)
    except NotAnOptionSymbol:
        return None  # shares


def _days(held: Sequence[_Held], calendar: MarketCalendar) -> Iterator[date]:
    if not held:
        return
    day, last = min(one.first for one in held), max(one.last for one in held)
    while day <= last:
        if calendar.is_trading_day(day):
            yield day
        day += _A_DAY


def _row_of(rows: ChainRows, contract: OptionContract) -> int | None:
    """Find a contract among rows that ascend by (expiry, strike, is_call)."""
    expiry, strike = contract.expiry.toordinal(), float(contract.strike)
    first, end = rows.expiry.searchsorted(expiry, "left"), rows.expiry.searchsorted(expiry, "right")
    strikes = rows.strike[first:end]
    for row in range(int(strikes.searchsorted(strike, "left")), int(strikes.searchsorted(strike, "right"))):
        if bool(rows.is_call[first + row]) is (contract.option_type is OptionType.CALL):
            return int(first) + row
    return None


def _shared_out(fees: Decimal, legs: int) -> list[Decimal]:
    each = to_cents(fees / legs)
    return [*([each] * (legs - 1)), fees - each * (legs - 1)]


def _marks(leg: _Watched, calendar: MarketCalendar) -> LegMarks:
    at, mark, spot, iv = np.array(leg.seen, dtype=np.float64).reshape(-1, 4).T
    if leg.contract is None or not len(at):
        unknown = np.full(len(at), np.nan)
        return LegMarks(
            at=at,
            mark=mark,
            underlying=spot,
            iv=unknown,
            delta=unknown,
            gamma=unknown,
            theta=unknown,
            vega=unknown,
        )
    session = calendar.expiry_session(leg.contract.expiry)
    ends = np.nan if session is None else session.closes_at.timestamp()
    contracts = Contracts(
        is_call=np.full(len(at), leg.contract.option_type is OptionType.CALL),
        strike=np.full(len(at), float(leg.contract.strike)),
        years=(ends - at) / _YEAR_SECONDS,
    )
    iv = np.where(iv > 0, iv, implied_volatilities(contracts, mark, spot))
    told = greeks(contracts, spot, iv)
    return LegMarks(
        at=at,
        mark=mark,
        underlying=spot,
        iv=iv,
        delta=told.delta,
        gamma=told.gamma,
        theta=told.theta,
        vega=told.vega,
    )


def _with_split(held: _Held, found: Attribution | None) -> ClosedTrade:
    if found is None:
        return held.trade
    legs = tuple(replace(leg, split=one.split) for leg, one in zip(held.trade.legs, found.legs, strict=True))
    return replace(held.trade, split=found.whole, unexplained=found.gap_count, legs=legs)

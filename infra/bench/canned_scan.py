"""The desk's canned market with chains priced by a model over a smile: they pass the gates of the market."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import sin
from typing import Final

from chalicelib.domain.desk.pipeline.company_dates import EarningsCalendar
from chalicelib.domain.instruments.symbols import OptionContract, OptionType
from chalicelib.domain.market.quotes import OptionQuote
from chalicelib.domain.options.black_scholes import Conditions, greeks, value
from chalicelib.marketdata.interface import Chain, DailyBar
from infra.bench.canned_desk import CannedDesk
from infra.bench.canned_market import SOURCE

_SPOT: Final = 100.0
_ATM_IV: Final = 0.16
_STRIKES: Final = 110
#: Earnings that stand in nobody's way.
_FAR: Final = timedelta(days=200)


class CannedScan(CannedDesk):
    """Chains of these underlyings, made beforehand; one call brings one expiry, as Tradier's do."""

    expiries_a_call = 1

    def __init__(self, at: datetime, tickers: Sequence[str], *, expiries: int) -> None:
        super().__init__(at, expiries=expiries, strikes=_STRIKES)
        self._made = {
            (ticker, day): Chain(
                underlying=ticker, underlying_price=Decimal(_SPOT), quotes=_quotes(ticker, day, at)
            )
            for ticker in tickers
            for day in self._days
        }

    @property
    def contracts(self) -> int:
        """Return of how many contracts there are quotes."""
        return sum(len(one.quotes) for one in self._made.values())

    def bare_chain(self, underlying: str, expiries: Sequence[date]) -> Chain:
        """Return one expiry."""
        self._answer("chain")
        (day,) = expiries
        return self._made[underlying, day]

    def daily_bars(self, symbol: str, first: date, last: date) -> tuple[DailyBar, ...]:
        """Return bars that go nowhere, and hardly move."""
        del symbol
        self._answer("bars")
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        return tuple(_bar(number, day) for number, day in enumerate(days))

    def earnings(self, symbols: Sequence[str]) -> Mapping[str, EarningsCalendar]:
        """Know that the next are a long way off."""
        self._answer("earnings")
        return dict.fromkeys(symbols, EarningsCalendar(days=(self._at.date() + _FAR,)))


def _bar(number: int, day: date) -> DailyBar:
    close = Decimal(repr(round(_SPOT + sin(number * 1.7) / 2, 2)))
    return DailyBar(day=day, high=close + 1, low=close - 1, close=close, volume=1_000_000)


def _quotes(ticker: str, expiry: date, at: datetime) -> dict[str, OptionQuote]:
    contracts = [
        OptionContract(root=ticker, expiry=expiry, option_type=right, strike=Decimal(50 + number))
        for number in range(_STRIKES)
        for right in OptionType
    ]
    years = (expiry - at.date()).days / 365
    return {one.to_occ(): _quote(one, years, at) for one in contracts}


def _quote(contract: OptionContract, years: float, at: datetime) -> OptionQuote:
    strike = float(contract.strike)
    away = strike / _SPOT - 1
    iv = _ATM_IV - 0.35 * min(away, 0) - 0.05 * max(away, 0)
    priced = Conditions(spot=_SPOT, years=years, rate=0.0, volatility=iv)
    mid, of_model = value(contract.option_type, strike, priced), greeks(contract.option_type, strike, priced)
    return OptionQuote(
        symbol=contract.to_occ(),
        bid=_rounded(max(mid - 0.01, 0), 2),
        ask=_rounded(mid + 0.01, 2),
        bid_size=10,
        ask_size=10,
        last=_rounded(mid, 2),
        quoted_at=at,
        source=SOURCE,
        delay_seconds=0,
        volume=500,
        open_interest=5_000,
        iv=_rounded(iv, 6),
        delta=_rounded(of_model.delta, 6),
        gamma=_rounded(of_model.gamma, 6),
        vega=_rounded(of_model.vega, 6),
    )


def _rounded(number: float, digits: int) -> Decimal:
    return Decimal(repr(round(number, digits)))

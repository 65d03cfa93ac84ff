"""The one price at which all legs of an expiry settle (I-17), read once; none is guessed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.instruments.index_classes import settles_on_open
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.roots import is_adjusted
from chalicelib.domain.instruments.symbols import OptionContract
from chalicelib.domain.trading.legs import Leg
from chalicelib.domain.trading.trades import Trade
from chalicelib.marketdata.interface import MarketDataError
from chalicelib.services.environment import CredentialsUnreadable, Environment
from chalicelib.store.market.opening_settlements import read_opening_settlement


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlesAt:
    """What decides a contract's worth: the underlying's close of a session, or its opening value."""

    day: date
    instant: datetime
    on_open: bool

    @property
    def name(self) -> str:
        """Return what its price is called."""
        return "opening value" if self.on_open else "official close"


def why_pending(legs: Sequence[Leg], at: SettlesAt) -> str:
    """Say why these legs have no price to settle on, in the middle of a sentence."""
    if _are_adjusted(legs):
        return "an adjusted contract is for something else than 100 shares: your broker settles it"
    if at.on_open:
        return "its opening settlement value was not told yet; tried again hourly"
    return "there is no official close yet; tried again hourly"


def _are_adjusted(legs: Sequence[Leg]) -> bool:
    return any(is_adjusted(OptionContract.parse_occ(leg.symbol).root, leg.multiplier) for leg in legs)


class SettlementPrices:
    """Reads a user's source for what decides expired contracts, each price once."""

    def __init__(self, env: Environment, username: str, calendar: MarketCalendar) -> None:
        self._env = env
        self._username = username
        self._calendar = calendar
        self._closes: dict[tuple[str, date], Decimal | None] = {}

    def settles_at(self, leg: Leg) -> SettlesAt | None:
        """Return what decides a leg's worth; None of what has no expiry, or no session near it."""
        if leg.instrument is not Instrument.OPTION or leg.expiry is None:
            return None
        session = self._calendar.expiry_session(leg.expiry)
        if session is None:
            return None
        on_open = settles_on_open(OptionContract.parse_occ(leg.symbol).root)
        instant = session.opens_at if on_open else session.closes_at
        return SettlesAt(day=session.day, instant=instant, on_open=on_open)

    def of(self, trade: Trade, legs: Sequence[Leg], at: SettlesAt) -> Decimal | None:
        """Return the price that these legs settle on; None while it is not to be had.

        What settles on the open is worth its opening settlement value, which the operator tells: the close
        never stands in for it. An
        adjusted contract is for something else than 100 shares: its owner closes it, nobody here values it.
        """
        if _are_adjusted(legs):
            return None
        if at.on_open:
            return self._opening_value(trade.ticker, at.day)
        return self._official_close(trade.ticker, at.day)

    def _opening_value(self, ticker: str, day: date) -> Decimal | None:
        return self._env.database.run(
            lambda connection: read_opening_settlement(connection, ticker, day), username=self._username
        )

    def _official_close(self, ticker: str, day: date) -> Decimal | None:
        key = (ticker, day)
        if key not in self._closes:
            try:
                self._closes[key] = self._env.market_data.for_user(self._username).official_close(*key)
            except (MarketDataError, CredentialsUnreadable):
                self._closes[key] = None
        return self._closes[key]

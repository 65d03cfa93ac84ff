"""Which calendar an instrument trades by (W-06): US shares and their options, index options, coins.

Index options trade to 16:15 New York, a quarter of an hour beyond the market's close also on a short day;
contracts that settle on the close of their last day end with the market then, contracts that settle on its
open ended the trading day before. Coins always trade, by days of UTC.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

from chalicelib.domain.clocks.calendar import CLOSE_TIME, MarketCalendar, new_york_date
from chalicelib.domain.clocks.sessions import Calendar, Session
from chalicelib.domain.instruments.index_classes import INDEX_CLASSES, IndexClass
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.symbols import OptionContract

_ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexOptionCalendar(Calendar):
    """The sessions of one contract on an index, up to its last one."""

    market: MarketCalendar
    index_class: IndexClass
    expiry: date

    def session(self, day: date) -> Session | None:
        """Return the day's session, None on days without one and when trading has ended."""
        session = self.market.session(day)
        last_day = self._last_day()
        if session is None or last_day is None or day > last_day:
            return None
        ends_with_market = day == last_day and not self.index_class.settles_on_open
        return session if ends_with_market else replace(session, closes_at=session.closes_at + self._longer())

    def day_of(self, at: datetime) -> date:
        """Return the New York date of an instant."""
        return new_york_date(at)

    def last(self) -> Session | None:
        """Return the session in which the contract trades last."""
        last_day = self._last_day()
        return None if last_day is None else self.session(last_day)

    def _last_day(self) -> date | None:
        session = self.market.expiry_session(self.expiry)
        if session is None:
            return None
        if self.index_class.settles_on_open:
            return self.market.previous_trading_day(session.day)
        return session.day

    def _longer(self) -> timedelta:
        closes = self.index_class.closes
        return timedelta(hours=closes.hour - CLOSE_TIME.hour, minutes=closes.minute - CLOSE_TIME.minute)


@dataclass(frozen=True, slots=True)
class AlwaysOpen(Calendar):
    """What trades at all hours: each day of UTC is a session."""

    def session(self, day: date) -> Session:
        """Return the whole day, midnight to midnight UTC."""
        opens_at = datetime(day.year, day.month, day.day, tzinfo=UTC)
        return Session(day=day, opens_at=opens_at, closes_at=opens_at + _ONE_DAY, early_close=False)

    def day_of(self, at: datetime) -> date:
        """Return the date of an instant in UTC."""
        return at.astimezone(UTC).date()


ALWAYS_OPEN: Final = AlwaysOpen()


@dataclass(frozen=True, slots=True)
class Together(Calendar):
    """When all of several trade: what is one order trades only then."""

    calendars: Sequence[Calendar]

    def session(self, day: date) -> Session | None:
        """Return what the sessions of a day have in common, None when one has none."""
        sessions = [calendar.session(day) for calendar in self.calendars]
        known = [session for session in sessions if session is not None]
        if len(known) < len(sessions):
            return None
        return replace(
            min(known, key=lambda session: session.closes_at),
            opens_at=max(session.opens_at for session in known),
        )

    def day_of(self, at: datetime) -> date:
        """Return the day of the first: instruments that trade together count days alike."""
        return self.calendars[0].day_of(at)


def calendar_of_instrument(market: MarketCalendar, instrument: Instrument, symbol: str) -> Calendar:
    """Return the calendar of one instrument; raises NotAnOptionSymbol for an option without an OCC symbol."""
    if instrument is Instrument.CRYPTO:
        return ALWAYS_OPEN
    if instrument is Instrument.OPTION:
        return calendar_of_contract(market, OptionContract.parse_occ(symbol))
    return market


def calendar_of_contract(
    market: MarketCalendar, contract: OptionContract
) -> MarketCalendar | IndexOptionCalendar:
    """Return the calendar of one listed option."""
    index_class = INDEX_CLASSES.get(contract.root)
    if index_class is None:
        return market
    return IndexOptionCalendar(market=market, index_class=index_class, expiry=contract.expiry)


def calendar_of_all(
    market: MarketCalendar, held: Iterable[tuple[Instrument, str]], now: datetime
) -> Calendar:
    """Return when instruments that are one trade can be traded together, the market's own for none.

    A contract that has ended counts no longer while others live: the far leg of a calendar is closed alone.
    """
    calendars: list[Calendar] = []
    ended: list[Calendar] = []
    for instrument, symbol in held:
        calendar = calendar_of_instrument(market, instrument, symbol)
        kept = ended if _has_ended(market, instrument, symbol, now) else calendars
        if calendar not in kept:
            kept.append(calendar)
    calendars = calendars or ended or [market]
    return calendars[0] if len(calendars) == 1 else Together(tuple(calendars))


def last_session_of(market: MarketCalendar, contract: OptionContract) -> Session | None:
    """Return the session in which a contract trades last, None when none is near its expiry."""
    calendar = calendar_of_contract(market, contract)
    if isinstance(calendar, MarketCalendar):
        return calendar.expiry_session(contract.expiry)
    return calendar.last()


def _has_ended(market: MarketCalendar, instrument: Instrument, symbol: str, now: datetime) -> bool:
    if instrument is not Instrument.OPTION:
        return False
    last = last_session_of(market, OptionContract.parse_occ(symbol))
    return last is not None and last.closes_at <= now

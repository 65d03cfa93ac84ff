"""The book's gate, for every originator (B-09, B-16): no entry takes delta, gamma or vega past a cap.

Counted under the user's turn, in the transaction that stores the entry. A person may bring a figure that is
past its cap nearer to nothing; the desk's own stage is stricter.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.desk.book import EMPTY, OF_A_SHARE, BookWith, Caps, Greeks, Holding, breaches, net
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.market.quotes import OptionQuote
from chalicelib.domain.money import to_price
from chalicelib.domain.trading.limits import Breach
from chalicelib.services.commands.listed import Listed, ListedLeg
from chalicelib.services.environment import Environment
from chalicelib.services.errors import RiskLimitReached
from chalicelib.services.market_hours import calendar_of
from chalicelib.store.desk.book import BookOf, read_books

#: So much open market may lie between a leg's last Greeks and now.
GREEKS_AGE_MAX: Final = timedelta(minutes=15)


def greeks_since(calendar: MarketCalendar, now: datetime) -> datetime:
    """Return from when Greeks may be: a quarter of an hour of open market ago."""
    session = calendar.last_session(now)
    shown = min(now, session.closes_at) - session.opens_at
    if shown >= GREEKS_AGE_MAX:
        return min(now, session.closes_at) - GREEKS_AGE_MAX
    before = calendar.last_session(session.opens_at, before=True)
    return before.closes_at - (GREEKS_AGE_MAX - shown)


def check_book(
    env: Environment,
    connection: Connection,
    username: str,
    mode: BrokerMode,
    listed: Listed,
    qty: Decimal,
    caps: Caps,
) -> None:
    """Raise RiskLimitReached for an entry that the book's caps refuse."""
    if caps.first_set is None:
        return
    found = book_with(env, connection, username, mode, listed, qty, caps)
    breach = None if found is None else breach_of(found)
    if breach is not None:
        raise RiskLimitReached(breach.limit, breach.value, breach.allowed)


def breach_of(found: BookWith) -> Breach | None:
    """Return the first cap that an entry would pass, None where it passes none.

    Where the book with the entry in it cannot be computed every cap that is set refuses.
    """
    if found.caps.first_set is None:
        return None
    if found.before is None or found.after is None:
        name, cap = found.caps.first_set
        return Breach(limit=name, value=None, allowed=cap)
    passed = next(iter(breaches(found.after, found.caps, before=found.before)), None)
    if passed is None:
        return None
    return Breach(limit=passed.name, value=to_price(Decimal(passed.figure)), allowed=passed.cap)


def book_with(
    env: Environment,
    connection: Connection,
    username: str,
    mode: BrokerMode,
    listed: Listed,
    qty: Decimal,
    caps: Caps,
) -> BookWith | None:
    """Return the book before and after an entry; None of a coin: the book is of options and their shares."""
    if listed.is_coin:
        return None
    since = greeks_since(calendar_of(env, connection), env.clock.now())
    held = read_books(connection, [username], since).get(BookOf(username, mode), EMPTY)
    return BookWith(before=held, added=net(_holdings(listed, qty)), caps=caps)


def _holdings(listed: Listed, qty: Decimal) -> Iterator[Holding]:
    for leg in listed.legs:
        yield Holding(units=float(leg.terms.units * qty), greeks=_greeks(leg))


def _greeks(leg: ListedLeg) -> Greeks | None:
    if leg.wanted.instrument is not Instrument.OPTION:
        return OF_A_SHARE
    return _of_option(leg.quote)


def _of_option(quote: OptionQuote) -> Greeks | None:
    if quote.delta is None or quote.gamma is None or quote.vega is None:
        return None
    return Greeks(delta=float(quote.delta), gamma=float(quote.gamma), vega=float(quote.vega))

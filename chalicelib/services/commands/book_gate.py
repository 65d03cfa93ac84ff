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
from chalicelib.domain.desk.book import EMPTY, OF_A_SHARE, Caps, Greeks, Holding, breaches, net
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
    breach = book_breach(env, connection, username, mode, listed, qty, caps)
    if breach is not None:
        raise RiskLimitReached(breach.limit, breach.value, breach.allowed)


def book_breach(
    env: Environment,
    connection: Connection,
    username: str,
    mode: BrokerMode,
    listed: Listed,
    qty: Decimal,
    caps: Caps,
) -> Breach | None:
    """Return the first cap that an entry would pass, None where it passes none.

    Where the book with the entry in it cannot be computed every cap that is set refuses.
    """
    if caps.first_set is None or listed.is_coin:  # the book is of options and what goes with them
        return None
    since = greeks_since(calendar_of(env, connection), env.clock.now())
    held = read_books(connection, [username], since).get(BookOf(username, mode), EMPTY)
    added = net(_holdings(listed, qty))
    if held is None or added is None:
        name, cap = caps.first_set
        return Breach(limit=name, value=None, allowed=cap)
    passed = next(iter(breaches(held.with_added(added), caps, before=held)), None)
    if passed is None:
        return None
    return Breach(limit=passed.name, value=to_price(Decimal(passed.figure)), allowed=passed.cap)


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

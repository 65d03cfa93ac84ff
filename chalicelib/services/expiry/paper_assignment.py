"""Short options on paper that their holders exercise early (W-05), by the closing quotes of a session.

The paper broker assigns first, once a day and contract; what it says it did is then booked on the trades, so
that a worker which dies in between leaves the rest to the next look of the same evening.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.clocks.calendar import MarketCalendar, new_york_date
from chalicelib.domain.clocks.sessions import Session
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.market.quotes import OptionQuote
from chalicelib.domain.structures.early_assignment import Situation
from chalicelib.domain.trading.legs import Leg
from chalicelib.domain.trading.trades import HOLDING, Trade
from chalicelib.marketdata.interface import MarketDataError
from chalicelib.services.accounts.keeper import AccountKeeper
from chalicelib.services.environment import CredentialsUnreadable
from chalicelib.services.lifecycle.settle_legs import book_early
from chalicelib.store.trades.trades import load_working_trades
from chalicelib.vendors.errors import VendorError

#: Nobody exercises before trading has ended, and closing quotes are there by then.
_AFTER: Final = timedelta(minutes=30)
#: A quote that is older at the close tells nothing of it.
_QUOTE_AGE_MAX: Final = timedelta(minutes=15)
_RULE: Final = "assignment"


def assign_on_paper(keeper: AccountKeeper, calendar: MarketCalendar) -> int:
    """Assign an account's short options as their holders would this evening; returns how many contracts.

    Only in books of our own. A market that cannot be read assigns nothing.
    """
    now = keeper.env.clock.now()
    session = calendar.session(new_york_date(now))
    if keeper.broker.capabilities.is_outside or session is None or now < session.closes_at + _AFTER:
        return 0
    trades = keeper.database.run(
        lambda connection: load_working_trades(connection, keeper.account), username=keeper.username
    )
    short = [(trade, leg) for trade in trades for leg in trade.legs if _may_be_assigned(trade, leg, session)]
    return sum(_assign(keeper, ticker, short, session) for ticker in sorted({one.ticker for one, _ in short}))


def _may_be_assigned(trade: Trade, leg: Leg, session: Session) -> bool:
    """Say whether a leg is short beyond today: what expires today is settled by its expiry."""
    is_short = leg.instrument is Instrument.OPTION and leg.side is LegSide.SHORT
    is_held = trade.status in HOLDING and leg.held(trade.open_qty) > 0
    return is_short and is_held and leg.expiry is not None and leg.expiry > session.day


def _assign(keeper: AccountKeeper, ticker: str, short: Sequence[tuple[Trade, Leg]], session: Session) -> int:
    ours = [(trade, leg) for trade, leg in short if trade.ticker == ticker]
    seen = _seen(keeper, ticker, sorted({leg.symbol for _, leg in ours}), session)
    if not seen:
        return 0
    try:
        events = keeper.env.paper_floor.clearing(keeper.username).assign_early(seen)
    except VendorError:
        return 0
    assigned = {event.symbol for event in events}
    return sum(_book(keeper, trade, leg) for trade, leg in ours if leg.symbol in assigned)


def _book(keeper: AccountKeeper, trade: Trade, leg: Leg) -> int:
    """Book all of a leg as assigned: its holders do not exercise in part."""
    count = leg.held(trade.open_qty)

    def book(connection: Connection) -> None:
        book_early(keeper.env, connection, trade.id, leg.symbol, count, _RULE)

    keeper.write(book)
    return int(count)


def _seen(
    keeper: AccountKeeper, ticker: str, symbols: Sequence[str], session: Session
) -> dict[str, Situation]:
    """Return what the session's last quotes say of these contracts.

    No source tells dividends yet, so that no call is assigned for one.
    """
    try:
        chain = keeper.env.market_data.for_user(keeper.username).option_quotes(ticker, symbols)
    except (MarketDataError, CredentialsUnreadable):
        return {}
    spot = chain.underlying_price
    if spot is None:
        return {}
    return {
        symbol: Situation(today=session.day, spot=spot, quote=quote)
        for symbol in symbols
        if (quote := chain.quotes.get(symbol)) is not None and _is_of_the_close(quote, session)
    }


def _is_of_the_close(quote: OptionQuote, session: Session) -> bool:
    return quote.quoted_at is not None and quote.quoted_at >= session.closes_at - _QUOTE_AGE_MAX

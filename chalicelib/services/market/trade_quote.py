"""The quotes of what a trade holds: read once, and judged once whether they may be used (I-15)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.market.quotes import OptionQuote, of_one_moment, usable
from chalicelib.domain.trading.exit_legs import closing_bundle
from chalicelib.domain.trading.market_seen import UNREADABLE, MarketSeen, seen_in, seen_of_legs
from chalicelib.domain.trading.trades import Trade
from chalicelib.marketdata.coin_feeds import coin_quotes
from chalicelib.marketdata.interface import MarketDataError, Purpose
from chalicelib.marketdata.leg_quotes import leg_quotes
from chalicelib.services.environment import CredentialsUnreadable, Environment
from chalicelib.vendors.deadline import Deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownQuote:
    """What a vendor shows of a trade's legs, usable or not, and of its underlying; or why nothing."""

    quotes: Mapping[str, OptionQuote] = field(default_factory=dict)
    underlying_price: Decimal | None = None
    reason: str | None = None

    @property
    def quote(self) -> OptionQuote | None:
        """Return what is shown of the only leg."""
        return next(iter(self.quotes.values()), None)


def shown_quote(
    env: Environment, trade: Trade, purpose: Purpose, *, deadline: Deadline | None = None
) -> ShownQuote:
    """Read what is shown now; a market that cannot be read is an answer with its reason, never an error."""
    symbols = sorted({leg.symbol for leg in trade.held_legs or trade.legs})
    try:
        if trade.instrument is Instrument.CRYPTO:
            chain = coin_quotes(env.coin_market.within(deadline, purpose), trade.ticker)
        else:
            source = env.market_data.for_user(trade.username, deadline=deadline, purpose=purpose)
            chain = leg_quotes(source, trade.ticker, symbols)
    except (MarketDataError, CredentialsUnreadable) as error:
        return ShownQuote(reason=str(error))
    quotes = {symbol: chain.quotes[symbol] for symbol in symbols if symbol in chain.quotes}
    return ShownQuote(quotes=quotes, underlying_price=chain.underlying_price)


def usable_quote(
    env: Environment, trade: Trade, purpose: Purpose, symbol: str | None = None
) -> OptionQuote | None:
    """Read the quote that a decision may stand on, of its only leg unless another is named.

    None where the market cannot be read or shows none.
    """
    symbol = symbol or trade.leg.symbol
    return usable(shown_quote(env, trade, purpose).quotes.get(symbol), symbol, env.clock.now())


def market_in(shown: ShownQuote, trade: Trade, now: datetime) -> MarketSeen:
    """Return what is shown as what it says of leaving a trade by its next order, one unit of it.

    UNREADABLE while a quote of what that moves may not be used.
    """
    moved = closing_bundle(trade, trade.open_qty).legs
    left = [replace(trade.leg_numbered(one.leg_no), ratio=one.ratio) for one in moved] or trade.legs
    if len(left) == 1:
        return seen_in(shown.quotes.get(left[0].symbol), left[0].symbol, now)
    quotes = [usable(shown.quotes.get(leg.symbol), leg.symbol, now) for leg in left]
    return seen_of_legs([leg.terms for leg in left], quotes) if of_one_moment(quotes) else UNREADABLE

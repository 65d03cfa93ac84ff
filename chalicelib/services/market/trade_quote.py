"""The quote of what a trade holds: read once, and judged once whether it may be used (I-15)."""

from dataclasses import dataclass
from decimal import Decimal

from chalicelib.domain.market.quotes import OptionQuote, usable
from chalicelib.domain.trading.trades import Trade
from chalicelib.marketdata.interface import MarketDataError, Purpose
from chalicelib.marketdata.leg_quotes import leg_quotes
from chalicelib.services.environment import CredentialsUnreadable, Environment
from chalicelib.vendors.deadline import Deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownQuote:
    """What a vendor shows of a trade's leg, usable or not, and of its underlying; or why it shows nothing."""

    quote: OptionQuote | None = None
    underlying_price: Decimal | None = None
    reason: str | None = None


def shown_quote(
    env: Environment, trade: Trade, purpose: Purpose, *, deadline: Deadline | None = None
) -> ShownQuote:
    """Read what is shown now; a market that cannot be read is an answer with its reason, never an error."""
    symbol = trade.leg.symbol
    try:
        source = env.market_data.for_user(trade.username, deadline=deadline, purpose=purpose)
        chain = leg_quotes(source, trade.ticker, [symbol])
    except (MarketDataError, CredentialsUnreadable) as error:
        return ShownQuote(reason=str(error))
    return ShownQuote(quote=chain.quotes.get(symbol), underlying_price=chain.underlying_price)


def usable_quote(env: Environment, trade: Trade, purpose: Purpose) -> OptionQuote | None:
    """Read the quote that a decision may stand on; None where the market cannot be read or shows none."""
    shown = shown_quote(env, trade, purpose)
    return usable(shown.quote, trade.leg.symbol, env.clock.now())

"""How many coins an entry buys: the trader's sizing, and the largest size that limits allow (C-03, C-13)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from chalicelib.domain.ai.traders.trader import DEFAULT_SIZE_PCT, DEFAULT_SIZE_USD, SizingRule, Trading
from chalicelib.domain.coins.terms import SymbolFilters
from chalicelib.domain.money import ZERO

#: C-03: of the free balance a tenth stays, of the portfolio no position takes more than a fifth.
BALANCE_SHARE: Final = Decimal("0.90")
PORTFOLIO_SHARE: Final = Decimal("0.20")
#: C-13: a volatility sizing risks this many average ranges a coin.
RANGES_RISKED: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class SizingFacts:
    """What sizes are worked out from; money in the quote's (USDT), None where it is not known.

    `entry` is the price that is paid, `stop` where it ends, `fee_rate` a side's fee as a fraction.
    """

    entry: Decimal
    stop: Decimal | None
    atr: Decimal | None
    portfolio: Decimal | None
    free_balance: Decimal | None
    fee_rate: Decimal

    @property
    def risk_per_coin(self) -> Decimal | None:
        """Return what a coin loses at its stop, the fees of both sides with it; None without a stop."""
        if self.stop is None:
            return None
        return abs(self.entry - self.stop) + (self.entry + self.stop) * self.fee_rate


def wanted_quantity(trading: Trading, facts: SizingFacts) -> Decimal | None:
    """Return what the trader's sizing comes to, not yet cut to a step; None: it cannot be worked out."""
    match trading.sizing:
        case SizingRule.FIXED:
            return _coins(_fixed(trading, facts), facts)
        case SizingRule.PERCENT:
            return _coins(_percent(trading, facts), facts)
        case SizingRule.RISK:
            return risk_quantity(trading, facts)
        case SizingRule.VOLATILITY:
            return _divided(
                _risk_limit(trading, facts), None if facts.atr is None else facts.atr * RANGES_RISKED
            )


def risk_quantity(trading: Trading, facts: SizingFacts) -> Decimal | None:
    """Return risk limit / (stop distance + fees of both sides per coin)."""
    return _divided(_risk_limit(trading, facts), facts.risk_per_coin)


def largest_quantity(trading: Trading, facts: SizingFacts, filters: SymbolFilters) -> Decimal | None:
    """Return the most that balance, portfolio and risk allow, cut to the lot; None: not known."""
    by_risk = risk_quantity(trading, facts)
    if facts.free_balance is None or facts.portfolio is None or by_risk is None:
        return None
    by_money = min(facts.free_balance * BALANCE_SHARE, facts.portfolio * PORTFOLIO_SHARE) / facts.entry
    return filters.to_lot(max(min(by_money, by_risk), ZERO))


def _risk_limit(trading: Trading, facts: SizingFacts) -> Decimal | None:
    return None if facts.portfolio is None else facts.portfolio * trading.max_risk_pct / 100


def _fixed(trading: Trading, facts: SizingFacts) -> Decimal | None:
    """Return the dollars of a fixed size; without one the smaller of 100 and 1 % of the portfolio."""
    if trading.position_size_usd is not None:
        return trading.position_size_usd
    by_share = _percent(trading, facts)
    return None if by_share is None else min(DEFAULT_SIZE_USD, by_share)


def _percent(trading: Trading, facts: SizingFacts) -> Decimal | None:
    share = trading.position_size_pct if trading.position_size_pct is not None else DEFAULT_SIZE_PCT
    return None if facts.portfolio is None else facts.portfolio * share / 100


def _coins(dollars: Decimal | None, facts: SizingFacts) -> Decimal | None:
    return _divided(dollars, facts.entry)


def _divided(dollars: Decimal | None, a_coin: Decimal | None) -> Decimal | None:
    return None if dollars is None or a_coin is None or a_coin <= 0 else dollars / a_coin

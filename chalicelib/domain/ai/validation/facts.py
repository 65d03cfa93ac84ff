"""What a model's numbers are held against; None is not known, which fails closed (C-03)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from chalicelib.domain.ai.traders.trader import Trading
from chalicelib.domain.coins.terms import SymbolFilters
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.people import Tier

#: C-02: a price is of now.
PRICE_AGE_MAX: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """The market of one symbol as a decision sees it.

    `atr` is ATR(14) over closed candles of the trader's timeframe; `candle_at` is when the last of them
    closed, and `candle_due_at` when the last one had to.
    """

    now: datetime
    price: Decimal | None
    price_at: datetime | None
    atr: Decimal | None
    candle_at: datetime | None
    candle_due_at: datetime
    filters: SymbolFilters | None
    fee_rate: Decimal

    @property
    def fresh_price(self) -> Decimal | None:
        """Return the price where it is of now."""
        if self.price is None or self.price_at is None or self.now - self.price_at > PRICE_AGE_MAX:
            return None
        return self.price


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawdown:
    """How far P&L has fallen, in per cent of the portfolio: since 00:00 UTC, and from its running peak."""

    daily_pct: Decimal | None
    total_pct: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The account in the trader's mode, and all that its owner has in it; money in the quote's (USDT).

    `correlated` is the notional of open positions that move with this symbol, those without a history among
    them. `stopped_by` says what stops entries (a switch, the operator), "" for nothing, None: unreadable.
    `is_symbol_held`: the trader has a trade in the symbol that has not ended. `live_trades` are the trader's
    with real money so far, `live_positions` those of all traders that have not ended.
    """

    tier: Tier
    stopped_by: str | None
    portfolio: Decimal | None
    free_balance: Decimal | None
    correlated: Decimal | None
    open_of_trader: int
    open_of_account: int
    trader_drawdown: Drawdown
    account_drawdown: Drawdown
    is_symbol_held: bool = False
    live_trades: int = 0
    live_positions: int = 0
    is_live_cap_lifted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """What is held, as changes are judged against it. `targets` are those not filled, by id."""

    side: LegSide
    entry_price: Decimal
    quantity: Decimal
    stop: Decimal | None
    targets: dict[str, "HeldTarget"] = field(default_factory=dict)
    last_ai_change_at: datetime | None = None
    is_stop_by_hand: bool = False

    @property
    def sign(self) -> int:
        """Return 1 for a long position, -1 for a short one."""
        return self.side.sign


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldTarget:
    """A target over a share of what was open when it was asked for."""

    price: Decimal
    share: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A trader's rules, its market and its account, for one decision; `confidence` is what is compared."""

    trading: Trading
    moment: Moment
    account: Account
    confidence: Decimal

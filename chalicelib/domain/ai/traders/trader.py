"""A trader: a user's stored bot, whose model decides and whose rules dispose (C-01). 2 is two per cent."""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.ai.filters.rules import Filter
from chalicelib.domain.ai.traders.timeframes import Timeframe

#: C-01: 100 USDT and 1 % of the portfolio, the smaller of them, where the owner says neither.
DEFAULT_SIZE_USD: Final = Decimal(100)
DEFAULT_SIZE_PCT: Final = Decimal(1)
#: C-03: more than this of the portfolio is never risked in one trade, whatever a trader says.
MAX_RISK_PCT: Final = Decimal(2)


class TraderMode(StrEnum):
    """With what money it trades."""

    PAPER = "paper"
    LIVE = "live"


class TraderState(StrEnum):
    """OFF: not enabled; PAUSED by a person; LOCKED by total drawdown until a person resumes it."""

    ON = "ON"
    OFF = "OFF"
    PAUSED = "PAUSED"
    LOCKED = "LOCKED"


class SizingRule(StrEnum):
    """What decides the quantity."""

    FIXED = "fixed"
    PERCENT = "percent"
    RISK = "risk"
    VOLATILITY = "volatility"


class TraderExchange(StrEnum):
    """Where it trades: our own engine, or Binance (on paper its testnet)."""

    PAPER = "PAPER"
    BINANCE = "BINANCE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trading:
    """The block `trading`; None is off, or the default of the two sizes together."""

    enabled: bool = False
    mode: TraderMode = TraderMode.PAPER
    sizing: SizingRule = SizingRule.FIXED
    position_size_usd: Decimal | None = None
    position_size_pct: Decimal | None = None
    max_positions: int = 3
    max_risk_pct: Decimal = MAX_RISK_PCT
    min_confidence: Decimal = Decimal("0.7")
    require_approval: bool = True
    dynamic_sl: bool = True
    dynamic_tp: bool = True
    breakeven_at_pct: Decimal | None = Decimal(2)
    trailing_pct: Decimal | None = None
    max_daily_drawdown_pct: Decimal = Decimal(5)
    max_total_drawdown_pct: Decimal = Decimal(20)
    max_holding_minutes: int | None = None
    max_correlated_pct: Decimal = Decimal(40)
    calibrated: bool = False
    market_hours_only: bool = False
    veto_seconds: int = 60
    exchange: TraderExchange = TraderExchange.PAPER
    daily_cost_limit_usd: Decimal = Decimal(1)

    @property
    def broker_mode(self) -> BrokerMode:
        """Return where its entries go (C-13)."""
        if self.exchange is TraderExchange.PAPER:
            return BrokerMode.PAPER
        return BrokerMode.BINANCE_LIVE if self.mode is TraderMode.LIVE else BrokerMode.BINANCE_TESTNET

    @property
    def may_sell_short(self) -> bool:
        """Say whether a short is taken: by our own engine alone, spot knows none (C-02)."""
        return self.exchange is TraderExchange.PAPER


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """By which model and which version of the prompts it decides; None is what the deployment uses."""

    model: str | None = None
    prompt_version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trader:
    """One version of a stored trader; its symbols are the exchange's own (`BTCUSDT`)."""

    id: UUID
    version: int
    name: str
    symbols: tuple[str, ...]
    timeframe: Timeframe
    filter: Filter | None
    analysis: Analysis = field(default_factory=Analysis)
    trading: Trading = field(default_factory=Trading)

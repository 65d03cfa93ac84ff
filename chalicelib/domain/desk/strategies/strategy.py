"""A strategy: a user's stored wish, validated and versioned (B-01). Per cents are 50 for fifty per cent."""

from dataclasses import dataclass, field
from datetime import time
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from chalicelib.domain.desk.strategies.strategy_types import StrategyType

#: Defaults that no owner fixed (B-02): changeable by strategy.
ADX_MAX: Final = Decimal(25)
MIN_VOLUME: Final = 1
MIN_OPEN_INTEREST: Final = 100
MIN_UNDERLYING_VOLUME_PCT: Final = Decimal(50)
MAX_QUOTE_AGE_S: Final = 300
EARNINGS_AFTER_DAYS: Final = 1


class DeskMode(StrEnum):
    """With what money a strategy trades; shadow is live with paper beside it (B-11)."""

    PAPER = "paper"
    SHADOW = "shadow"
    LIVE = "live"

    @property
    def risks_money(self) -> bool:
        """Say whether entries go to a live account."""
        return self is not DeskMode.PAPER


class DeskBroker(StrEnum):
    """Where a strategy wants to trade."""

    TRADIER = "tradier"
    TASTYTRADE = "tastytrade"
    IBKR = "ibkr"
    SCHWAB = "schwab"
    PAPER = "paper"


class MovingAverageRule(StrEnum):
    """Where spot has to stand against its 50-day average."""

    NONE = "none"
    ABOVE_SMA50 = "above_sma50"
    BELOW_SMA50 = "below_sma50"


class SizingKind(StrEnum):
    """How many structures are entered."""

    FIXED = "fixed"
    RISK = "risk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizing:
    """A fixed `qty`, or as many as lose at most `pct` per cent of the balance."""

    kind: SizingKind
    qty: int | None = None
    pct: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Liquidity:
    """What C1 to C5 demand. `max_spread_pct` None: the desk's own limit alone holds."""

    max_spread_pct: Decimal | None = None
    min_volume: int = MIN_VOLUME
    min_open_interest: int = MIN_OPEN_INTEREST
    min_underlying_volume_pct: Decimal = MIN_UNDERLYING_VOLUME_PCT
    max_quote_age_s: int = MAX_QUOTE_AGE_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """A range, both ends included; one number is a range of one: the listed value nearest to it is meant."""

    low: Decimal
    high: Decimal

    @property
    def is_target(self) -> bool:
        """Say whether it names one value."""
        return self.low == self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryConditions:
    """When and what to enter. Deltas are sizes without sign, widths and credits dollars per share."""

    dte_min: int
    dte_max: int
    short_delta: Between | None = None
    wing_width: Between | None = None
    min_credit: Decimal | None = None
    ivr_min: Decimal | None = None
    ivr_max: Decimal | None = None
    ma_rule: MovingAverageRule = MovingAverageRule.NONE
    min_premium_pct: Decimal | None = None
    entry_from: time | None = None
    entry_to: time | None = None
    adx_max: Decimal = ADX_MAX
    min_vrp: Decimal = Decimal(0)
    liquidity: Liquidity = field(default_factory=Liquidity)
    earnings_after_days: int = EARNINGS_AFTER_DAYS
    max_gamma_loss_1pct: Decimal | None = None
    skew_aware: bool = False
    dynamic_dte: bool = False

    @property
    def asks_iv_rank(self) -> bool:
        """Say whether E3 runs."""
        return self.ivr_min is not None or self.ivr_max is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitConditions:
    """When to leave. `stop_pct` is of the credit or debit, `profit_target_pct` of the maximum profit."""

    profit_target_pct: Decimal | None = None
    profit_target_usd: Decimal | None = None
    trail_from_pct: Decimal | None = None
    trail_pct: Decimal | None = None
    stop_pct: Decimal | None = None
    stop_usd: Decimal | None = None
    time_stop_dte: int | None = None
    time_stop_at: time | None = None
    vix_exit: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """One version of a stored strategy; times of day are New York's."""

    id: UUID
    version: int
    name: str
    type: StrategyType
    underlying: str
    entry_conditions: EntryConditions
    exit_conditions: ExitConditions
    sizing: Sizing
    max_positions: int
    enabled: bool = True
    mode: DeskMode = DeskMode.PAPER
    preferred_broker: DeskBroker = DeskBroker.TRADIER

"""A case in which every rule holds, to be changed one figure at a time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from chalicelib.domain.ai.decisions.decision import AiDecision, DecisionWord, TakeProfit
from chalicelib.domain.ai.traders.trader import SizingRule, Trading
from chalicelib.domain.ai.validation.facts import Account, Case, Drawdown, HeldTarget, Moment, Position
from chalicelib.domain.coins.terms import SymbolFilters
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.people import Tier

NOW: Final = datetime(2026, 2, 19, 15, 0, 20, tzinfo=UTC)
CLOSED: Final = datetime(2026, 2, 19, 15, 0, tzinfo=UTC)
FILTERS: Final = SymbolFilters(
    tick=Decimal("0.01"),
    lot=Decimal("0.001"),
    least_quantity=Decimal("0.001"),
    most_quantity=Decimal(9000),
    least_notional=Decimal(10),
)
CALM: Final = Drawdown(daily_pct=Decimal(0), total_pct=Decimal(0))
MOMENT: Final = Moment(
    now=NOW,
    price=Decimal(100),
    price_at=NOW,
    atr=Decimal(2),
    candle_at=CLOSED,
    candle_due_at=CLOSED,
    filters=FILTERS,
    fee_rate=Decimal("0.001"),
)
ACCOUNT: Final = Account(
    tier=Tier.ELITE,
    stopped_by="",
    portfolio=Decimal(10_000),
    free_balance=Decimal(10_000),
    correlated=Decimal(0),
    open_of_trader=0,
    open_of_account=0,
    trader_drawdown=CALM,
    account_drawdown=CALM,
)
TRADING: Final = Trading(
    enabled=True, require_approval=False, sizing=SizingRule.FIXED, position_size_usd=Decimal(1000)
)
CASE: Final = Case(trading=TRADING, moment=MOMENT, account=ACCOUNT, confidence=Decimal("0.8"))
LONG: Final = AiDecision(
    decision=DecisionWord.LONG,
    confidence=Decimal("0.8"),
    reasoning="a test's",
    stop_loss=Decimal(98),
    take_profits=(TakeProfit(price=Decimal(104), share=Decimal(1)),),
)
SHORT: Final = replace(
    LONG,
    decision=DecisionWord.SHORT,
    stop_loss=Decimal(102),
    take_profits=(TakeProfit(price=Decimal(96), share=Decimal(1)),),
)
POSITION: Final = Position(
    side=LegSide.LONG,
    entry_price=Decimal(95),
    quantity=Decimal(10),
    stop=Decimal(94),
    targets={"t1": HeldTarget(price=Decimal(110), share=Decimal("0.5"))},
    last_ai_change_at=NOW - timedelta(hours=1),
)


def case(
    *,
    trading: dict[str, Any] | None = None,  # Any: fields of the dataclass
    moment: dict[str, Any] | None = None,  # Any: as above
    account: dict[str, Any] | None = None,  # Any: as above
    confidence: str = "0.8",
) -> Case:
    """Return the case with figures changed."""
    return Case(
        trading=replace(TRADING, **(trading or {})),
        moment=replace(MOMENT, **(moment or {})),
        account=replace(ACCOUNT, **(account or {})),
        confidence=Decimal(confidence),
    )

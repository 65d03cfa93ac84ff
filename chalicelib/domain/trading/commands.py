"""What callers ask for, as values: the API maps its request models onto these."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.instruments.symbols import OptionType
from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.trading.orders import OrderType
from chalicelib.domain.trading.protection import Protection


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannerFacts:
    """What a scanner said of a trade, kept as given."""

    card_score: Decimal | None = None
    ai_score: Decimal | None = None
    ai_verdict: str | None = None
    gate_verdict: str | None = None
    technical_score: Decimal | None = None
    sentiment_score: Decimal | None = None
    signals_given: JsonValue = None
    ai_reasoning_log: JsonValue = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceTrade:
    """Open a single-leg long option position. Prices per share; quantity in contracts.

    `broker_mode` is the broker that is asked for; None leaves it to the settings.
    """

    ticker: str
    option_type: OptionType
    strike: Decimal
    expiry: date
    order_type: OrderType
    qty: int = 1
    limit_price: Decimal | None = None
    sl_price: Decimal | None = None
    tp_price: Decimal | None = None
    strategy: str | None = None
    scanner: ScannerFacts = field(default_factory=ScannerFacts)
    trade_context: JsonValue = None
    broker_mode: BrokerMode | None = None

    @property
    def protection(self) -> Protection:
        """Return the stop and target asked for."""
        return Protection(sl_price=self.sl_price, tp_price=self.tp_price)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustTrade:
    """Move or remove stop and target; a leg that is not named stays as it is."""

    changes_stop: bool
    new_sl: Decimal | None
    changes_target: bool
    new_tp: Decimal | None

    def applied_to(self, protection: Protection) -> Protection:
        """Return the protection after this change (I-12: the other leg unchanged)."""
        return Protection(
            sl_price=self.new_sl if self.changes_stop else protection.sl_price,
            tp_price=self.new_tp if self.changes_target else protection.tp_price,
        )

"""What places or previews a trade: one long contract by its fields, or one to four legs (W-03), or a coin."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, Self  # Any: JSON

from pydantic import ConfigDict, Field, ModelWrapValidatorHandler, model_validator

from chalicelib.api.fields import (
    QUANTITY_MAX,
    AiReasoning,
    CalendarDate,
    JsonObject,
    ModeWord,
    Price,
    Quantity,
    Ratio,
    RequestModel,
    Score,
    SignedPrice,
    Ticker,
    TradeContext,
    Word,
)
from chalicelib.api.missing import with_missing
from chalicelib.api.requests import TARGETS_MAX, TargetBody
from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.instruments.symbols import OptionType
from chalicelib.domain.trading.commands import PlaceTrade, ScannerFacts, WantedLeg
from chalicelib.domain.trading.orders import OrderType

OptionRoot = Annotated[str, Field(pattern=r"^[A-Z0-9]{1,6}$")]
#: What names one option of a ticker.
_CONTRACT: Final = ("option_type", "strike", "expiry")
_SEVERAL: Final = 2


class LegBody(RequestModel):
    """One leg of a trade: of an option its contract, of a coin its pair, of shares how they are held."""

    instrument: Annotated[Instrument, Field(strict=False)] = Instrument.OPTION
    option_type: Annotated[OptionType, Field(strict=False)] | None = None
    strike: Price | None = None
    expiry: CalendarDate | None = None
    side: Annotated[LegSide, Field(strict=False)]
    ratio: Ratio = 1
    root: OptionRoot | None = None
    symbol: Ticker | None = None

    @model_validator(mode="wrap")
    @classmethod
    def _is_a_contract_or_none(cls, values: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Have an option named whole, and of anything else no contract."""
        given = values if isinstance(values, dict) else {}
        if given.get("instrument", Instrument.OPTION) == Instrument.OPTION:
            return with_missing(_CONTRACT, given, lambda: handler(values))
        leg = handler(values)
        if leg.option_type or leg.strike or leg.expiry or leg.root:
            raise ValueError("instrument: only an option has a contract")
        if leg.symbol is not None and leg.instrument is not Instrument.CRYPTO:
            raise ValueError("symbol: only a coin is named by it")
        return leg

    def wanted(self) -> WantedLeg:
        """Return what the place and preview services take."""
        return WantedLeg(
            side=self.side,
            ratio=self.ratio,
            instrument=self.instrument,
            option_type=self.option_type,
            strike=self.strike,
            expiry=self.expiry,
            root=self.root,
        )


class PlaceTradeBody(RequestModel):
    """Place or preview a trade: one long contract by its fields, or one to four legs."""

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [{"required": list(_CONTRACT)}, {"required": ["legs"]}]}
    )

    ticker: Ticker
    option_type: Annotated[OptionType, Field(strict=False)] | None = None
    strike: Price | None = None
    expiry: CalendarDate | None = None
    legs: Annotated[list[LegBody], Field(min_length=1, max_length=4)] | None = None
    qty: Annotated[Quantity, Field(json_schema_extra={"default": 1})] = Decimal(1)
    order_type: Literal["market", "limit"]
    limit_price: SignedPrice | None = None
    sl_price: SignedPrice | None = None
    tp_price: SignedPrice | None = None
    targets: Annotated[list[TargetBody], Field(max_length=TARGETS_MAX)] | None = None
    strategy: Word | None = None
    card_score: Score | None = None
    ai_score: Score | None = None
    ai_verdict: Word | None = None
    gate_verdict: Word | None = None
    technical_score: Score | None = None
    sentiment_score: Score | None = None
    signals_snapshot: JsonObject | None = None
    ai_reasoning_log: AiReasoning | None = None
    trade_context: TradeContext | None = None
    broker_mode: ModeWord | None = None

    @model_validator(mode="wrap")
    @classmethod
    def _names_what_to_trade(cls, values: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Have the contract named by its fields, or the legs, and not both."""
        given = _with_ticker(values) if isinstance(values, dict) else {}
        values = given or values
        if given.get("legs") is None:
            return with_missing(_CONTRACT, given, lambda: handler(values))
        body = handler(values)
        if body.option_type or body.strike or body.expiry:
            raise ValueError("legs: they stand in place of option_type, strike and expiry")
        return body

    @model_validator(mode="after")
    def _coins_alone_have_parts(self) -> Self:
        is_coin = any(leg.instrument is Instrument.CRYPTO for leg in self.legs or ())
        if not is_coin and (self.qty % 1 or not 1 <= self.qty <= QUANTITY_MAX):
            raise ValueError(f"qty: must be a whole number from 1 to {QUANTITY_MAX}")
        for place, leg in enumerate(self.legs or ()):
            if leg.symbol is not None and leg.symbol != self.ticker:
                raise ValueError(f"legs.{place}.symbol: must be the ticker")
        return self

    @model_validator(mode="after")
    def _prices_of_one_leg_are_above_nothing(self) -> Self:
        for field in ("limit_price", "sl_price", "tp_price"):
            price = getattr(self, field)
            if price is not None and price < 0 and len(self.legs or ()) < _SEVERAL:
                raise ValueError(f"{field}: must be above 0 for one leg")
        return self

    @model_validator(mode="after")
    def _limit_orders_have_a_price(self) -> Self:
        if self.order_type == "limit" and self.limit_price is None:
            raise ValueError("limit_price: a limit order needs it")
        if self.order_type == "market" and self.limit_price is not None:
            raise ValueError("limit_price: a market order has none")
        return self

    def command(self) -> PlaceTrade:
        """Return what the place and preview services take."""
        return PlaceTrade(
            ticker=self.ticker,
            legs=self._legs(),
            names_legs=self.legs is not None,
            order_type=OrderType(self.order_type),
            qty=self.qty,
            limit_price=self.limit_price,
            sl_price=self.sl_price,
            tp_price=self.tp_price,
            targets=tuple(one.wanted() for one in self.targets or ()),
            strategy=self.strategy,
            scanner=self._scanner(),
            trade_context=self.trade_context,
            broker_mode=None if self.broker_mode is None else BrokerMode(self.broker_mode),
        )

    def _legs(self) -> tuple[WantedLeg, ...]:
        if self.legs is not None:
            return tuple(leg.wanted() for leg in self.legs)
        return (WantedLeg(option_type=self.option_type, strike=self.strike, expiry=self.expiry),)

    def _scanner(self) -> ScannerFacts:
        return ScannerFacts(
            card_score=self.card_score,
            ai_score=self.ai_score,
            ai_verdict=self.ai_verdict,
            gate_verdict=self.gate_verdict,
            technical_score=self.technical_score,
            sentiment_score=self.sentiment_score,
            signals_given=self.signals_snapshot,
            ai_reasoning_log=self.ai_reasoning_log,
        )


def _with_ticker(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a body with the pair of its only leg for a ticker, where the leg alone names it."""
    match given.get("legs"):
        case [{"symbol": symbol}]:
            return {"ticker": symbol, **given}
        case _:
            return dict(given)

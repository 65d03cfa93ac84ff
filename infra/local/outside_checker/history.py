"""The exported history: trades in the API's shape, each with its transitions under `transitions`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from infra.local.outside_checker.broker_log import decimal_of

NOT_ENDED: Final = frozenset({"PENDING", "PARTIALLY_FILLED", "OPEN", "CLOSING"})
HELD: Final = frozenset({"PARTIALLY_FILLED", "OPEN", "CLOSING"})
LIVE_ORDER: Final = frozenset({"PENDING", "OPEN", "PARTIALLY_FILLED"})
BY_TRADIER: Final = frozenset({"TRADIER_SANDBOX", "TRADIER_LIVE"})
NEW_YORK: Final = ZoneInfo("America/New_York")
SHARES: Final = Decimal(100)
DELIVERED: Final = frozenset({"ASSIGNED", "EXERCISED"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldOrder:
    """An order as the history tells of it."""

    intent: str
    broker_order_id: str
    role: str
    status: str
    buys: bool
    quantity: Decimal
    filled: Decimal
    average: Decimal | None
    legs: tuple["ToldOrderLeg", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldOrderLeg:
    """A leg of an order as the history tells of it; `filled` counts contracts, or shares."""

    symbol: str
    buys: bool
    filled: Decimal
    average: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One transition; `before` is empty for the first."""

    at: datetime
    before: str
    after: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldLeg:
    """A leg as the history tells of it; `ratio` of it come with one of the trade, `quantity` are held."""

    symbol: str
    right: str
    strike: Decimal
    expiry: date | None
    multiplier: Decimal
    ratio: Decimal
    sign: int
    quantity: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldTrade:
    """A trade as the history tells of it; prices per share, money in dollars."""

    trade_id: str
    mode: str
    status: str
    reason: str
    legs: tuple[ToldLeg, ...]
    ticker: str
    filled: Decimal
    held: Decimal
    entry_price: Decimal | None
    close_price: Decimal | None
    realized: Decimal | None
    fees: Decimal
    is_delivered: bool
    orders: tuple[ToldOrder, ...]
    steps: tuple[Step, ...]

    def held_of(self, leg: ToldLeg) -> Decimal:
        """Return what is held of a leg: it may have gone another way than the others."""
        by_itself = len(self.legs) > 1 and leg.quantity is not None
        return leg.quantity if by_itself and leg.quantity is not None else self.held * leg.ratio

    @property
    def began_on(self) -> date | None:
        """Return the New York date of its first step."""
        return self.steps[0].at.astimezone(NEW_YORK).date() if self.steps else None

    @property
    def deliveries(self) -> int:
        """Return how often a leg was assigned or exercised: its shares changed hands at the strike."""
        return sum(step.before == step.after and step.reason in DELIVERED for step in self.steps)

    @property
    def is_at_tradier(self) -> bool:
        """Say whether a Tradier account holds it."""
        return self.mode in BY_TRADIER


def read_trade(row: Mapping[str, object]) -> ToldTrade:
    """Read one trade. Raises KeyError, ValueError for what is not in the shape of the API."""
    legs = _rows(row.get("legs"))
    return ToldTrade(
        trade_id=str(row["id"]),
        mode=str(row["broker_mode"]),
        status=str(row["status"]),
        reason=str(row.get("close_reason") or ""),
        legs=tuple(_leg(leg) for leg in legs),
        ticker=str(row["ticker"]),
        filled=decimal_of(row["filled_qty"]),
        held=decimal_of(row["open_qty"]),
        entry_price=_decimal(row.get("entry_price")),
        close_price=_decimal(row.get("close_price")),
        realized=_decimal(row.get("realized_pnl")),
        fees=_decimal(row.get("fees")) or Decimal(0),
        is_delivered=row["broker_mode"] in BY_TRADIER
        and any(leg.get("instrument") == "EQUITY" for leg in legs),
        orders=tuple(_order(one) for one in _rows(row.get("orders"))),
        steps=tuple(_step(one) for one in _rows(row.get("transitions"))),
    )


def _leg(row: Mapping[str, object]) -> ToldLeg:
    expiry = row.get("expiry")
    return ToldLeg(
        symbol=str(row["symbol"]),
        right=str(row.get("option_type") or ""),
        strike=_decimal(row.get("strike")) or Decimal(0),
        expiry=None if expiry is None else date.fromisoformat(str(expiry)),
        multiplier=_decimal(row.get("multiplier")) or SHARES,
        ratio=_decimal(row.get("ratio")) or Decimal(1),
        sign=-1 if row.get("side") == "SHORT" else 1,
        quantity=_decimal(row.get("quantity")),
    )


def _order(row: Mapping[str, object]) -> ToldOrder:
    return ToldOrder(
        intent=str(row["id"]),
        broker_order_id=str(row.get("broker_order_id") or ""),
        role=str(row["role"]),
        status=str(row["status"]),
        buys=str(row["side"]).lower().startswith("buy"),
        quantity=decimal_of(row["quantity"]),
        filled=decimal_of(row["filled_quantity"]),
        average=_decimal(row.get("avg_fill_price")),
        legs=tuple(_order_leg(leg) for leg in _rows(row.get("legs"))),
    )


def _order_leg(row: Mapping[str, object]) -> ToldOrderLeg:
    return ToldOrderLeg(
        symbol=str(row["symbol"]),
        buys=str(row["side"]).lower().startswith("buy"),
        filled=decimal_of(row["filled_quantity"]),
        average=_decimal(row.get("avg_fill_price")),
    )


def _step(row: Mapping[str, object]) -> Step:
    return Step(
        at=datetime.fromisoformat(str(row["at"])),
        before=str(row.get("from_status") or ""),
        after=str(row["to_status"]),
        reason=str(row.get("reason") or ""),
    )


def _rows(value: object) -> Sequence[Mapping[str, object]]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        raise ValueError(f"not a list of objects: {value!r}")
    return value


def _decimal(value: object) -> Decimal | None:
    return None if value is None else decimal_of(value)

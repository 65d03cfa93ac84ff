"""What every broker can be asked, in papertape's own words; adapters live in folders beside this file.

Quantities are contracts, prices dollars per share, instants aware UTC. All calls raise `VendorError`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, Self

from chalicelib.brokers.balance import Asset as Asset
from chalicelib.brokers.balance import Balance as Balance
from chalicelib.domain.instruments.fees import STANDARD, Commission
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.money import ZERO
from chalicelib.domain.trading.orders import Duration, Order, OrderStatus, OrderType
from chalicelib.domain.trading.trades import Originator, Trade, TriggerPrecision
from chalicelib.vendors.budget import Urgency


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRequest:
    """One single-leg order to be placed. `tag` is unique per intent, `[A-Za-z0-9-]`, ≤ 255.

    An order for shares has its ticker in `underlying` and `symbol` alike, and counts shares. `originator` is
    who opened its trade, `market_override` the one leave to go out at market all the same (B-05),
    `held_since` when its trade first held anything, None before.
    """

    tag: str
    underlying: str
    symbol: str
    side: OrderSide
    quantity: Decimal
    type: OrderType
    duration: Duration
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    instrument: Instrument = Instrument.OPTION
    originator: Originator = Originator.PERSON
    market_override: bool = False
    held_since: datetime | None = None

    @classmethod
    def of(cls, order: Order, trade: Trade, *, market_override: bool = False) -> Self:
        """Return what is asked of the broker by an order of ours, whose row comes first."""
        return cls(
            tag=order.tag,
            underlying=trade.ticker,
            symbol=order.symbol,
            side=order.side,
            quantity=order.quantity,
            type=order.type,
            duration=order.duration,
            limit_price=order.limit_price,
            stop_price=order.stop_price,
            instrument=trade.leg_numbered(order.moves[0].leg_no).instrument,
            originator=trade.originator,
            market_override=market_override,
            held_since=trade.entry_date,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OcoRequest:
    """A stop and a target that cancel each other, good till cancelled, over one contract and quantity.

    `held_since` is when its trade first held anything.
    """

    tag: str
    underlying: str
    symbol: str
    side: OrderSide
    quantity: Decimal
    stop_price: Decimal
    target_price: Decimal
    held_since: datetime | None = None

    @classmethod
    def of(cls, stop: Order, target: Order, trade: Trade) -> Self:
        """Return what is asked of the broker by the two orders of a bracket, which share their tag."""
        assert stop.stop_price is not None
        assert target.limit_price is not None
        return cls(
            tag=stop.tag,
            underlying=trade.ticker,
            symbol=stop.symbol,
            side=stop.side,
            quantity=stop.quantity,
            stop_price=stop.stop_price,
            target_price=target.limit_price,
            held_since=trade.entry_date,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLeg:
    """One leg of a combined order: `ratio` contracts, or shares, of it make one unit of the order."""

    symbol: str
    side: OrderSide
    ratio: int
    instrument: Instrument = Instrument.OPTION


@dataclass(frozen=True, slots=True, kw_only=True)
class CombinedRequest:
    """Several legs of one underlying, taken whole or not: `quantity` units at one net price.

    `net_price` is the most that the account pays for one unit, dollars per share; below 0 it receives at
    least that much (ADR 0030). None is at market, which only a close may be, by `market_override` (B-10).
    """

    tag: str
    underlying: str
    legs: tuple[RequestLeg, ...]
    quantity: Decimal
    net_price: Decimal | None
    duration: Duration
    originator: Originator = Originator.PERSON
    market_override: bool = False

    @classmethod
    def of(cls, order: Order, trade: Trade, *, market_override: bool = False) -> Self:
        """Return what is asked of the broker by an order of ours over several legs."""
        limit = order.limit_price
        return cls(
            tag=order.tag,
            underlying=trade.ticker,
            legs=tuple(
                RequestLeg(
                    symbol=leg.symbol,
                    side=leg.side,
                    ratio=leg.ratio,
                    instrument=trade.leg_numbered(leg.leg_no).instrument,
                )
                for leg in order.legs
            ),
            quantity=order.quantity,
            net_price=-limit if limit is not None and not order.side.is_buy else limit,
            duration=order.duration,
            originator=trade.originator,
            market_override=market_override,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """The broker took it (which says nothing of acceptance yet): its id for the order or the OCO parent."""

    broker_order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerLeg:
    """What filled of one leg of a combined order: contracts in all, and their average per share.

    `broker_order_id` where the broker has one of its own for each leg.
    """

    symbol: str
    side: OrderSide
    filled_quantity: Decimal
    avg_fill_price: Decimal | None
    broker_order_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerOrder:
    """An order as the broker shows it. An OCO is a parent without prices; its two orders are `alternatives`.

    A combined order has `legs`; its quantities count units, its prices are what the account pays for one,
    below 0 where it receives.

    `status` is one of the live or ended states. `filled_quantity` is cumulative; `avg_fill_price` may be
    None for a moment after a fill (then nothing is booked until it is there). `fees` are cumulative dollars
    when the broker tells them, else None. `withheld_quantity` executed and never came to be held: a fee in
    kind, and what of it is no whole lot. `triggered_at`: since when a stop works as an order of its own.
    """

    broker_order_id: str
    status: OrderStatus
    tag: str | None
    symbol: str | None
    side: OrderSide | None
    type: OrderType | None
    duration: Duration | None
    quantity: Decimal
    filled_quantity: Decimal
    avg_fill_price: Decimal | None
    limit_price: Decimal | None
    stop_price: Decimal | None
    created_at: datetime | None
    updated_at: datetime | None
    reason: str | None = None
    fees: Decimal | None = None
    fill_rule: str = "broker"
    withheld_quantity: Decimal = ZERO
    triggered_at: datetime | None = None
    alternatives: tuple["BrokerOrder", ...] = ()
    legs: tuple[BrokerLeg, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderList:
    """All orders the broker shows for the account, read completely (every page)."""

    orders: tuple[BrokerOrder, ...]
    read_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """What the broker holds: signed quantity, negative is short."""

    symbol: str
    quantity: Decimal
    cost_basis: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastSale:
    """A sale that the account's history tells of. A history without times gives the close of its day."""

    symbol: str
    quantity: Decimal
    price: Decimal
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionReport:
    """What the broker says of a token and its account; `has_expired`: it was good once, and is no longer."""

    ok: bool
    account_id: str | None
    account_type: str | None
    status: str | None
    options_level: int | None
    reason: str | None
    has_expired: bool = False


class Hours(StrEnum):
    """When a broker takes orders: in the sessions of what is traded, or at any time."""

    SESSIONS = "sessions"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a broker can do, and what can happen there; stated by its adapter, never coerced.

    `trigger_precision`: who watches stop and target. `is_outside`: others act there too: its books can differ
    from ours, and it may reject what it took; books of our own cannot, and go back with a database.
    `may_be_reset`: the vendor wipes accounts. `keeps_history`: it tells of sales on earlier days.
    `delivers_shares`: what ends in the money becomes shares, or cash where settled so. `combined_orders`:
    several legs as one, `combined_at_market` to close. `commission`: of fills where no fees are told. `nets`:
    one account holds a contract one way at a time, and who enters the other way takes away what is held.
    """

    name: str
    oco: bool
    holds_protection: bool
    trigger_precision: TriggerPrecision
    lists_today_only: bool
    keeps_history: bool
    min_oco_distance: Decimal
    market_orders: bool
    combined_at_market: bool
    is_outside: bool
    may_be_reset: bool
    delivers_shares: bool
    combined_orders: bool
    fractional_quantities: bool
    stop_types: frozenset[OrderType]
    hours: Hours
    commission: Commission = STANDARD
    nets: bool = False


class Broker(Protocol):
    """One account at one broker. Every method may raise VendorError; see errors.py for what is known then."""

    @property
    def capabilities(self) -> Capabilities:
        """Describe what this broker can do."""
        ...

    def check_room_to_place(self) -> None:
        """Raise BudgetSpent when an order sent now, or its reading back, would find no call left.

        A look and no promise: nothing is counted, and another worker may be faster.
        """
        ...

    def place(self, request: OrderRequest, *, urgency: Urgency = Urgency.ORDER) -> Placed:
        """Send one order, once; never repeated by the adapter."""
        ...

    def place_combined(self, request: CombinedRequest, *, urgency: Urgency = Urgency.ORDER) -> Placed:
        """Send several legs as one order, taken whole or not, once; never repeated by the adapter."""
        ...

    def place_oco(self, request: OcoRequest) -> Placed:
        """Send a stop and a target as one OCO, once."""
        ...

    def read_order(self, broker_order_id: str, *, urgency: Urgency = Urgency.ORDER) -> BrokerOrder:
        """Read one order or OCO parent by the broker's id; raises UnknownOrder when it shows none."""
        ...

    def list_orders(self) -> OrderList:
        """Read every order the broker shows, complete or not at all."""
        ...

    def cancel(self, broker_order_id: str) -> None:
        """Ask for a cancel of an order or OCO parent: an acknowledgement, not a verdict.

        Raises AlreadyFinal or UnknownOrder; the verdict is what `read_order` then shows.
        """
        ...

    def positions(self) -> tuple[Position, ...]:
        """Read what the account holds."""
        ...

    def sales_since(self, symbol: str, since: date) -> tuple[PastSale, ...]:
        """Read what the account's history tells as sold of a contract from a day on, whoever sold it.

        Empty where the broker keeps no such history; a day may come into it a night late.
        """
        ...

    def balance(self) -> Balance:
        """Read the account's money."""
        ...

    def test_connection(self) -> ConnectionReport:
        """Try token and account; authentication failures are a report with ok False, not an error."""
        ...

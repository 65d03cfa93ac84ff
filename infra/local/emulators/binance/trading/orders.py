"""Orders, their lists and trades as the exchange keeps them; pure values (wire/binance.md, 6)."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

ZERO: Final = Decimal(0)
NO_LIST: Final = -1


class Side(StrEnum):
    """Which way an order trades."""

    BUY = "BUY"
    SELL = "SELL"


class Kind(StrEnum):
    """The exchange's types of orders."""

    LIMIT = "LIMIT"
    LIMIT_MAKER = "LIMIT_MAKER"
    MARKET = "MARKET"
    STOP_LOSS = "STOP_LOSS"
    STOP_LOSS_LIMIT = "STOP_LOSS_LIMIT"
    TAKE_PROFIT = "TAKE_PROFIT"
    TAKE_PROFIT_LIMIT = "TAKE_PROFIT_LIMIT"


class State(StrEnum):
    """Where an order stands."""

    NEW = "NEW"
    PENDING_NEW = "PENDING_NEW"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"


class Force(StrEnum):
    """How long an order stays."""

    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"


OPEN: Final = frozenset({State.NEW, State.PENDING_NEW, State.PARTIALLY_FILLED})
#: What waits for a price before it works: the exchange's "algo" orders.
STOPS: Final = frozenset({Kind.STOP_LOSS, Kind.STOP_LOSS_LIMIT})
TARGETS: Final = frozenset({Kind.TAKE_PROFIT, Kind.TAKE_PROFIT_LIMIT})
ALGO: Final = STOPS | TARGETS
LIMITED: Final = frozenset({Kind.LIMIT, Kind.LIMIT_MAKER, Kind.STOP_LOSS_LIMIT, Kind.TAKE_PROFIT_LIMIT})


@dataclass(slots=True, kw_only=True)
class CoinOrder:
    """One order. `quantity` in the base; `quote_wanted` where that much money is to be spent or got.

    `working_at` is None while it waits for its price or for another order of its list.
    """

    id: int
    client_id: str
    symbol: str
    side: Side
    kind: Kind
    force: Force
    quantity: Decimal
    created_at: datetime
    updated_at: datetime
    price: Decimal = ZERO
    stop_price: Decimal | None = None
    quote_wanted: Decimal = ZERO
    list_id: int = NO_LIST
    state: State = State.NEW
    executed: Decimal = ZERO
    quote_executed: Decimal = ZERO
    working_at: datetime | None = None
    expiry_reason: str | None = None
    #: What of it is put aside: of the quote for a purchase, of the base for a sale.
    locked: Decimal = ZERO
    #: A fault has it fill no further.
    is_stuck: bool = False
    response: str | None = None

    @property
    def is_open(self) -> bool:
        """Say whether it may still fill."""
        return self.state in OPEN

    @property
    def is_buy(self) -> bool:
        """Say whether it buys."""
        return self.side is Side.BUY

    @property
    def waits(self) -> bool:
        """Say whether it waits for its price."""
        return self.kind in ALGO and self.working_at is None and self.state is not State.PENDING_NEW

    @property
    def left(self) -> Decimal:
        """What could still fill."""
        return self.quantity - self.executed


@dataclass(slots=True, kw_only=True)
class CoinTrade:
    """One execution, with what it cost in fees."""

    id: int
    order_id: int
    list_id: int
    symbol: str
    price: Decimal
    quantity: Decimal
    commission: Decimal
    commission_asset: str
    at: datetime
    is_buyer: bool
    is_maker: bool

    @property
    def quote(self) -> Decimal:
        """What it came to in the quote."""
        return self.price * self.quantity


class Contingency(StrEnum):
    """What ties the orders of a list."""

    OCO = "OCO"
    OTO = "OTO"


@dataclass(slots=True, kw_only=True)
class OrderList:
    """Orders that depend on one another: the first of an OTO works, the others wait for it."""

    id: int
    client_id: str
    symbol: str
    contingency: Contingency
    created_at: datetime
    updated_at: datetime
    orders: list[int] = field(default_factory=list)
    is_done: bool = False


@dataclass(slots=True, kw_only=True)
class Balance:
    """What an account has of one asset."""

    free: Decimal = ZERO
    locked: Decimal = ZERO


@dataclass(slots=True, kw_only=True)
class CoinBook:
    """One account's balances, orders, lists and trades, in the order in which they came.

    `pays_in_bnb`: fees are taken in BNB while there is any, else in what was received.
    """

    account_id: str
    balances: dict[str, Balance] = field(default_factory=dict)
    orders: dict[int, CoinOrder] = field(default_factory=dict)
    lists: dict[int, OrderList] = field(default_factory=dict)
    trades: list[CoinTrade] = field(default_factory=list)
    fee_share: Decimal = Decimal("0.001")
    pays_in_bnb: bool = False
    #: Up to when the prices of each pair with open orders were looked at.
    seen_until: dict[str, datetime] = field(default_factory=dict)
    updated_at: datetime | None = None

    def balance(self, asset: str) -> Balance:
        """Return what there is of an asset."""
        return self.balances.setdefault(asset, Balance())

    def of_symbol(self, symbol: str | None) -> list[CoinOrder]:
        """Return the orders of a pair, or all."""
        return [one for one in self.orders.values() if symbol is None or one.symbol == symbol]

    def members(self, order: CoinOrder) -> list[CoinOrder]:
        """Return the orders of an order's list."""
        held = self.lists.get(order.list_id)
        return [] if held is None else [self.orders[number] for number in held.orders]


@dataclass(slots=True, kw_only=True)
class Numbers:
    """The exchange's counters, one for all accounts."""

    order: int = 1000
    list: int = 100
    trade: int = 50_000

    def next_order(self) -> int:
        """Return the next order's id."""
        self.order += 1
        return self.order

    def next_list(self) -> int:
        """Return the next list's id."""
        self.list += 1
        return self.list

    def next_trade(self) -> int:
        """Return the next trade's id."""
        self.trade += 1
        return self.trade

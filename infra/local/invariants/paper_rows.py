"""Rows of the paper brokers' own books, which are another party's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperFillRow:
    """A fill in the paper broker's own books, with the touch that it took."""

    id: UUID
    username: str
    order_id: UUID
    tag: str
    type: str
    limit_price: Decimal | None
    stop_price: Decimal | None
    symbol: str
    is_buy: bool
    quantity: Decimal
    price: Decimal
    fees: Decimal
    fill_rule: str
    bid: Decimal | None
    ask: Decimal | None
    quoted_at: datetime
    filled_at: datetime
    legs: Sequence[Mapping[str, Any]] = ()  # Any: the document's own words, of a combined order


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperEventRow:
    """What happened to a paper account without an order: SETTLED, ASSIGNED, DIVIDEND; `cash` in dollars."""

    username: str
    account_id: str
    key: str
    kind: str
    symbol: str
    quantity: Decimal
    price: Decimal
    cash: Decimal
    happened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperAccountRow:
    """A paper account's cash in dollars, of coins in USDT."""

    username: str
    account_id: str
    starting_cash: Decimal
    cash: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperOrderRow:
    """An order in the paper broker's own books; `parent_id` for a leg of an OCO."""

    id: UUID
    username: str
    account_id: str
    parent_id: UUID | None
    tag: str
    symbol: str
    side: str
    type: str | None
    status: str
    quantity: Decimal
    filled_quantity: Decimal
    limit_price: Decimal | None
    stop_price: Decimal | None
    created_at: datetime
    updated_at: datetime
    legs: Sequence[Mapping[str, Any]] = ()  # Any: the document's own words


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperPositionRow:
    """What a paper account holds of one contract."""

    username: str
    account_id: str
    symbol: str
    quantity: Decimal

"""Tax lots: each closing execution matched first in, first out with the openings before it.

As a US taxpayer lists them (IRS Form 8949 and its instructions): cost basis includes what was paid to buy,
proceeds are what is left after paying to sell. Not worked out here: wash sales, the 60/40 split of section
1256 contracts, and the cost that an exercised option hands on to its shares.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from chalicelib.domain.clocks.calendar import new_york_date
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.money import ZERO, to_cents


class Term(StrEnum):
    """How long a lot was held, as the tax knows it."""

    SHORT = "SHORT"
    LONG = "LONG"


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One fill of one instrument; `price` per share, `fees` in account money, positive."""

    at: datetime
    is_buy: bool
    quantity: Decimal
    price: Decimal
    fees: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """What one opening execution brought and one closing execution ended; money to the cent.

    `acquired_at` is when it was bought and `sold_at` when it was sold: of a short lot the later one comes
    first. What has not happened yet is None.
    """

    side: LegSide
    quantity: Decimal
    acquired_at: datetime | None
    sold_at: datetime | None
    buy_price: Decimal | None
    sell_price: Decimal | None
    cost_basis: Decimal | None
    proceeds: Decimal | None
    fees: Decimal
    gain: Decimal | None

    @property
    def is_closed(self) -> bool:
        """Say whether both its sides have happened."""
        return self.acquired_at is not None and self.sold_at is not None

    @property
    def term(self) -> Term | None:
        """Return LONG when it was held for more than a year, counted from the day after it was bought."""
        if self.acquired_at is None or self.sold_at is None:
            return None
        if self.side is LegSide.SHORT:
            return Term.SHORT
        anniversary = _year_later(new_york_date(self.acquired_at))
        return Term.LONG if new_york_date(self.sold_at) > anniversary else Term.SHORT


def _year_later(day: date) -> date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:  # 29 February
        return date(day.year + 1, 2, 28)


@dataclass(slots=True)
class _Held:
    """An opening execution and what is left of it."""

    opening: Execution
    left: Decimal


def match_lots(executions: Iterable[Execution], multiplier: Decimal, side: LegSide) -> list[Lot]:
    """Match executions in the order in which they happened; of one instant, those that open come first.

    What was sold beyond the holding (both exits of a bracket filled) opens a lot of the other side, which its
    purchase closes. Returns closed lots in the order of their closing, then what is still held.
    """
    opens_with_buy = side is LegSide.LONG
    held: deque[_Held] = deque()
    lots: list[Lot] = []
    for execution in sorted(executions, key=lambda one: (one.at, one.is_buy is not opens_with_buy)):
        rest = execution.quantity
        while rest > 0 and held and held[0].opening.is_buy is not execution.is_buy:
            taken = min(rest, held[0].left)
            lots.append(_closed(held[0].opening, execution, taken, multiplier))
            rest -= taken
            held[0].left -= taken
            if held[0].left == 0:
                held.popleft()
        if rest > 0:
            held.append(_Held(opening=execution, left=rest))
    return [*_to_cents(lots), *(_open(one, multiplier) for one in held)]


def _closed(opening: Execution, closing: Execution, quantity: Decimal, multiplier: Decimal) -> Lot:
    buy, sell = (opening, closing) if opening.is_buy else (closing, opening)
    cost, paid = _worth(buy, quantity, multiplier)
    revenue, paid_to_sell = _worth(sell, quantity, multiplier)
    return Lot(
        side=LegSide.LONG if opening.is_buy else LegSide.SHORT,
        quantity=quantity,
        acquired_at=buy.at,
        sold_at=sell.at,
        buy_price=buy.price,
        sell_price=sell.price,
        cost_basis=cost + paid,
        proceeds=revenue - paid_to_sell,
        fees=paid + paid_to_sell,
        gain=revenue - paid_to_sell - cost - paid,
    )


def _open(held: _Held, multiplier: Decimal) -> Lot:
    opening = held.opening
    worth, fees = _worth(opening, held.left, multiplier)
    is_long = opening.is_buy
    return Lot(
        side=LegSide.LONG if is_long else LegSide.SHORT,
        quantity=held.left,
        acquired_at=opening.at if is_long else None,
        sold_at=None if is_long else opening.at,
        buy_price=opening.price if is_long else None,
        sell_price=None if is_long else opening.price,
        cost_basis=to_cents(worth + fees) if is_long else None,
        proceeds=None if is_long else to_cents(worth - fees),
        fees=to_cents(fees),
        gain=None,
    )


def _worth(execution: Execution, quantity: Decimal, multiplier: Decimal) -> tuple[Decimal, Decimal]:
    """Return the money that this part of an execution moved, and its share of the fees."""
    return execution.price * quantity * multiplier, execution.fees * quantity / execution.quantity


def _to_cents(lots: Sequence[Lot]) -> list[Lot]:
    """Round running totals, so that gains add up to the trade's realised P&L to the cent (I-13)."""
    rounded = []
    cost = fees = gain = ZERO
    for lot in lots:
        assert lot.cost_basis is not None
        assert lot.gain is not None
        cost, basis = cost + lot.cost_basis, to_cents(cost + lot.cost_basis) - to_cents(cost)
        fees, charged = fees + lot.fees, to_cents(fees + lot.fees) - to_cents(fees)
        gain, gained = gain + lot.gain, to_cents(gain + lot.gain) - to_cents(gain)
        rounded.append(replace(lot, cost_basis=basis, fees=charged, gain=gained, proceeds=basis + gained))
    return rounded

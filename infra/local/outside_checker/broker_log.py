"""The broker's log, in Tradier's own shape, as a flat list of what can trade."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import gcd
from typing import Final

#: Classes of orders whose legs are taken together or not at all.
COMBINED: Final = frozenset({"multileg", "combo"})
ALIVE: Final = frozenset({"open", "pending", "partially_filled"})
CENT: Final = Decimal("0.01")
NEARLY: Final = Decimal("0.002")


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One order, or one leg of a linked one; `value` is what all its executions come to, per share.

    A combined order counts units of its `legs`, which are executions of their own.
    """

    order_id: str
    group_id: str
    tag: str
    symbol: str
    buys: bool
    status: str
    quantity: Decimal
    executed: Decimal
    average: Decimal
    legs: tuple["Execution", ...] = ()

    @property
    def is_alive(self) -> bool:
        """Say whether it may still fill."""
        return self.status in ALIVE

    @property
    def value(self) -> Decimal:
        """Return quantity times average: each execution is at whole cents, so the sum is, too."""
        exact = self.executed * self.average
        cents = exact.quantize(CENT)
        return cents if abs(exact - cents) <= NEARLY else exact


def read_log(rows: object) -> list[Execution]:
    """Read orders: a list, a single object, or nothing in any of Tradier's spellings. Raises ValueError."""
    return [one for row in _rows(rows) for one in ([_combined(row)] if _is_combined(row) else _legs(row))]


def read_positions(rows: object) -> dict[str, Decimal]:
    """Read positions as quantity by symbol. Raises ValueError."""
    held: dict[str, Decimal] = {}
    for row in _rows(rows):
        symbol = str(row["symbol"])
        held[symbol] = held.get(symbol, Decimal(0)) + decimal_of(row["quantity"])
    return held


def read_taken(rows: object) -> dict[str, Decimal]:
    """Read what went from an account without an order, by symbol; none where that is not told."""
    if rows is None:
        return {}
    if not isinstance(rows, Mapping):
        raise ValueError(f"not by symbol: {rows!r}")
    return {str(symbol): decimal_of(quantity) for symbol, quantity in rows.items()}


def _rows(rows: object) -> Iterator[Mapping[str, object]]:
    if rows is None or rows == "null":
        return
    for row in rows if isinstance(rows, list) else [rows]:
        if not isinstance(row, Mapping):
            raise ValueError(f"not a row: {row!r}")
        yield row


def _is_combined(row: Mapping[str, object]) -> bool:
    return row.get("class") in COMBINED


def _combined(row: Mapping[str, object]) -> Execution:
    """Read a combined order: so many units are executed as every leg has."""
    legs = tuple(_legs(row))
    units = gcd(*(int(leg.quantity) for leg in legs))
    return Execution(
        order_id=str(row["id"]),
        group_id=str(row["id"]),
        tag=str(row.get("tag") or ""),
        symbol=str(row["symbol"]),
        buys=True,
        status=str(row["status"]),
        quantity=Decimal(units),
        executed=min(leg.executed * units / leg.quantity for leg in legs),
        average=Decimal(0),
        legs=legs,
    )


def _legs(row: Mapping[str, object]) -> Iterator[Execution]:
    legs = list(_rows(row.get("leg")))
    for one in legs or [row]:
        yield Execution(
            order_id=str(one["id"]),
            group_id=str(row["id"]),
            tag=str(row.get("tag") or ""),
            symbol=str(one.get("option_symbol") or one["symbol"]),
            buys=str(one["side"]).startswith("buy"),
            status=str(one["status"]),
            quantity=decimal_of(one["quantity"]),
            executed=decimal_of(one.get("exec_quantity") or 0),
            average=decimal_of(one.get("avg_fill_price") or 0),
        )


def decimal_of(value: object) -> Decimal:
    """Read a JSON number. Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise ValueError(f"not a number: {value!r}")
    number = Decimal(str(value))
    if not number.is_finite():
        raise ValueError(f"not a number: {value!r}")
    return number

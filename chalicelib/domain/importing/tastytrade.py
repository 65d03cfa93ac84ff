"""tastytrade's transaction history as CSV: one row an execution, amounts for all of it, aware times."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final

from chalicelib.domain.importing.cells import UnreadableCell
from chalicelib.domain.importing.transactions import (
    Executed,
    NoOptionTrade,
    Titles,
    read_contracts,
    read_money,
)
from chalicelib.domain.instruments.symbols import OPTION_MULTIPLIER, NotAnOptionSymbol, OptionContract
from chalicelib.domain.money import ZERO, to_price
from chalicelib.domain.trading.trades import CloseReason

TASTYTRADE_TITLES: Final[Titles] = frozenset(
    {"Date", "Type", "Action", "Symbol", "Instrument Type", "Value", "Quantity", "Commissions", "Fees"}
    | {"Average Price", "Underlying Symbol", "Call or Put"}
)
_ACTIONS: Final = {
    "BUY_TO_OPEN": (True, True),
    "SELL_TO_OPEN": (True, False),
    "BUY_TO_CLOSE": (False, True),
    "SELL_TO_CLOSE": (False, False),
}
_ENDS: Final = {
    "Expiration": CloseReason.EXPIRED_OTM,
    "Assignment": CloseReason.EXERCISED,
    "Exercise": CloseReason.EXERCISED,
    "Cash Settled Assignment": CloseReason.EXERCISED,
    "Cash Settled Exercise": CloseReason.EXERCISED,
}


def read_tastytrade(row: int, cells: Mapping[str, str]) -> Executed:
    """Read one row; raises NoOptionTrade, UnreadableCell."""
    if cells.get("Instrument Type") != "Equity Option":
        raise NoOptionTrade(f"{cells.get('Type') or 'a row'} that is no trade of a stock option")
    ends_as = _ENDS.get(cells.get("Sub Type", "")) if cells["Type"] == "Receive Deliver" else None
    if cells["Type"] != "Trade" and ends_as is None:
        raise NoOptionTrade(f"{cells['Type']} is not taken over")
    is_opening, is_buy = _action(cells, ends_as)
    quantity = read_contracts(cells)
    worth = abs(read_money(cells, "Value"))
    return Executed(
        row=row,
        contract=_contract(cells["Symbol"]),
        at=_instant(cells["Date"]),
        is_opening=is_opening,
        is_buy=is_buy,
        quantity=quantity,
        price=ZERO if ends_as is not None else _price(worth, quantity),
        fees=abs(read_money(cells, "Commissions")) + abs(read_money(cells, "Fees")),
        order=cells.get("Order #") or None,
        ends_as=ends_as,
    )


def _action(cells: Mapping[str, str], ends_as: CloseReason | None) -> tuple[bool, bool]:
    """Return whether it opens and whether it buys; an expiry ends whatever is held, and may not say."""
    action = _ACTIONS.get(cells["Action"])
    if action is None and ends_as is None:
        raise UnreadableCell("Action", "must be BUY_TO_OPEN, SELL_TO_OPEN, BUY_TO_CLOSE or SELL_TO_CLOSE")
    return (False, False) if action is None else action


def _price(worth: Decimal, quantity: Decimal) -> Decimal:
    price = to_price(worth / (quantity * OPTION_MULTIPLIER))
    if price <= 0:
        raise UnreadableCell("Value", "must be more than nothing")
    return price


def _contract(symbol: str) -> OptionContract:
    try:
        return OptionContract.parse_occ(symbol)
    except NotAnOptionSymbol as error:
        raise UnreadableCell("Symbol", "is not an OCC option symbol") from error


def _instant(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z")
    except ValueError as error:
        raise UnreadableCell("Date", "is not a time such as 2026-01-05T10:02:00-0500") from error

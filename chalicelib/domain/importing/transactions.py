"""One execution as a broker's file tells it, and cells that several brokers write alike. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from chalicelib.domain.clocks.calendar import NEW_YORK
from chalicelib.domain.importing.cells import UnreadableCell
from chalicelib.domain.instruments.symbols import OptionContract, OptionType
from chalicelib.domain.trading.trades import CloseReason

#: The titles that a file of this broker has at least.
Titles = frozenset[str]
_QUANTITY_MAX = 1_000
#: What a root is written with and has not: BRK.B, BRK/B and BRK B are BRKB.
_NO_ROOT = re.compile(r"[./ ]")


class NoOptionTrade(Exception):
    """A row that is no execution of a listed option: its reason is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Executed:
    """One execution: price per share, fees in dollars for all of it; `order` None where the file has none.

    `ends_as` is told of what ends without a sale: EXPIRED_OTM, or EXERCISED for assignments, too.
    """

    row: int
    contract: OptionContract
    at: datetime
    is_opening: bool
    is_buy: bool
    quantity: Decimal
    price: Decimal
    fees: Decimal
    order: str | None = None
    ends_as: CloseReason | None = None


def read_money(cells: Mapping[str, str], title: str) -> Decimal:
    """Read dollars as `-1,094.00`, `$4.20`, `($1.30)`; blank or `--` is nothing."""
    text = cells.get(title, "").replace("$", "").replace(",", "")
    if text in {"", "--"}:
        return Decimal(0)
    if text.startswith("(") and text.endswith(")"):
        text = f"-{text[1:-1]}"
    try:
        amount = Decimal(text)
    except InvalidOperation as error:
        raise UnreadableCell(title, "is not a number") from error
    if not amount.is_finite():
        raise UnreadableCell(title, "is not a number")
    return amount


def read_contract(text: str, pattern: re.Pattern[str], day_form: str, example: str) -> OptionContract:
    """Read an option as a broker spells it: root, day, strike and C or P are the groups of `pattern`."""
    found = pattern.fullmatch(text)
    if found is None:
        raise UnreadableCell("Symbol", f"is not an option such as {example}")
    root, expiry, strike, right = found.groups()
    try:
        return OptionContract(
            root=_NO_ROOT.sub("", root),
            expiry=datetime.strptime(expiry, day_form).replace(tzinfo=NEW_YORK).date(),
            option_type=OptionType.CALL if right == "C" else OptionType.PUT,
            strike=Decimal(strike),
        )
    except ValueError as error:
        raise UnreadableCell("Symbol", f"is not an option such as {example}") from error


def read_contracts(cells: Mapping[str, str], title: str = "Quantity") -> Decimal:
    """Read how many, whichever way they are signed: whole, from 1 to 1,000."""
    quantity = abs(read_money(cells, title))
    if quantity != quantity.to_integral_value() or not 1 <= quantity <= _QUANTITY_MAX:
        raise UnreadableCell(title, "must be a whole number from 1 to 1,000")
    return quantity

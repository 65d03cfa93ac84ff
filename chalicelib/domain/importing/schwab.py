"""Schwab's account transactions as CSV: one row an execution, newest first, days without a time.

A day is told as `01/08/2026`, of what was booked later as `01/09/2026 as of 01/08/2026`; it counts as its
noon in New York. A contract is told as `SPY 01/15/2026 580.00 C`.
"""

import re
from collections.abc import Mapping
from datetime import datetime, time
from typing import Final

from chalicelib.domain.clocks.calendar import NEW_YORK
from chalicelib.domain.importing.cells import UnreadableCell
from chalicelib.domain.importing.transactions import (
    Executed,
    NoOptionTrade,
    Titles,
    read_contract,
    read_contracts,
    read_money,
)
from chalicelib.domain.money import ZERO
from chalicelib.domain.trading.trades import CloseReason

SCHWAB_TITLES: Final[Titles] = frozenset(
    {"Date", "Action", "Symbol", "Description", "Quantity", "Price", "Fees & Comm", "Amount"}
)
_ACTIONS: Final = {
    "Buy to Open": (True, True, None),
    "Sell to Open": (True, False, None),
    "Buy to Close": (False, True, None),
    "Sell to Close": (False, False, None),
    "Expired": (False, False, CloseReason.EXPIRED_OTM),
    "Assigned": (False, False, CloseReason.EXERCISED),
    "Exchange or Exercise": (False, False, CloseReason.EXERCISED),
}
_CONTRACT: Final = re.compile(r"([A-Z][A-Z0-9./]{0,5}) (\d\d/\d\d/\d{4}) (\d+(?:\.\d{1,3})?) ([CP])")
_DAY: Final = re.compile(r"(?:\d\d/\d\d/\d{4} as of )?(\d\d/\d\d/\d{4})")


def read_schwab(row: int, cells: Mapping[str, str]) -> Executed:
    """Read one row; raises NoOptionTrade, UnreadableCell."""
    action = _ACTIONS.get(cells.get("Action", ""))
    if action is None:
        raise NoOptionTrade(f"{cells.get('Action') or 'a row'} that is no trade of an option")
    is_opening, is_buy, ends_as = action
    price = ZERO if ends_as is not None else abs(read_money(cells, "Price"))
    if ends_as is None and price == 0:
        raise UnreadableCell("Price", "must be more than nothing")
    return Executed(
        row=row,
        contract=read_contract(cells["Symbol"], _CONTRACT, "%m/%d/%Y", "SPY 01/15/2026 580.00 C"),
        at=_noon(cells["Date"]),
        is_opening=is_opening,
        is_buy=is_buy,
        quantity=read_contracts(cells),
        price=price,
        fees=abs(read_money(cells, "Fees & Comm")),
        ends_as=ends_as,
    )


def _noon(text: str) -> datetime:
    found = _DAY.fullmatch(text)
    try:
        if found is not None:
            day = datetime.strptime(found[1], "%m/%d/%Y").replace(tzinfo=NEW_YORK).date()
            return datetime.combine(day, time(12), tzinfo=NEW_YORK)
    except ValueError as error:
        raise UnreadableCell("Date", "is not a day such as 01/08/2026") from error
    raise UnreadableCell("Date", "is not a day such as 01/08/2026")

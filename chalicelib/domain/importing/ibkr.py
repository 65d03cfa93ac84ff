"""Interactive Brokers' activity statement as CSV: many tables in one file, each line begun by its table.

The lines `Trades,Data,Order,Equity and Index Options,…` are what counts: one an order, quantities signed,
times of New York, fees negative, and codes that say whether it opened (O) or closed (C), expired (Ep), was
assigned (A) or exercised (Ex). A contract is told as `SPY 16JAN26 580 C`.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
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

IBKR_TITLES: Final[Titles] = frozenset(
    {"DataDiscriminator", "Asset Category", "Currency", "Symbol", "Date/Time", "Quantity", "T. Price"}
    | {"Comm/Fee", "Code"}
)
_OPTIONS: Final = "Equity and Index Options"
_ENDS: Final = {
    "Ep": CloseReason.EXPIRED_OTM,
    "A": CloseReason.EXERCISED,
    "Ex": CloseReason.EXERCISED,
}
_CONTRACT: Final = re.compile(r"([A-Z][A-Z0-9. ]{0,5}) (\d\d[A-Z]{3}\d\d) (\d+(?:\.\d{1,3})?) ([CP])")


def trades_table(lines: Sequence[Sequence[str]]) -> Sequence[Sequence[str]] | None:
    """Return the statement's trades under one header; None for a file that is none.

    Every line keeps its place, so that its number is the file's; what is of another table is empty.
    """
    if not lines or list(lines[0][:2]) != ["Statement", "Header"]:
        return None
    titles: list[str] = []
    found: list[tuple[int, Mapping[str, str]]] = []
    for number, line in enumerate(lines):
        kind = [cell.strip() for cell in line[:2]]
        if kind == ["Trades", "Header"]:
            titles = [cell.strip() for cell in line]
        elif kind == ["Trades", "Data"]:
            found.append((number, dict(zip(titles, line, strict=False))))
    told = {row.get("DataDiscriminator") for _, row in found}
    level = "Order" if "Order" in told else "Trade"  # executions and lots repeat what their order says
    header = sorted(IBKR_TITLES)
    table: list[Sequence[str]] = [header, *([] for _ in lines[1:])]
    for number, row in found:
        if row.get("DataDiscriminator") == level:
            table[number] = [row.get(title, "") for title in header]
    return table


def read_ibkr(row: int, cells: Mapping[str, str]) -> Executed:
    """Read one row; raises NoOptionTrade, UnreadableCell."""
    if cells["Asset Category"] != _OPTIONS:
        raise NoOptionTrade(f"{cells['Asset Category'] or 'a row'} that is no trade of an option")
    if cells["Currency"] != "USD":
        raise NoOptionTrade(f"amounts in {cells['Currency']} are not taken over")
    codes = set(cells["Code"].split(";"))
    if {"O", "C"} <= codes:
        raise NoOptionTrade("an order that closes and opens at once is not taken over")
    if not {"O", "C"} & codes:
        raise UnreadableCell("Code", "must say whether it opened (O) or closed (C)")
    ends_as = next((reason for code, reason in _ENDS.items() if code in codes), None)
    price = ZERO if ends_as is not None else abs(read_money(cells, "T. Price"))
    if ends_as is None and price == 0:
        raise UnreadableCell("T. Price", "must be more than nothing")
    return Executed(
        row=row,
        contract=read_contract(cells["Symbol"], _CONTRACT, "%d%b%y", "SPY 16JAN26 580 C"),
        at=_instant(cells["Date/Time"]),
        is_opening="O" in codes,
        is_buy=read_money(cells, "Quantity") > 0,
        quantity=read_contracts(cells),
        price=price,
        fees=abs(read_money(cells, "Comm/Fee")),
        ends_as=ends_as,
    )


def _instant(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d, %H:%M:%S").replace(tzinfo=NEW_YORK)
    except ValueError as error:
        raise UnreadableCell("Date/Time", "is not a time such as 2026-01-05, 10:02:00") from error

"""Contracts in Interactive Brokers' words (wire/ibkr.md, 8 and 11)."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain.instruments.index_classes import INDEX_CLASSES
from chalicelib.domain.instruments.symbols import NotAnOptionSymbol, OptionContract
from chalicelib.vendors.wire import Node, UnreadablePayload, as_list, as_node, text, whole

#: A search brings listings of the whole world; these are the home of what is traded here.
_US_EXCHANGES: Final = frozenset(
    {"NYSE", "NASDAQ", "ARCA", "AMEX", "BATS", "CBOE", "PHLX", "ISE", "NASDAQ.NMS", "NASDAQ.SCM"}
)
#: `SPX AUG2024 5555 P [SPX   240816P05555000 100]`: root, the rest of the OCC symbol, multiplier.
_DESCRIBED: Final = re.compile(r"\[(?P<root>[A-Z0-9]{1,6}) *(?P<rest>[0-9]{6}[CP][0-9]{8}) [0-9.]+\]")
#: From the last trading day of what settles in the morning to its expiry, holidays and a weekend included.
_MORNING_DAYS_MAX: Final = timedelta(days=5)


def conid_of_underlying(body: object, symbol: str) -> int | None:
    """Return the conid of a share or an index out of a search; None where there is none of it here."""
    if not isinstance(body, list):
        return None
    for value in body:
        row = as_node(value, "a found contract")
        if text(row, "symbol") == symbol and text(row, "description") in _US_EXCHANGES:
            return whole(row, "conid")
    return None


def conid_of_contract(body: object, contract: OptionContract) -> int | None:
    """Return the conid of one contract out of a month's: the same class, the same last day.

    What settles in the morning is told by its last trading day, which is before its expiry (wire, 8).
    """
    rows = [as_node(value, "a contract") for value in as_list(body)]
    fitting = [row for row in rows if text(row, "tradingClass") == contract.root and _ends_as(row, contract)]
    if len(fitting) > 1:
        raise UnreadablePayload("two contracts of one class, strike and day")
    if not fitting:
        return None
    conid = whole(fitting[0], "conid")
    if conid is None:
        raise UnreadablePayload("a contract without its conid")
    return conid


def described_symbol(description: str) -> str | None:
    """Return the OCC symbol that a description of an option bears in brackets, None where it bears none."""
    found = _DESCRIBED.search(description)
    if found is None:
        return None
    try:
        return OptionContract.parse_occ(found["root"] + found["rest"]).to_occ()
    except NotAnOptionSymbol:
        return None


def legs_of(conidex: str) -> Sequence[tuple[int, int]]:
    """Return conid and signed ratio of each leg of `28812380;;;1/1,2/-1`, or of a contract `1@SMART`."""
    head, _, legs = conidex.partition(";;;")
    try:
        if not legs:
            return ((int(head.partition("@")[0]), 1),)
        pairs = [leg.split("/") for leg in legs.split(",")]
        return tuple((int(conid.partition("@")[0]), int(ratio)) for conid, ratio in pairs)
    except ValueError as error:
        raise UnreadablePayload("what an order is over cannot be read") from error


def _ends_as(row: Node, contract: OptionContract) -> bool:
    try:
        last = datetime.strptime(text(row, "maturityDate") or "", "%Y%m%d").date()  # noqa: DTZ007 - a date
    except ValueError as error:
        raise UnreadablePayload("a contract without its last day") from error
    index_class = INDEX_CLASSES.get(contract.root)
    if index_class is None or not index_class.settles_on_open:
        return last == contract.expiry
    return timedelta(0) < contract.expiry - last <= _MORNING_DAYS_MAX

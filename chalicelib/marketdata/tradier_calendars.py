"""Tradier's calendars of earnings and dividends in papertape's words (wire, section 13); pure.

An element without results is of a symbol that the vendor knows nothing of: it is left out. A table may be
missing, null, a list, or the one row that it has.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Final, TypeVar

from chalicelib.domain.desk.pipeline.company_dates import Dividend, EarningsCalendar
from chalicelib.vendors.wire import NOTHING, Node, UnreadablePayload, as_date, as_list, as_node, number, text

T = TypeVar("T")

_EARNINGS_RELEASE: Final = "14"
_EARNINGS: Final = "earnings"


def parse_earnings(body: Iterable[object]) -> Mapping[str, EarningsCalendar]:
    """Return each known symbol's days of earnings, past and announced."""
    return _by_symbol(body, "corporate_calendars", _earnings)


def parse_dividends(body: Iterable[object]) -> Mapping[str, tuple[Dividend, ...]]:
    """Return each known symbol's cash dividends; one whose table is not there is left out."""
    return _by_symbol(body, "cash_dividends", _dividends)


def _by_symbol(
    body: Iterable[object], table: str, read: Callable[[list[Node] | None], T | None]
) -> Mapping[str, T]:
    """Read each element by itself: what cannot be read of one symbol is not known of that one alone."""
    found: dict[str, T] = {}
    for value in body:
        element = as_node(value, "an element")
        symbol = text(element, "request")
        if symbol is None:
            raise UnreadablePayload("an element without its symbol")
        try:
            told = _told(element, table, read)
        except UnreadablePayload:
            continue
        if told is not None:
            found[symbol] = told
    return found


def _told(element: Node, table: str, read: Callable[[list[Node] | None], T | None]) -> T | None:
    if element.get("error") not in NOTHING:
        return None
    results = [as_node(one, "a result") for one in as_list(element.get("results"))]
    tables = [one["tables"] for one in results if isinstance(one.get("tables"), dict)]
    if not tables:
        return None
    having = [as_node(one, "tables") for one in tables if isinstance(one, dict) and table in one]
    if not having:
        return read(None)
    return read([as_node(row, table) for one in having for row in as_list(one[table])])


def _earnings(rows: list[Node] | None) -> EarningsCalendar:
    """Take what speaks of earnings; a calendar of other events alone says nothing of them."""
    if rows is None:
        return EarningsCalendar(days=(), has_table=False)
    days = {day for row in rows if _is_earnings(row) for day in _days(row)}
    return EarningsCalendar(days=tuple(sorted(days)), has_table=bool(days) or not rows)


def _is_earnings(row: Node) -> bool:
    event = text(row, "event")
    return text(row, "event_type") == _EARNINGS_RELEASE or event is None or _EARNINGS in event.lower()


def _days(row: Node) -> Iterable[date]:
    for key in ("begin_date_time", "end_date_time"):
        if row.get(key) not in NOTHING:
            yield as_date(row[key], key)


def _dividends(rows: list[Node] | None) -> tuple[Dividend, ...] | None:
    if rows is None:
        return None
    return tuple(one for row in rows if (one := _dividend(row)) is not None)


def _dividend(row: Node) -> Dividend | None:
    """Read a dividend; one without an ex-date has none to be in the way of."""
    if row.get("ex_date") in NOTHING:
        return None
    amount = number(row, "cash_amount")
    if amount is None:
        raise UnreadablePayload("a dividend without its amount")
    return Dividend(
        ex_date=as_date(row["ex_date"], "ex_date"),
        amount=float(amount),
        times_a_year=int(number(row, "frequency") or 0),
    )

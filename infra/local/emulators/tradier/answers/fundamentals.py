"""Dates of earnings and dividends in Tradier's shape (wire notes, 13): an element for each symbol asked for.

An element without results is of a symbol that the vendor knows nothing about; a result without the table
asked for, or with an empty one, is of one for which there is nothing.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Final
from zlib import crc32

from infra.local.emulators.market.calendars import Calendars, Dividend
from infra.local.emulators.market.feed import Feed
from infra.local.emulators.market.instruments import Instrument, Kind
from infra.local.emulators.market.sessions import new_york_date, session_before
from infra.local.emulators.serving.exchange import EmulatorRequest
from infra.local.emulators.tradier.problems import no_route

PREFIX: Final = "/beta/markets/fundamentals/"
EARNINGS_RELEASE: Final = 14
PAID_AFTER: Final = timedelta(days=14)
DECLARED_BEFORE: Final = timedelta(days=21)
QUARTERLY: Final = 4
Result = dict[str, object]


def answer_fundamentals(feed: Feed, calendars: Calendars, request: EmulatorRequest) -> list[object]:
    """Answer a call for fundamentals. Raises Refusal for those that are not emulated."""
    results_of = _TABLES.get(request.path.removeprefix(PREFIX))
    if results_of is None or request.method != "GET":
        raise no_route()
    symbols = [name.strip().upper() for name in request.query.get("symbols", "").split(",")]
    today = new_york_date(feed.market.now())
    found: list[object] = []
    for symbol in dict.fromkeys(name for name in symbols if name):
        instrument = feed.market.instrument(symbol)
        results = [] if instrument is None else results_of(calendars, instrument, today)
        found.append({"request": symbol, "type": "Symbol", "results": results})
    return found


def _calendars(calendars: Calendars, instrument: Instrument, today: date) -> list[Result]:
    days = calendars.earnings(instrument, today)
    if days is None:
        return []
    own = _identifier(instrument)
    rows = [
        {
            "company_id": own,
            "begin_date_time": day.isoformat(),
            "end_date_time": day.isoformat(),
            "event_type": EARNINGS_RELEASE,
            "event": "Earnings Release",
            "event_status": "Confirmed",
            "time_zone": "US/Eastern",
        }
        for day in days
    ]
    is_company = instrument.kind is Kind.STOCK
    return [{"type": "Company", "tables": {"corporate_calendars": rows} if is_company or rows else {}}]


def _dividends(calendars: Calendars, instrument: Instrument, today: date) -> list[Result]:
    dividends = calendars.dividends(instrument, today)
    if dividends is None:
        return []
    own = _identifier(instrument)
    rows = [_dividend(own, one) for one in dividends]
    return [{"type": "Stock", "id": own, "tables": {"cash_dividends": rows}}]


def _dividend(identifier: str, dividend: Dividend) -> Result:
    ex_date = dividend.ex_date
    return {
        "share_class_id": identifier,
        "dividend_type": "CD",
        "ex_date": ex_date.isoformat(),
        "cash_amount": dividend.amount,
        "currency_i_d": "USD",
        "declaration_date": session_before(ex_date - DECLARED_BEFORE).day.isoformat(),
        "frequency": QUARTERLY,
        "pay_date": session_before(ex_date + PAID_AFTER).day.isoformat(),
        "record_date": ex_date.isoformat(),
    }


def _corporate_actions(_calendars: Calendars, instrument: Instrument, _today: date) -> list[Result]:
    """Answer that there was no split: prices here never were."""
    return [{"type": "Stock", "id": _identifier(instrument), "tables": {"stock_splits": []}}]


def _identifier(instrument: Instrument) -> str:
    """Return a share class's id in the look of the vendor's, `0P000000GY`."""
    return f"0P{crc32(instrument.symbol.encode()):08X}"


_TABLES: Final[Mapping[str, Callable[[Calendars, Instrument, date], list[Result]]]] = {
    "calendars": _calendars,
    "dividends": _dividends,
    "corporate_actions": _corporate_actions,
}

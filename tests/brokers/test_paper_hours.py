"""The paper broker trades each instrument by its own calendar (W-06, A-05)."""

from datetime import date, datetime, time

import pytest

from chalicelib.brokers.errors import Refused
from chalicelib.domain.clocks.calendar import Closure, MarketCalendar, new_york_instant
from chalicelib.domain.market.quotes import OptionQuote
from chalicelib.domain.trading.orders import OrderStatus
from tests.brokers.paper_books import Books, option, shown

THURSDAY = date(2026, 2, 19)
SPY = option("600C")
SPXW = "SPXW260320C05000000"


def books(hour: int, minute: int = 0, *, day: date = THURSDAY) -> Books:
    """Return an account at a New York time."""
    return Books(at=new_york_instant(day, time(hour, minute)))


def quoted(book: Books, *symbols: str) -> list[OptionQuote]:
    """Return fresh quotes of 1.00 to 1.05."""
    return [shown(symbol, "1.00", "1.05", at=book.at) for symbol in symbols]


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """Return a New York time as an instant."""
    return new_york_instant(day, time(hour, minute))


def test_index_options_fill_after_the_markets_close() -> None:
    """W-06: at 16:05 the one fills and the other waits for the open."""
    book = books(16, 5)
    late = book.single("+", SPXW, 1, quotes=quoted(book, SPXW))
    waits = book.single("+", SPY, 1, quotes=quoted(book, SPY))

    assert (late.status, waits.status) == (OrderStatus.FILLED, OrderStatus.PENDING)
    book.at = at(date(2026, 2, 20), 9, 30)
    book.meet(*quoted(book, SPY))
    assert waits.status is OrderStatus.FILLED


def test_nothing_fills_after_the_last_bell() -> None:
    """W-06: from 16:15 on an index option waits too."""
    book = books(16, 15)

    assert book.single("+", SPXW, 1, quotes=quoted(book, SPXW)).status is OrderStatus.PENDING


def test_a_day_order_ends_with_its_own_session() -> None:
    """W-06: at 16:00 or 16:15, and a structure of both last days at the earlier."""
    book = books(12)
    single = book.single("+", SPXW, 1, "0.50")
    spread = book.combined({SPXW: "+", "SPXW260320C05100000": "-"}, 1, "0.10")

    assert book.single("+", SPY, 1, "0.50").expires_at == at(THURSDAY, 16)
    assert (single.expires_at, spread.expires_at) == (at(THURSDAY, 16, 15), at(THURSDAY, 16, 15))
    states = []
    for minute in (10, 20):
        book.at = at(THURSDAY, 16, minute)
        book.meet(*quoted(book, SPXW))
        states.append(single.status)
    assert states == [OrderStatus.OPEN, OrderStatus.EXPIRED]


@pytest.mark.parametrize(("symbol", "minute"), [(SPY, 0), (SPXW, 15)])
def test_a_bell_decreed_after_an_order_was_taken_ends_it(symbol: str, minute: int) -> None:
    """A-05, I-18: by the day's bell as it is known now, at its instant; an index option's is its own."""
    book = books(10)
    order = book.single("+", symbol, 1, "0.50")
    book.calendar = MarketCalendar(closures={THURSDAY: Closure(day=THURSDAY, closes=time(11), reason="")})
    book.at = at(THURSDAY, 11, 5)
    book.meet(*quoted(book, symbol))
    assert order.status is (OrderStatus.OPEN if minute else OrderStatus.EXPIRED)

    book.at = at(THURSDAY, 11, 20)
    book.meet(*quoted(book, symbol))
    assert (order.status, order.updated_at) == (OrderStatus.EXPIRED, at(THURSDAY, 11, minute))


def test_on_its_last_day_what_settles_on_the_close_ends_with_the_market() -> None:
    """W-06: not a quarter of an hour later."""
    book = books(12, day=date(2026, 3, 20))
    order = book.single("+", SPXW, 1, "0.50")

    assert order.expires_at == at(date(2026, 3, 20), 16)
    book.at = at(date(2026, 3, 20), 16, 1)
    with pytest.raises(Refused):
        book.single("+", SPXW, 1, "0.50")


def test_what_settles_on_the_open_is_not_taken_on_its_last_morning() -> None:
    """W-05: it traded last the day before, to 16:15."""
    book = books(16, 10, day=date(2026, 3, 19))
    assert book.single("+", "SPX260320C05000000", 1, "0.50").expires_at == at(date(2026, 3, 19), 16, 15)

    book.at = at(date(2026, 3, 20), 9, 45)
    with pytest.raises(Refused, match="Expiration"):
        book.single("+", "SPX260320C05000000", 1, "0.50")


def test_a_combined_order_fills_while_all_its_legs_trade() -> None:
    """W-06: shares and a call on them wait at 16:05, though quotes come."""
    book = books(16, 5)
    legs = {"SPY": "+100", SPY: "-"}
    order = book.combined(legs, 1, "100.00", [*quoted(book, "SPY"), *quoted(book, SPY)])

    assert order.status is OrderStatus.PENDING

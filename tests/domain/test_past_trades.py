"""A spreadsheet of past trades, as people keep them (docs/import.md)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.past_trades import ROWS_MAX, ReadFile, read_past_trades
from chalicelib.domain.symbols import OptionType
from chalicelib.domain.trades import CloseReason

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
HEADER = "symbol,qty,entry_date,entry_price,close_date,close_price,fees,strategy,close_reason,card_score\n"
ROW = "SPY260220C00600000,2,2026-02-02 10:00,4.20,2026-02-03 15:30,5.00,1.40,breakout,TP_HIT,80\n"


def read(text: str) -> ReadFile:
    return read_past_trades(text, now=NOW)


def test_a_row_is_a_closed_trade() -> None:
    """Times without an offset are New York's."""
    (trade,) = read(HEADER + ROW).trades

    assert (trade.contract.to_occ(), trade.ticker, trade.qty) == ("SPY260220C00600000", "SPY", 2)
    assert trade.entry_at == datetime(2026, 2, 2, 15, 0, tzinfo=UTC)
    assert trade.closed_at == datetime(2026, 2, 3, 20, 30, tzinfo=UTC)
    assert (trade.entry_price, trade.close_price, trade.fees) == (
        Decimal("4.20"),
        Decimal("5.00"),
        Decimal("1.40"),
    )
    assert (trade.strategy, trade.close_reason) == ("breakout", CloseReason.TP_HIT)


def test_columns_go_by_the_names_that_people_use() -> None:
    """Semicolons, dollars, American dates, a byte-order mark, columns of no use to us."""
    text = (
        "\ufeffUnderlying;Call/Put;Strike Price;Expiration Date;Contracts;Date Acquired;Cost;Date Sold;"
        "Sell Price;My column\n"
        "AAPL;p;$1,180.50;2/20/2026;1;1/15/2026 2:30 PM;$4.20;1/16/26;0;whatever\n"
    )
    (trade,) = read(text).trades

    assert trade.contract.option_type is OptionType.PUT
    assert trade.contract.strike == Decimal("1180.50")
    assert trade.entry_at == datetime(2026, 1, 15, 19, 30, tzinfo=UTC)
    assert trade.closed_at == datetime(2026, 1, 16, 17, 0, tzinfo=UTC)
    assert trade.close_reason is CloseReason.EXPIRED_OTM


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"symbol": "SPY"}, "symbol"),
        ({"qty": "0"}, "qty"),
        ({"qty": "1.5"}, "qty"),
        ({"qty": "NaN"}, "qty"),
        ({"entry_price": "0"}, "entry_price"),
        ({"entry_price": "four"}, "entry_price"),
        ({"entry_price": "-4"}, "entry_price"),
        ({"close_price": "1e9"}, "close_price"),
        ({"entry_date": "yesterday"}, "entry_date"),
        ({"entry_date": "2026-02-30"}, "entry_date"),
        ({"close_date": "2026-02-01"}, "close_date"),
        ({"close_date": "2026-03-03"}, "close_date"),
        ({"close_date": ""}, "close_date"),
        ({"close_reason": "REJECTED"}, "close_reason"),
        ({"strategy": "x" * 21}, "strategy"),
        ({"entry_price": "0.00001"}, "entry_price"),
        ({"entry_date": "1969-12-31"}, "entry_date"),
        ({"entry_date": "0001-01-01T00:00+14:00"}, "entry_date"),
        ({"close_date": "9999-12-31T23:59-14:00"}, "close_date"),
        ({"card_score": "1e12"}, "card_score"),
    ],
)
def test_a_cell_without_a_meaning_is_named_with_its_row(cells: dict[str, str], column: str) -> None:
    names = HEADER.strip().split(",")
    values = dict(zip(names, ROW.strip().split(","), strict=True)) | cells
    found = read(HEADER + ROW + ",".join(values[name] for name in names) + "\n")

    assert [(fault.row, fault.column) for fault in found.faults] == [(3, column)]
    assert len(found.trades) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no header"),
        ("ticker,qty\nSPY,1\n", "either symbol"),
        ("symbol,qty,entry_date,entry_price,close_date\n", "missing in the header"),
        ("symbol," + HEADER + ROW, "twice"),
        (HEADER + ROW * (ROWS_MAX + 1), "2000 rows"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(text: str, said: str) -> None:
    found = read(text)

    assert found.trades == ()
    assert any(said in fault.message for fault in found.faults)


def test_equal_rows_are_two_trades_and_the_same_file_again_is_none() -> None:
    """The fingerprint tells a repeated row from a second trade."""
    first, second = read(HEADER + ROW + ROW).trades
    again = read(HEADER + ROW).trades[0]

    assert first.fingerprint != second.fingerprint
    assert again.fingerprint == first.fingerprint


def test_a_row_is_the_same_however_its_numbers_are_written() -> None:
    """Spreadsheets drop trailing zeros when they save a file again."""
    (written,) = read(HEADER + ROW).trades
    (saved_again,) = read(HEADER + ROW.replace("4.20", "4.2").replace("5.00", "$5")).trades

    assert saved_again.fingerprint == written.fingerprint


@given(text=st.text(max_size=400), body=st.text(max_size=200))
def test_no_text_breaks_the_reader(text: str, body: str) -> None:
    """Whatever stands in a file is a trade, a fault, or nothing."""
    for candidate in (text, HEADER + body, HEADER + ROW + body):
        found = read(candidate)
        assert all(trade.closed_at <= NOW for trade in found.trades)
        assert all(trade.closed_at - trade.entry_at >= timedelta(0) for trade in found.trades)

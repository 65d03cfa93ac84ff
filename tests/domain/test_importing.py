"""A spreadsheet of past trades, as people keep them (docs/import.md)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.importing.numbers import DecimalMark, read_number
from chalicelib.domain.importing.past_trades import ROWS_MAX, ReadFile, read_past_trades
from chalicelib.domain.instruments.symbols import OptionType
from chalicelib.domain.trading.trades import CloseReason

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
HEADER = "symbol,qty,entry_date,entry_price,close_date,close_price,fees,strategy,close_reason,card_score\n"
ROW = "SPY260220C00600000,2,2026-02-02 10:00,4.20,2026-02-03 15:30,5.00,1.40,breakout,TP_HIT,80\n"


def read(text: str) -> ReadFile:
    return read_past_trades(text, now=NOW)


def test_a_row_is_a_closed_trade() -> None:
    """Times without an offset are New York's."""
    (trade,) = read(HEADER + ROW).trades

    assert (trade.symbol, trade.ticker, int(trade.qty)) == ("SPY260220C00600000", "SPY", 2)
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

    assert trade.contract is not None
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


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize(
    ("entry", "close", "strike", "fees"),
    [
        ("4,20", "1.005,10", "1.180,50", "-1,40"),
        ("4.20", "1,005.10", "$1,180.50", "(1.40)"),
        ("4,20", "1 005,10", "1\u00a0180,5", "1,4-"),
        ("4.2", "1'005.1", "1\u2019180.5", "\u22121.4"),
    ],
)
def test_numbers_mean_the_same_in_every_country(
    separator: str, entry: str, close: str, strike: str, fees: str
) -> None:
    """A-16: semicolons, decimal commas, thousands of all kinds, and costs as brokers write them."""
    names = ("ticker", "right", "strike", "expiry", "qty", "opened", "cost", "closed", "exit", "commission")
    cells = ("SPX", "C", strike, "20.03.2026", "2", "02.02.2026 10:00", entry, "3.2.2026", close, fees)
    line = separator.join(f'"{cell}"' for cell in cells)
    (trade,) = read(separator.join(names) + f"\n{line}\n").trades

    assert trade.symbol == "SPX260320C01180500"
    assert (trade.entry_price, trade.close_price) == (Decimal("4.20"), Decimal("1005.10"))
    assert trade.fees == Decimal("1.40")


@pytest.mark.parametrize(
    ("entry", "close", "said"),
    [
        ("1,234", "2", "could be 1234 or 1.234"),
        ("1.234", "2", "could be 1234 or 1.234"),
        ("1,234", "4,20", None),
        ("1.234", "4.20", None),
        ("€4.20", "5.00", "not in dollars"),
        ("1.234.56", "5.00", "not a number"),
        ("1,23,456", "5.00", "not a number"),
        ("4 20", "5.00", "not a number"),
    ],
)
def test_a_number_with_two_readings_is_read_as_the_file_writes_or_refused(
    entry: str, close: str, said: str | None
) -> None:
    """A-16: never guessed; the file's other cells are the only witnesses."""
    row = f"SPY260220C00600000;1;2026-02-02 10:00;{entry};2026-02-03 15:30;{close}"
    found = read("symbol;qty;entry_date;entry_price;close_date;close_price\n" + row)

    if said is None:
        assert found.faults == ()
        assert found.trades[0].entry_price == Decimal("1.234")
    else:
        assert said in found.faults[0].message


def test_a_file_with_both_decimal_marks_refuses_what_either_could_mean() -> None:
    """A-16: 4,20 and 4.20 leave no doubt, 1,234 beside them does."""
    head = "symbol;qty;entry_date;entry_price;close_date;close_price\n"
    rows = [
        f"SPY260220C00600000;1;2026-02-02 10:00;{entry};2026-02-03 15:30;{close}"
        for entry, close in (("4,20", "5"), ("4.20", "5"), ("1,234", "5"))
    ]
    found = read(head + "\n".join(rows))

    assert [trade.entry_price for trade in found.trades] == [Decimal("4.20"), Decimal("4.20")]
    assert [(fault.row, fault.column) for fault in found.faults] == [(4, "entry_price")]


@pytest.mark.parametrize(
    ("entry", "close", "days"),
    [
        ("3/2/2025", "3/20/2025", ("2025-03-02", "2025-03-20")),
        ("3/2/2025", "20/3/2025", ("2025-02-03", "2025-03-20")),
        ("02-03-2025", "20-03-2025", ("2025-03-02", "2025-03-20")),
        ("2025/3/2", "2025/03/20", ("2025-03-02", "2025-03-20")),
        ("2 Mar 2025", "Mar 20, 2025", ("2025-03-02", "2025-03-20")),
        ("02.03.25", "20.3.2025", ("2025-03-02", "2025-03-20")),
        ("5/5/2025", "5/5/2025", ("2025-05-05", "2025-05-05")),
        ("3/2/2025", "3/4/2025", None),
        ("25/02/03", "25/02/04", None),
        ("10/11/12", "10/11/12", None),
    ],
)
def test_a_day_with_two_readings_is_read_as_the_file_writes_or_refused(
    entry: str, close: str, days: tuple[str, str] | None
) -> None:
    """A-16: 3/2 is in March for some and in February for others."""
    head = "symbol,qty,entry_date,entry_price,close_date,close_price\n"
    found = read(head + f'SPY261220C00600000,1,"{entry} 10:00",4.20,"{close} 11:00",5.00\n')

    if days is None:
        assert "could be" in found.faults[0].message
    else:
        assert found.faults == ()
        trade = found.trades[0]
        assert (trade.entry_at.date().isoformat(), trade.closed_at.date().isoformat()) == days


@pytest.mark.parametrize(
    "text",
    ["2026-02-02 25:00", "2026-02-02 1000", "2026-02-02T10", "20260202T1000", "2/2/2026 13:00 PM", "46055"],
)
def test_a_time_that_cannot_be_read_is_no_noon(text: str) -> None:
    """A-16: refused, never guessed; a day alone is noon."""
    found = read(HEADER + ROW.replace("2026-02-02 10:00", text))

    assert [(fault.row, fault.column) for fault in found.faults] == [(2, "entry_date")]
    (day,) = read(HEADER + ROW.replace("2026-02-02 10:00", "2026-02-02")).trades
    assert day.entry_at == datetime(2026, 2, 2, 17, 0, tzinfo=UTC)


def test_a_time_that_new_york_never_had_is_refused() -> None:
    """A-16: the hour that daylight saving leaves out is nobody's."""
    found = read(HEADER + ROW.replace("2026-02-02 10:00", "2025-03-09 02:30"))

    assert [(fault.row, fault.column) for fault in found.faults] == [(2, "entry_date")]


@pytest.mark.parametrize(
    ("entry", "close", "column"),
    [
        ("2026-02-02 10:00", "2026-03-01 10:00", "close_date"),
        ("2026-02-21 10:00", "2026-02-22 10:00", "entry_date"),
        ("2026-02-02 10:00", "2026-02-23 10:00", None),
    ],
)
def test_nobody_trades_a_contract_that_is_over(entry: str, close: str, column: str | None) -> None:
    """A-16: refused, never guessed; what expired may be booked on the days after."""
    row = ROW.replace("2026-02-02 10:00", entry).replace("2026-02-03 15:30", close)

    assert [fault.column for fault in read(HEADER + row).faults] == ([] if column is None else [column])


def test_fees_with_both_signs_say_nothing() -> None:
    """A-16: a broker's -1.40 is a cost; beside +0.70 it may be a rebate, and is refused."""
    found = read(HEADER + ROW.replace("1.40", "-1.40") + ROW.replace("1.40", "0.70"))

    assert [(fault.row, fault.column) for fault in found.faults] == [(2, "fees")]


def test_commissions_and_fees_are_both_costs() -> None:
    """Brokers keep them in two columns; neither is dropped."""
    text = (HEADER + ROW).replace(",fees,", ",commission,fees,").replace(",1.40,", ",-1.00,-0.40,")
    (trade,) = read(text).trades

    assert trade.fees == Decimal("1.40")


@pytest.mark.parametrize("spelling", ["BRK/B", "brk.b", "BRK-B", "BRK B", "BRKB"])
def test_a_share_class_has_one_name(spelling: str) -> None:
    """A-16: by-ticker figures know one class under one name, however the file spells it."""
    head = "ticker,type,strike,exp,qty,opened,cost,closed,exit\n"
    (trade,) = read(head + f"{spelling},C,480,2026-03-20,1,2026-02-02,4.20,2026-02-03,5.00\n").trades

    assert (trade.ticker, trade.symbol) == ("BRK/B", "BRKB260320C00480000")


@given(
    amount=st.decimals(min_value=0, max_value=999_999, places=2),
    grouping=st.sampled_from(["", ",", " ", "'"]),
    mark=st.sampled_from([".", ","]),
)
def test_two_decimals_leave_no_doubt(amount: Decimal, grouping: str, mark: str) -> None:
    """Whatever groups the thousands: a price with its cents is read to the cent without any other witness."""
    if grouping == mark:
        grouping = "."
    text = f"{amount:,.2f}".replace(".", "#").replace(",", grouping).replace("#", mark)

    assert read_number(text, frozenset()) == amount
    assert read_number(f"-{text}", frozenset()) == -amount


@given(
    thousands=st.lists(st.integers(0, 999), min_size=1, max_size=2),
    first=st.integers(1, 999),
    mark=st.sampled_from(list(DecimalMark)),
)
def test_a_witness_decides_what_thousands_look_like(
    thousands: list[int], first: int, mark: DecimalMark
) -> None:
    """The same text is read by the mark that the file shows, and never by another."""
    text = mark.other.join([str(first), *(f"{group:03d}" for group in thousands)])
    whole = Decimal("".join([str(first), *(f"{group:03d}" for group in thousands)]))

    assert read_number(text, frozenset({mark})) == whole


@given(text=st.text(max_size=400), body=st.text(max_size=200))
def test_no_text_breaks_the_reader(text: str, body: str) -> None:
    """Whatever stands in a file is a trade, a fault, or nothing."""
    for candidate in (text, HEADER + body, HEADER + ROW + body):
        found = read(candidate)
        assert all(trade.closed_at <= NOW for trade in found.trades)
        assert all(trade.closed_at - trade.entry_at >= timedelta(0) for trade in found.trades)

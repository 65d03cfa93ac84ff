"""B-12: bars, closes of indices, IV, earnings, ex-dates and macro windows, authentic and bad."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import fastparquet
import numpy as np
import pandas as pd
import pytest

from chalicelib.domain.backtest.history import EarningsDays
from chalicelib.domain.backtest.loading.daily import (
    DailyFile,
    Kind,
    bars_of,
    dividends_of,
    earnings_of,
    macro_windows_of,
    read_daily,
    series_of,
    write_daily,
)
from infra.history.daily import load_daily
from infra.history.faults import BadFile
from tests.history.support import sample, written


def one(kind: Kind, path: Path, symbol: str | None = None) -> DailyFile:
    """Load one file of one symbol, through the bytes that are stored."""
    (file,) = (each for each in load_daily(kind, [path], symbol) if each.kind is kind)
    assert read_daily(write_daily(file)) == file
    return file


@pytest.mark.parametrize(
    ("name", "asked", "symbol", "day", "close"),
    [
        ("fixtures/history/cboe_vix_history.csv", "VIX", "VIX", date(2004, 11, 8), 13.8),
        ("fixtures/history/vix_daily_iso.csv", "VIX", "VIX", date(2004, 11, 8), 13.8),
        ("fixtures/history/cboe_vvix_history.csv", None, "VVIX", date(2026, 5, 20), 91.34),
        ("data/arch/vix.csv.gz", None, "VIX", date(2014, 1, 3), 13.76),
    ],
)
def test_closes_of_an_index_are_read_in_both_layouts(
    name: str, asked: str | None, symbol: str, day: date, close: float
) -> None:
    """The row of 2004-11-08 has an absurd open; only the close is taken (wire/history-data.md 1.1)."""
    file = one(Kind.CLOSES, sample(name), asked)

    series = series_of(file)
    assert file.symbol == symbol
    assert series.value[series.day == day.toordinal()].tolist() == [close]


def test_cboes_own_name_of_a_file_says_which_index_it_is(tmp_path: Path) -> None:
    path = written(tmp_path / "VIX3M_History.csv", ["DATE,OPEN,HIGH,LOW,CLOSE", "01/03/2024,15,16,14,15.5"])

    assert one(Kind.CLOSES, path).symbol == "VIX3M"


def test_thirty_six_years_of_vix_have_a_close_on_each_session_but_seven() -> None:
    file = one(Kind.CLOSES, sample("data/finance_vix/vix-daily.csv"), "VIX")

    assert (len(file.rows), file.rows[0].day, file.rows[-1].day) == (
        9202,
        date(1990, 1, 2),
        date(2026, 7, 23),
    )
    gaps = next(fault for fault in file.faults if fault.kind == "a gap before this row")
    assert gaps.count == 4
    assert gaps.places[0].text == "VIX has no row of 1991-03-01 to 1991-03-01, 1 sessions"


@pytest.mark.parametrize(
    ("name", "asked", "symbol"),
    [
        ("fixtures/history/yahoo_old_single_header_derived.csv", "^VIX", "VIX"),
        ("fixtures/history/yahoo_three_header_rows_derived.csv", None, "VIX"),
    ],
)
def test_yahoos_layouts_tell_the_same_bars(name: str, asked: str | None, symbol: str) -> None:
    file = one(Kind.BARS, sample(name), asked)

    bars = bars_of(file)
    assert file.symbol == symbol
    assert bars.day.tolist() == [date(2026, 7, 21).toordinal(), date(2026, 7, 22).toordinal()]
    assert bars.close.tolist() == pytest.approx([17.05, 16.64])
    assert bars.high.tolist() == pytest.approx([17.99, 19.49])


def test_a_year_of_spy_has_its_bars_and_its_four_dividends() -> None:
    bars, paid = load_daily(Kind.BARS, [sample("data/lumibot/SPY.csv")], "SPY")

    columns = bars_of(bars)
    assert (len(columns.day), columns.volume[0]) == (252, 126925200), "volumes keep all their digits"
    assert read_daily(write_daily(bars)) == bars
    assert [item.ex_date for item in dividends_of(paid).items] == [
        date(2019, 3, 15),
        date(2019, 6, 21),
        date(2019, 9, 20),
        date(2019, 12, 20),
    ]


def test_leans_bars_are_in_ten_thousandths_and_without_a_header() -> None:
    file = one(Kind.BARS, sample("data/lean/equity/usa/daily/aapl.zip"), "AAPL")

    bars = bars_of(file)
    assert len(bars.day) == len(file.rows) > 5_800
    assert bars.close[bars.day == date(2014, 6, 6).toordinal()].tolist() == pytest.approx([645.57], abs=0.1)


def test_a_table_of_several_symbols_with_splits_tells_each() -> None:
    files = load_daily(Kind.BARS, [sample("data/options_backtester/test_data_stocks.csv")], None)

    by_symbol = {file.symbol: file for file in files if file.kind is Kind.BARS}
    assert len(by_symbol) == 11
    assert bars_of(by_symbol["VOO"]).close[0] == 206.74, "the raw close, not the adjusted one"


def test_yahoos_chart_json_is_read_with_its_holes(tmp_path: Path) -> None:
    stamps = [int(datetime(2024, 1, day, 14, 30, tzinfo=UTC).timestamp()) for day in (2, 3, 4)]
    prices = {name: [470.0, None, 468.5] for name in ("open", "high", "low", "close")}
    chart = {
        "result": [
            {
                "meta": {"symbol": "SPY"},
                "timestamp": stamps,
                "indicators": {"quote": [{**prices, "volume": [100, None, 90]}]},
            }
        ],
        "error": None,
    }
    path = tmp_path / "spy.json"
    path.write_text(json.dumps({"chart": chart}))

    file = one(Kind.BARS, path)

    assert (file.symbol, bars_of(file).close.tolist()) == ("SPY", [470.0, 468.5])
    assert {fault.kind: fault.count for fault in file.faults} == {"no bar": 1, "a gap before this row": 1}


def test_the_yearly_sets_underlying_prices_are_read_from_parquet(tmp_path: Path) -> None:
    path = tmp_path / "underlying_prices.parquet"
    frame = pd.DataFrame(
        {
            "symbol": ["SPY", "SPY"],
            "date": ["2024-01-02", "2024-01-03"],
            **{name: [472.1, 470.4] for name in ("open", "high", "low", "close")},
            "volume": np.array([1_234_567_890, 5], dtype=np.int64),
        }
    )
    fastparquet.write(str(path), frame)

    bars = bars_of(one(Kind.BARS, path))

    assert bars.close.tolist() == [472.1, 470.4]
    assert bars.volume.tolist() == [1_234_567_890, 5]


def test_adjusted_prices_of_a_share_are_said_to_be(tmp_path: Path) -> None:
    lines = [
        "Price,Close,High,Low,Open,Volume",
        "Ticker,SPY,SPY,SPY,SPY,SPY",
        "Date,,,,,",
        "2024-01-03,1,1,1,1,1",
    ]

    file = one(Kind.BARS, written(tmp_path / "spy.csv", lines))

    assert [(fault.kind, fault.is_left_out) for fault in file.faults] == [("adjusted prices", False)]


def test_iv_earnings_dividends_and_macro_windows_are_read(tmp_path: Path) -> None:
    iv = written(tmp_path / "iv.csv", ["symbol,date,iv", "SPY,2024-01-02,0.121", "SPY,2024-01-03,0.125"])
    assert series_of(one(Kind.IV, iv)).value.tolist() == [0.121, 0.125]

    earnings = written(tmp_path / "earnings.csv", ["symbol,date", "AAPL,2024-02-01"])
    assert earnings_of(one(Kind.EARNINGS, earnings)) == EarningsDays(days=(date(2024, 2, 1),))
    none = written(tmp_path / "none.csv", ["symbol,date"])
    assert earnings_of(one(Kind.EARNINGS, none, "SPY")).has_none, "a file that names the symbol and no day"

    paid = written(tmp_path / "paid.csv", ["symbol,ex_date,amount,times_a_year", "SPY,3/15/2024,1.59,4"])
    (dividend,) = dividends_of(one(Kind.DIVIDENDS, paid)).items
    assert (dividend.ex_date, dividend.amount, dividend.times_a_year) == (date(2024, 3, 15), 1.59, 4)


def test_a_release_has_the_desks_window_around_it_and_a_span_its_own(tmp_path: Path) -> None:
    released = written(
        tmp_path / "macro.csv", ["name,date,time", "CPI,2024-01-11,08:30", "Claims,2024-01-11,08:30"]
    )
    windows = macro_windows_of(one(Kind.MACRO, released))
    assert [window.name for window in windows] == ["CPI", "Claims"]
    assert all(
        window.starts_at < datetime(2024, 1, 11, 13, 30, tzinfo=UTC) < window.ends_at for window in windows
    )

    spans = ["name,start,end", "FOMC,2024-01-31T13:45:00-05:00,2024-01-31T15:00:00-05:00"]
    (window,) = macro_windows_of(one(Kind.MACRO, written(tmp_path / "spans.csv", spans)))
    assert window.ends_at == datetime(2024, 1, 31, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "lines", "row", "reason"),
    [
        (Kind.CLOSES, ["DATE,CLOSE", "2024-01-03,0.1404"], 2, "is no index in per cent points"),
        (Kind.CLOSES, ["DATE,A,B", "2024-01-03,1,2"], 1, "the header is not one of an index"),
        (
            Kind.CLOSES,
            ["DATE,CLOSE", "2024-01-03,14", "2024-01-03,15"],
            3,
            "is told otherwise in x.csv row 2",
        ),
        (Kind.CLOSES, ["DATE,CLOSE", "2024-01-03,14", "1/4/2024,15"], 3, "is no date as year-month-day"),
        (Kind.IV, ["date,iv", "2024-01-03,12.5"], 2, "looks like per cent"),
        (Kind.IV, ["date,value", "2024-01-03,0.1"], 1, "the column is missing"),
        (Kind.BARS, ["date,open,high,low,close", "2024-01-03,1,1,1,x"], 2, "'x' is not a number"),
        (
            Kind.BARS,
            ["date,open,high,low,close", "2024-01-03,1,1,1"],
            2,
            "has 4 cells where the header has 5",
        ),
        (Kind.MACRO, ["name,start,end", "CPI,2024-01-11T08:30,2024-01-11T09:00"], 2, "does not say its zone"),
        (
            Kind.MACRO,
            ["name,start,end", "CPI,2024-01-11T09:00Z,2024-01-11T08:00Z"],
            2,
            "ends before it starts",
        ),
    ],
)
def test_what_is_wrong_is_named_with_file_and_row(
    tmp_path: Path, kind: Kind, lines: list[str], row: int, reason: str
) -> None:
    with pytest.raises(BadFile) as refused:
        load_daily(kind, [written(tmp_path / "x.csv", lines)], "SPY")

    assert (refused.value.file, refused.value.row) == ("x.csv", row)
    assert reason in refused.value.reason


def test_bars_of_nobody_are_not_guessed_by_their_files_name() -> None:
    with pytest.raises(BadFile, match="add --symbol"):
        load_daily(Kind.BARS, [sample("data/lumibot/SPY.csv")], None)

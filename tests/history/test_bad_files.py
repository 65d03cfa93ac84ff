"""B-12: what is wrong with a file is named with file and row, and never guessed at."""

import gzip
import tracemalloc
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain.clocks.calendar import MarketCalendar
from infra.history import spool
from infra.history.chains import LoadTerms, load_chains
from infra.history.faults import BadFile
from infra.history.small_tables import read_tables
from infra.local.aws.objects import DirectoryObjects, MemoryObjects
from tests.history.support import HEADER, chains, faults, load, row, sample, table

DAY = date(2024, 1, 3)
CALENDAR = MarketCalendar()


def stopped(*paths: Path, **terms: Any) -> BadFile:
    """Load what cannot be loaded; nothing of it may be written."""
    store = MemoryObjects()
    with pytest.raises(BadFile) as refused:
        load(*paths, store=store, **terms)
    assert store.keys("") == []
    return refused.value


@pytest.mark.parametrize(
    ("cell", "value", "kind"),
    [
        ("bid", "8.30", "crossed"),
        ("bid", "-1", "negative price"),
        ("ask", "0", "nobody offers"),
        ("ask", "", "nobody offers"),
        ("strike", "", "no strike"),
        ("quote_date", "", "no day"),
        ("expiration", "", "no expiry"),
        ("expiration", "2023-12-29", "expired before its day"),
        ("quote_date", "2024-01-06", "not a trading day"),
        ("underlying_symbol", "", "no underlying"),
    ],
)
def test_a_row_that_cannot_be_used_is_left_out_with_its_place(
    tmp_path: Path, cell: str, value: str, kind: str
) -> None:
    path = table(tmp_path / "spy.csv", row(), row(strike=475), row(**{"strike": 480, cell: value}))

    manifest = load(path)

    assert faults(manifest) == {kind: 1}
    (fault,) = manifest.faults
    assert (fault.is_left_out, fault.places[0].file, fault.places[0].row) == (True, "spy.csv", 4)


def test_a_file_of_any_length_is_loaded_in_a_months_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issue 14: of 2 GB no more is held at once than a piece of the file, what waits, and a month's rows."""
    monkeypatch.setattr(spool, "_BUFFER_BYTES", 30_000)
    peaks = []
    for months in (2, 8):
        path = tmp_path / f"{months}.csv.gz"
        with gzip.open(path, "wt") as out:
            out.write(HEADER + "\n")
            for month in range(1, months + 1):
                days = (date(2024, month, of_month) for of_month in range(2, 9))
                day = next(one for one in days if CALENDAR.is_trading_day(one)).isoformat()
                out.writelines(
                    row(quote_date=day, expiration="2025-01-17", strike=strike) + "\n"
                    for strike in range(100, 700)
                )
        terms = LoadTerms(loader="optopsy", name="x", chunk_rows=200)
        tracemalloc.start()
        manifest = load_chains([path], terms, DirectoryObjects(tmp_path / "set"), lambda _: None)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert sum(part.rows for one in manifest.underlyings for part in one.parts) == months * 600

    assert peaks[1] < 1.3 * peaks[0], peaks


def test_of_two_rows_of_a_contract_the_traded_one_is_taken(tmp_path: Path) -> None:
    store = MemoryObjects()
    path = table(tmp_path / "spy.csv", row(volume=0, bid=8), row(volume=3, bid=8.05), row(volume=0, bid=7))

    manifest = load(path, store=store)

    (moment,) = chains(manifest, store, "SPY")[DAY]
    assert moment.bid.tolist() == [8.05]
    (fault,) = manifest.faults
    assert (fault.kind, fault.count, [place.row for place in fault.places]) == ("told twice", 2, [2, 4])


def test_a_week_without_rows_and_a_split_are_told_at_the_row_after_them(tmp_path: Path) -> None:
    path = table(
        tmp_path / "aapl.csv",
        row(
            underlying_symbol="AAPL",
            underlying_price=645.57,
            quote_date="2014-06-06",
            expiration="2014-06-20",
        ),
        row(
            underlying_symbol="AAPL", underlying_price=92.70, quote_date="2014-06-16", expiration="2014-06-20"
        ),
    )

    manifest = load(path)

    assert [(one.kind, one.is_left_out, one.places[0].row) for one in manifest.faults] == [
        ("a gap before this row", False, 3),
        ("looks like a split: positions held over it are not adjusted", False, 3),
    ]
    gap, split = (one.places[0].text for one in manifest.faults)
    assert gap == "AAPL has no rows of 2014-06-09 to 2014-06-13, 5 sessions"
    assert split == "AAPL fell from 645.57 to 92.7 on 2014-06-16: 7 for 1"


def test_aapls_recorded_split_is_seen_in_its_raw_prices(tmp_path: Path) -> None:
    """7 for 1 between 2014-06-06 and 2014-06-09, and nothing like one on any day around."""
    (daily,) = read_tables(sample("data/lean/equity/usa/daily/aapl.zip"))
    raw = {
        cells[0][:8]: int(cells[4]) / 10_000
        for _, cells in daily.rows
        if cells[0][:6] in {"201405", "201406"}
    }
    lines = [
        row(underlying_symbol="AAPL", underlying_price=spot, quote_date=day, expiration="20140720", strike=90)
        for day, spot in raw.items()
    ]

    manifest = load(table(tmp_path / "aapl.csv", *lines))

    (fault,) = manifest.faults
    assert (fault.kind, fault.count) == ("looks like a split: positions held over it are not adjusted", 1)
    assert fault.places[0].text.endswith("on 2014-06-09: 7 for 1")


@pytest.mark.parametrize("written", ["2024-01-03", "1/3/2024", "20240103"])
def test_dates_are_read_in_three_forms(tmp_path: Path, written: str) -> None:
    store = MemoryObjects()

    manifest = load(table(tmp_path / "spy.csv", row(quote_date=written)), store=store)

    assert list(chains(manifest, store, "SPY")) == [DAY]


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ("2024-01-04", "is no date as month/day/year, as the others of this column are"),
        ("13/1/2024", "is no date when read as month/day/year"),
        ("Jan 4 2024", "is no date as month/day/year, as the others of this column are"),
    ],
)
def test_a_second_form_of_dates_in_a_column_stops_the_file(tmp_path: Path, other: str, reason: str) -> None:
    path = table(tmp_path / "spy.csv", row(quote_date="1/3/2024"), row(quote_date=other))

    refused = stopped(path)

    assert (refused.file, refused.row) == ("spy.csv", 3)
    assert refused.reason == f"{other!r} {reason}"


def test_per_cent_for_a_fraction_stops_the_file(tmp_path: Path) -> None:
    refused = stopped(table(tmp_path / "spy.csv", row(), row(iv="13.1", strike=472)))

    assert (refused.row, refused.column) == (3, "implied volatility")
    assert "looks like per cent" in refused.reason


def test_a_real_volatility_of_four_hundred_per_cent_stops_nothing(tmp_path: Path) -> None:
    """The last day of a far strike: optionsDX' own sample has 3.96."""
    load(table(tmp_path / "spy.csv", row(), row(iv="5.9", strike=310, expiration="2024-01-03")))


def test_a_delta_of_per_cent_stops_the_file_and_an_unsigned_puts_is_not_taken(tmp_path: Path) -> None:
    header = f"{HEADER},delta"
    refused = stopped(table(tmp_path / "spy.csv", f"{row()},44.1", header=header))
    assert (refused.row, refused.column) == (2, "delta")

    store = MemoryObjects()
    path = table(tmp_path / "puts.csv", f"{row(option_type='put')},0.44", f"{row()},0.56", header=header)
    (moment,) = chains(load(path, store=store), store, "SPY")[DAY]
    assert [round(one, 2) for one in moment.delta.tolist()[1:]] == [0.56]
    assert moment.delta[0] != moment.delta[0], "which way it is meant the file does not say"


def test_adjusted_contracts_are_left_out(tmp_path: Path) -> None:
    header = sample("fixtures/history/cboe_datashop_eod_calcs.csv").read_text().splitlines()[0]
    usual, *_ = sample("fixtures/history/cboe_datashop_eod_calcs.csv").read_text().splitlines()[1:]
    adjusted = usual.replace(",A,2021-04-16,", ",A1,2021-04-16,")
    delivered = f"{usual.replace('65.000', '70.000')}X"

    manifest = load(table(tmp_path / "a.csv", usual, adjusted, delivered, header=header), loader="datashop")

    (fault,) = manifest.faults
    assert (fault.kind, [place.row for place in fault.places]) == ("adjusted contract", [3, 4])


def test_a_cell_that_is_no_number_stops_the_file(tmp_path: Path) -> None:
    path = table(tmp_path / "spy.csv", *(row(strike=400 + at) for at in range(30)), row(bid="8,1"))
    path.write_text(path.read_text().replace("8,1", "eight"))

    refused = stopped(path, chunk_rows=7)

    assert (refused.row, refused.column, refused.reason) == (32, "bid", "'eight' is not a number")


@pytest.mark.parametrize("chunk_rows", [2, 100])
def test_a_row_with_too_many_cells_stops_the_file(tmp_path: Path, chunk_rows: int) -> None:
    rows = [row(strike=400 + at) for at in range(5)]

    refused = stopped(table(tmp_path / "spy.csv", *rows, f"{row()},1"), chunk_rows=chunk_rows)

    assert (refused.row, refused.reason) == (7, "has 11 cells where the header has 10")


def test_a_file_that_was_cut_off_is_not_read_as_a_whole_one(tmp_path: Path) -> None:
    path = table(tmp_path / "spy.csv", row(), row(strike=475))
    path.write_text(path.read_text()[:-12])

    refused = stopped(path)

    assert (refused.row, refused.reason) == (3, "has 8 cells where the header has 10")


@pytest.mark.parametrize(
    ("loader", "header", "reason"),
    [
        ("datashop", "underlying_symbol,quote_date,root,bid_1545", "the column is missing"),
        ("orats", HEADER, "the header is not one of orats"),
        ("optopsy", "underlying,underlying_last,optionalias", "its header is that of l3, not of optopsy"),
        ("optopsy", "a,b,c", "optopsy's order has 8 columns: name them with --columns"),
        ("optopsy", HEADER.replace("volume", "bid"), "stands in the header twice"),
        ("optionsdx", "[INSTRUMENT_NAME], [MARK_IV]", "options on coins are not traded here"),
    ],
)
def test_a_header_that_does_not_fit_stops_the_file(
    tmp_path: Path, loader: str, header: str, reason: str
) -> None:
    refused = stopped(table(tmp_path / "x.csv", row(), header=header), loader=loader)

    assert (refused.file, refused.row) == ("x.csv", 1)
    assert refused.reason.startswith(reason)


def test_a_file_that_does_not_say_its_symbol_is_not_guessed_by_its_name() -> None:
    refused = stopped(sample("fixtures/history/optionsdx_eod.csv"), loader="optionsdx")

    assert "add --symbol" in refused.reason


def test_columns_of_other_names_are_told(tmp_path: Path) -> None:
    store = MemoryObjects()
    header = "when,sym,px,cp,exp,k,b,a,sigma"
    line = "2024-01-03,SPY,470.1,C,2024-02-16,470,8.1,8.2,0.13"
    mapping = {
        "date": "when", "underlying": "1", "spot": "px", "right": "cp", "expiry": "exp", "strike": "k",
        "bid": "b", "ask": "a", "iv": "sigma",
    }  # fmt: skip

    manifest = load(table(tmp_path / "x.csv", line, header=header), store=store, mapping=mapping)

    (moment,) = chains(manifest, store, "SPY")[DAY]
    assert (moment.strike[0], round(float(moment.iv[0]), 6)) == (470, 0.13)


def test_an_archive_that_breaks_off_and_text_of_another_code_stop_the_file(tmp_path: Path) -> None:
    packed = tmp_path / "spy.csv.gz"
    body = gzip.compress("\n".join([HEADER, *(row(strike=400 + at / 8) for at in range(500))]).encode())
    packed.write_bytes(body[: len(body) // 2])
    assert "the archive is damaged" in stopped(packed).reason

    latin = tmp_path / "latin.csv"
    latin.write_bytes(f"{HEADER}\n{row(underlying_symbol='é')}\n".encode("latin-1"))
    assert stopped(latin).reason == "is no text in UTF-8"


def test_a_second_load_takes_the_place_of_the_first_and_a_refused_one_does_not(tmp_path: Path) -> None:
    store = MemoryObjects()
    load(table(tmp_path / "spy.csv", row()), store=store)
    first = store.keys("")
    with pytest.raises(BadFile):
        load(table(tmp_path / "spy.csv", row(bid="x")), store=store)
    assert store.keys("") == first

    manifest = load(table(tmp_path / "spy.csv", row(bid=8.15)), store=store)

    assert len(store.keys("")) == 2
    (moment,) = chains(manifest, store, "SPY")[DAY]
    assert moment.bid.tolist() == [8.15]

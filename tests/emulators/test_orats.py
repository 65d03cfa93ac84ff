"""The ORATS emulator speaks version 2 with its quirks (wire notes, section 6)."""

import csv
import io
from typing import Any  # JSON

import pytest

from tests.emulators.support import Outside, fixture


@pytest.fixture
def outside() -> Outside:
    """Ten in the morning of a trading day."""
    return Outside()


def test_a_strike_row_has_the_fields_of_the_recorded_one_in_their_order(outside: Outside) -> None:
    """One row carries the call and the put."""
    recorded = fixture("orats", "strikes_live.json")["data"]
    assert isinstance(recorded, list)
    query = {"ticker": "AAPL", "expiry": "2026-02-20,2026-03-20"}
    rows = outside.orats.get("/live/strikes/monthly", params=query).json()["data"]

    assert list(rows[0]) == list(recorded[0])
    for name, value in recorded[0].items():
        if isinstance(value, str):
            assert isinstance(rows[0][name], str)
        else:
            assert isinstance(rows[0][name], int | float)
    assert {row["expirDate"] for row in rows} == {"2026-02-20", "2026-03-20"}


@pytest.mark.parametrize(
    ("path", "query", "name"),
    [
        ("/live/strikes/options", {"tickers": "AAPL"}, "strikes_options_underlying.json"),
        ("/live/strikes/options", {"tickers": "SPY260220P00605000"}, "strikes_options_contract.json"),
        ("/tickers", {}, "tickers.json"),
    ],
)
def test_other_rows_have_the_fields_of_the_recorded_ones(
    outside: Outside, path: str, query: dict[str, str], name: str
) -> None:
    """An underlying and a contract by their symbols; which tickers there are, and since when."""
    recorded: Any = fixture("orats", name)["data"]
    row = outside.orats.get(path, params=query).json()["data"][0]

    assert row.keys() >= recorded[0].keys()
    assert all(isinstance(row[key], str) is isinstance(value, str) for key, value in recorded[0].items())


def test_days_to_expiry_count_the_trade_day(outside: Outside) -> None:
    """An option that expires tomorrow has two."""
    query = {"ticker": "SPY", "expiry": "2026-02-20"}
    row = outside.orats.get("/live/strikes/monthly", params=query).json()["data"][0]

    assert row["dte"] == 2


def test_rows_and_tradier_quotes_come_from_one_market(outside: Outside) -> None:
    """Same bid, same ask, same underlying."""
    query = {"ticker": "SPY", "expiry": "2026-02-20"}
    rows = outside.orats.get("/live/strikes/monthly", params=query).json()["data"]
    row = next(row for row in rows if row["strike"] == 605)

    for letter, side in (("C", "call"), ("P", "put")):
        quote = outside.quote(f"SPY260220{letter}00605000")
        assert (quote["bid"], quote["ask"]) == (row[f"{side}BidPrice"], row[f"{side}AskPrice"])
    assert row["stockPrice"] == row["spotPrice"] == outside.quote("SPY")["last"]


def test_the_delta_is_the_calls(outside: Outside) -> None:
    """So 30-delta puts are found at .70; a range has two inclusive ends, either may be missing."""
    query = {"ticker": "SPY", "dte": "1,2", "delta": ".65,.75", "fields": "ticker,strike,delta,dte"}
    rows = outside.orats.get("/strikes", params=query).json()["data"]
    open_ended = outside.orats.get("/strikes", params={**query, "delta": ".65"}).json()["data"]

    assert rows
    assert set(rows[0]) == {"ticker", "strike", "delta", "dte"}
    assert all(0.65 <= row["delta"] <= 0.75 and row["dte"] <= 2 for row in rows)
    assert len(open_ended) > len(rows)


def test_a_range_that_matches_nothing_is_empty_and_no_error(outside: Outside) -> None:
    """Status 200."""
    answer = outside.orats.get("/strikes", params={"ticker": "SPY", "dte": "4000,5000"})

    assert (answer.status_code, answer.json()) == (200, {"data": []})


def test_nobody_bids_for_what_is_worthless(outside: Outside) -> None:
    """Then size and volatility are 0 too."""
    query = {"ticker": "SPY", "expiry": "2026-02-20"}
    rows = outside.orats.get("/live/strikes/monthly", params=query).json()["data"]
    worthless = [row for row in rows if row["putBidPrice"] == 0]

    assert worthless
    assert all(row["putBidSize"] == 0 and row["putBidIv"] == 0 for row in worthless)


def test_the_csv_twin_has_the_same_rows(outside: Outside) -> None:
    """Header and values."""
    query = {"ticker": "SPY", "dte": "2,2"}
    rows = outside.orats.get("/strikes", params=query).json()["data"]
    table = list(csv.DictReader(io.StringIO(outside.orats.get("/strikes.csv", params=query).text)))

    assert list(table[0]) == list(rows[0])
    assert [float(row["strike"]) for row in table] == [row["strike"] for row in rows]


def test_errors(outside: Outside) -> None:
    """401 without the token, 404 for what is not there, an error over ten tickers."""
    ten = ",".join(["SPY"] * 11)

    assert outside.orats.get("/tickers", params={"token": ""}).status_code == 401
    assert outside.orats.get("/strikes", params={"ticker": "XYZ"}).status_code == 404
    assert outside.orats.get("/nothing").json() == fixture("orats", "error_404_not_found.json")
    assert outside.orats.get("/strikes", params={"ticker": ten}).status_code == 400
    assert outside.orats.get("/hist/dailies", params={"tradeDate": "2026-02-15"}).status_code == 404


def test_a_thousand_calls_a_minute(outside: Outside) -> None:
    """And then 429 until the minute is over."""
    codes = [outside.orats.get("/tickers", params={"ticker": "SPY"}).status_code for _ in range(1001)]
    outside.clock.forward(seconds=61)

    assert codes.count(200) == 1000
    assert codes[-1] == 429
    assert outside.orats.get("/tickers").status_code == 200


def test_instants_of_update_come_in_two_forms(outside: Outside) -> None:
    """With T and Z, and with neither; the quote's own instant has one form."""
    seen = set()
    for _ in range(2):
        query = {"ticker": "SPY", "expiry": "2026-02-20"}
        row = outside.orats.get("/live/strikes/monthly", params=query).json()["data"][0]
        seen.add(row["updatedAt"].endswith("Z"))
        assert row["quoteDate"] == f"{outside.clock():%Y-%m-%dT%H:%M:%SZ}"
        outside.clock.forward(minutes=1)

    assert seen == {True, False}


def test_delayed_quotes_are_those_of_a_quarter_of_an_hour_ago() -> None:
    """With the times of then, at the sandbox and at ORATS; live is never late."""
    outside = Outside(delayed=True)
    then = Outside(at="2026-02-19 09:45")
    query = {"ticker": "SPY", "expiry": "2026-02-20"}

    late = outside.orats.get("/live/strikes/monthly", params=query).json()
    assert late == then.orats.get("/live/strikes/monthly", params=query).json()
    assert outside.quote("SPY")["bid"] == then.quote("SPY")["bid"]
    assert outside.quote("SPY")["bid_date"] == then.clock().timestamp() * 1000
    live = outside.live.get("/v1/markets/quotes", params={"symbols": "SPY"}).json()["quotes"]["quote"]
    assert live["bid_date"] == outside.clock().timestamp() * 1000


def test_stops_at_a_delayed_sandbox_fire_late() -> None:
    """A-12: it fills against what it shows."""
    outside = Outside(delayed=True)
    symbol = "SPY260320C00610000"
    price = outside.bought(symbol)
    answer = outside.exits(symbol, 2, f"{price + 6:.2f}", f"{price - 2:.2f}")
    order_id = answer.json()["order"]["id"]
    outside.world.simulated.jump("SPY", outside.quote("SPY")["last"] * 0.95)
    outside.clock.forward(minutes=14)
    assert outside.order(order_id)["status"] == "open"
    outside.clock.forward(minutes=2)

    assert outside.order(order_id)["status"] == "filled"
    assert outside.legs(order_id)[1]["transaction_date"] == "2026-02-19T15:15:00.000Z"


def test_summaries_and_dailies(outside: Outside) -> None:
    """Volatilities are fractions; history ends yesterday."""
    summary = outside.orats.get("/live/summaries", params={"ticker": "SPY"}).json()["data"][0]
    days = outside.orats.get("/hist/dailies", params={"ticker": "SPY"}).json()["data"]
    recorded = fixture("orats", "summaries_live_excerpt.json")["data"]
    assert isinstance(recorded, list)

    assert set(recorded[0]) <= set(summary)
    assert 0.05 < summary["iv30d"] < 1.0
    assert days[-1]["tradeDate"] == "2026-02-18"
    assert days[-1]["clsPx"] == outside.quote("SPY")["prevclose"]


def test_expirations(outside: Outside) -> None:
    """The dates that Tradier lists too."""
    dates = outside.orats.get("/live/expirations", params={"ticker": "SPY"}).json()["data"]
    body = outside.sandbox.get("/v1/markets/options/expirations", params={"symbol": "SPY"}).json()

    assert dates == body["expirations"]["date"]


def test_options_and_underlyings_are_quoted_by_their_symbols(outside: Outside) -> None:
    """wire/orats.md, 2: at most ten, mixed, told apart by `optionSymbol`; what is unknown is left out."""
    symbols = "SPY,VIX,SPY260320P00600000,NOPE"
    rows = outside.orats.get("strikes/options", params={"tickers": symbols}).json()["data"]
    spy, vix, put = rows
    quote = outside.quote("SPY")
    too_many = outside.orats.get("strikes/options", params={"tickers": ",".join(["SPY"] * 11)})

    assert (spy["ticker"], spy["stockPrice"]) == ("SPY", quote["last"])
    assert (spy["bid"], spy["ask"]) == (quote["bid"], quote["ask"])
    assert "optionSymbol" not in spy
    assert (vix["bid"], vix["ask"]) == (0, 0)
    assert (put["optionSymbol"], put["optionType"]) == ("SPY260320P00600000", "Put")
    assert 0 < put["delta"] < 1
    assert too_many.status_code == 400

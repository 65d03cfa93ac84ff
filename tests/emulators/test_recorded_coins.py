"""Recorded minutes of coins are played again through the exchange's own calls (shared data)."""

import csv
import gzip
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from infra.local.emulators.replaying.coins import RecordedCoins
from tests.emulators.support import SHARED, Outside

HALF_PAST = datetime(2026, 1, 5, 0, 2, 30, tzinfo=UTC)


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """Three minutes of two days with one missing between them, written in both forms."""
    folder = tmp_path / "crypto" / "binance" / "minute" / "btcusdt"
    folder.mkdir(parents=True)
    rows = ["0,100.5,102,99,101,3", "120000,101,101.5,97,98,6"]
    with zipfile.ZipFile(folder / "20260105_trade.zip", "w") as packed:
        packed.writestr("20260105_btcusdt_minute_trade.csv", "\n".join(rows))
    lines = ["date,open,high,low,close,volume", "2026-01-05 00:00:00+00:00,0.5,0.6,0.4,0.55,7"]
    (tmp_path / "XRP_ETH-1m.csv.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    return tmp_path


def test_candles_are_those_that_were_recorded(recorded: Path) -> None:
    outside = Outside(replay_coins=recorded)
    outside.clock.at = HALF_PAST + timedelta(minutes=1)
    rows = outside.exchange("/klines", symbol="BTCUSDT", interval="1m", limit=4).json()

    assert [[float(value) for value in row[1:6]] for row in rows[:3]] == [
        [100.5, 102, 99, 101, 3],
        [101, 101, 101, 101, 0],
        [101, 101.5, 97, 98, 6],
    ]
    assert {one["symbol"] for one in outside.exchange("/exchangeInfo").json()["symbols"]} == {
        "BTCUSDT",
        "XRPETH",
    }


def test_within_a_minute_a_price_goes_over_the_extremes_to_the_close(recorded: Path) -> None:
    """Where it fell the high comes first."""
    coins = RecordedCoins(recorded)
    begun = HALF_PAST.replace(second=0)
    seen = [coins.price("BTCUSDT", begun + timedelta(seconds=second)) for second in (0, 20, 40, 59)]
    (running,) = coins.candles("BTCUSDT", begun, HALF_PAST, timedelta(minutes=1))

    assert seen == [101, 101.5, 97, 98]
    assert (running.high, running.closing) == (101.5, 99.2)
    assert running.volume == pytest.approx(3.1)


def test_of_days_without_a_recording_nothing_is_known(recorded: Path) -> None:
    outside = Outside(replay_coins=recorded)
    outside.clock.at = HALF_PAST + timedelta(days=3)

    assert outside.exchange("/klines", symbol="BTCUSDT", interval="1m").json() == []
    assert RecordedCoins(recorded).days("BTCUSDT") == [date(2026, 1, 5)]


@pytest.mark.parametrize(
    ("folder", "symbol", "day", "minutes"),
    [
        ("nautilus", "BTCUSDT", date(2022, 1, 15), 1440),
        ("lean", "BTCBUSD", date(2022, 12, 13), 1440),
        ("freqtrade", "XRPETH", date(2019, 10, 12), 1440),
    ],
)
def test_the_shared_recordings_are_played_again(folder: str, symbol: str, day: date, minutes: int) -> None:
    root = SHARED / "data" / folder
    if not root.exists():
        pytest.skip(f"the shared data is absent: {folder}")
    outside = Outside(replay_coins=root)
    outside.clock.at = datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=12)
    rows = outside.exchange("/klines", symbol=symbol, interval="1m", limit=500).json()
    hours = outside.exchange("/klines", symbol=symbol, interval="1h", limit=12).json()

    assert (len(rows), len(hours)) == (500, 12)
    assert all(float(row[3]) <= float(row[1]) <= float(row[2]) for row in rows)
    coins = RecordedCoins(root)
    assert (
        len(
            coins.candles(
                symbol,
                outside.clock.at - timedelta(hours=12),
                outside.clock.at + timedelta(hours=12, seconds=-1),
                timedelta(minutes=1),
            )
        )
        == minutes
    )


def test_a_recorded_month_is_told_to_the_cent() -> None:
    path = SHARED / "data/nautilus/btc-perp-20211231-20220201_1m.csv.gz"
    if not path.exists():
        pytest.skip("the shared data is absent: nautilus")
    with gzip.open(path, "rt") as lines:
        wanted = [row for row in csv.reader(lines) if row[0].startswith("2022-01-15")]
    coins = RecordedCoins(path.parent)
    begun = datetime(2022, 1, 15, tzinfo=UTC)
    found = coins.candles("BTCUSDT", begun, begun + timedelta(seconds=86_399), timedelta(minutes=1))
    by_minute = {one.at.strftime("%Y-%m-%d %H:%M"): one for one in found}

    assert len(wanted) > 1400
    for row in wanted:
        one = by_minute[row[0][:16]]
        assert [one.opening, one.high, one.low, one.closing] == [float(value) for value in row[1:5]]

"""What the desk's default strategies look at is in order at 10:00 on the default day (local.md, B-16)."""

from typing import Any

import pytest

from tests.emulators.support import Outside

#: Short deltas and calendar days as the desk's builder has them, and well beyond.
DELTAS, DAYS = (0.05, 0.40), ("2026-03-13", "2026-04-10")


@pytest.fixture(scope="module")
def outside() -> Outside:
    """The default day of the default seed."""
    return Outside("2026-02-19 10:00", seed=1)


def legs(outside: Outside, symbol: str) -> list[dict[str, Any]]:
    """Return every contract that a default structure could have a leg in."""
    found = []
    path = "/v1/markets/options"
    dates = outside.sandbox.get(f"{path}/expirations", params={"symbol": symbol}).json()["expirations"][
        "date"
    ]
    for expiry in (one for one in dates if DAYS[0] <= one <= DAYS[1]):
        asked = {"symbol": symbol, "expiration": expiry, "greeks": "true"}
        rows = outside.sandbox.get(f"{path}/chains", params=asked).json()["options"]["option"]
        found += [row for row in rows if DELTAS[0] <= abs(row["greeks"]["delta"]) <= DELTAS[1]]
    return found


@pytest.mark.parametrize("symbol", ["SPY", "QQQ"])
def test_every_leg_is_liquid_enough(outside: Outside, symbol: str) -> None:
    """B-02: C1 a spread of 10 % at most, C2 a volume of 1, C3 an open interest of 100, C5 quoted now."""
    rows = legs(outside, symbol)

    assert len(rows) > 100
    for row in rows:
        middle = (row["bid"] + row["ask"]) / 2
        assert (row["ask"] - row["bid"]) / middle <= 0.10, row["symbol"]
        assert row["volume"] >= 1, row["symbol"]
        assert row["open_interest"] >= 100, row["symbol"]
        assert row["bid_date"] == row["ask_date"] == outside.clock.at.timestamp() * 1000


@pytest.mark.parametrize("symbol", ["SPY", "QQQ"])
def test_a_credit_of_ten_cents_is_there(outside: Outside, symbol: str) -> None:
    """`wing_width` 5, `min_credit` 0.10: a put spread at mid, by far."""
    rows = {row["symbol"]: row for row in legs(outside, symbol) if row["option_type"] == "put"}
    spreads = [
        (row, rows[wing])
        for row in rows.values()
        if (wing := f"{row['symbol'][:-8]}{round((row['strike'] - 5) * 1000):08d}") in rows
    ]

    assert len(spreads) > 20
    best = max(
        (short["bid"] + short["ask"] - long["bid"] - long["ask"]) / 2
        for short, long in spreads
        if abs(short["greeks"]["delta"]) <= 0.2
    )
    assert best > 0.5


def test_the_underlying_was_traded_as_usual(outside: Outside) -> None:
    """C4: the last full session's volume is at least half of the mean of the 20 before it."""
    for symbol in ("SPY", "QQQ"):
        asked = {"symbol": symbol, "start": "2026-01-01", "end": "2026-02-18"}
        days = outside.sandbox.get("/v1/markets/history", params=asked).json()["history"]["day"]
        volumes = [day["volume"] for day in days][-21:]

        assert volumes[-1] >= 0.5 * sum(volumes[:-1]) / 20

"""Recorded quotes played again: GOOG on the half day of 2015-12-24 and the day before."""

import pytest

from tests.emulators.support import ACCOUNT, Outside, accepted, new_york, recordings

STRIKE_740 = "GOOG151224C00740000"


@pytest.fixture
def outside() -> Outside:
    """Eleven in the morning of the half day."""
    return Outside(at="2015-12-24 11:00", replay=recordings())


def test_the_chain_of_the_day_has_its_176_contracts(outside: Outside) -> None:
    """All that expire that day, quoted or not."""
    query = {"symbol": "GOOG", "expiration": "2015-12-24", "greeks": "true"}
    rows = outside.sandbox.get("/v1/markets/options/chains", params=query).json()["options"]["option"]
    quoted = [row for row in rows if row["bid"] is not None and row["ask"] is not None]

    assert len(rows) == 176
    assert len(quoted) > 90
    assert all(row["bid"] <= row["ask"] for row in quoted)
    assert all(row["bid_date"] == int(outside.clock().timestamp()) // 60 * 60_000 for row in quoted)


def test_volatilities_are_solved_for_and_form_a_smile(outside: Outside) -> None:
    """As checked in the recordings' own notes: 24 % at 680, 19 % at 750 for 2016-01-15."""
    query = {"ticker": "GOOG", "expiry": "2016-01-15"}
    rows = outside.orats.get("/live/strikes/monthly", params=query).json()["data"]
    smile = {row["strike"]: row["smvVol"] for row in rows}

    assert smile[680] == pytest.approx(0.24, abs=0.015)
    assert smile[750] == pytest.approx(0.19, abs=0.015)


def test_a_bar_is_known_when_its_minute_is_over() -> None:
    """Stamped with its start: at the open there is no quote yet, a minute later there is."""
    outside = Outside(at="2015-12-24 09:30", replay=recordings())
    at_open = outside.quote("GOOG151224C00750000")
    outside.clock.forward(seconds=60)
    later = outside.quote("GOOG151224C00750000")

    assert not at_open["bid"]
    assert at_open["bid_date"] == 0
    assert (later["bid"], later["ask"]) == (1.0, 1.85)
    assert later["bid_date"] == new_york("2015-12-24 09:31").timestamp() * 1000


def test_the_half_day_closes_and_settles_at_one_o_clock(outside: Outside) -> None:
    """I-17: at the close of the last regular bar, 748.40."""
    ask = outside.quote(STRIKE_740)["ask"]
    order = outside.order(accepted(outside.option(STRIKE_740, "buy_to_open", 1)))
    assert order["avg_fill_price"] == ask
    cash = outside.world.sandbox.truth_cash(ACCOUNT)
    outside.clock.at = new_york("2015-12-24 13:00")
    quote = outside.quote("GOOG")
    clock = outside.sandbox.get("/v1/markets/clock").json()["clock"]
    outside.clock.at = new_york("2015-12-25 08:00")

    assert (quote["last"], quote["close"], quote["prevclose"]) == (748.4, 748.4, 750.31)
    assert clock["state"] == "postmarket"
    assert outside.world.sandbox.truth_positions(ACCOUNT) == []
    assert float(outside.world.sandbox.truth_cash(ACCOUNT) - cash) == pytest.approx(840.0)


def test_orders_rest_and_fill_on_recorded_quotes() -> None:
    """A stop at the bid of the minute that reaches it."""
    outside = Outside(at="2015-12-24 10:00", replay=recordings())
    outside.option(STRIKE_740, "buy_to_open", 1)
    bid = outside.quote(STRIKE_740)["bid"]
    stop = f"{bid - 0.5:.2f}"
    order_id = accepted(outside.option(STRIKE_740, "sell_to_close", 1, type="stop", stop=stop))
    outside.clock.at = new_york("2015-12-24 12:59")
    order = outside.order(order_id)

    assert order["status"] == "filled"
    assert isinstance(order["avg_fill_price"], float)
    assert order["avg_fill_price"] <= bid - 0.5


def test_the_day_before_lists_the_expiry_of_the_next() -> None:
    """118 contracts, and recordings cannot be moved."""
    outside = Outside(at="2015-12-23 11:00", replay=recordings())
    query = {"symbol": "GOOG", "expiration": "2015-12-24"}
    rows = outside.sandbox.get("/v1/markets/options/chains", params=query).json()["options"]["option"]

    assert len(rows) >= 118
    with pytest.raises(TypeError):
        _ = outside.world.simulated

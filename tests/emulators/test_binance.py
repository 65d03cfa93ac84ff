"""The Binance emulator: public market data with its shapes, weights and bans (wire/binance.md, 3 to 5)."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra.local.emulators.binance.weights import REFUSALS_MAX, WEIGHT_A_MINUTE
from tests.emulators.support import Outside, fixture

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000


@pytest.fixture
def outside() -> Outside:
    """Half past a minute on a Saturday, when no share trades."""
    found = Outside()
    found.clock.at = datetime(2026, 2, 21, 12, 34, 30, tzinfo=UTC)
    return found


def now_ms(outside: Outside) -> int:
    return int(outside.clock().timestamp() * 1000)


def candles(outside: Outside, interval: str = "1m", *, of: str = "BTCUSDT", **asked: int) -> list[list[Any]]:
    found: list[list[Any]] = outside.exchange("/klines", symbol=of, interval=interval, **asked).json()
    return found


def same_kinds(found: object, recorded: object) -> bool:
    """Say whether two answers have the same names and kinds of values."""
    if isinstance(recorded, dict) and isinstance(found, dict):
        return list(found) == list(recorded) and all(
            same_kinds(found[name], recorded[name]) for name in found
        )
    return type(found) is type(recorded)


def test_a_candle_has_the_recorded_rows_form(outside: Outside) -> None:
    recorded: Any = fixture("binance", "klines.json")
    row = candles(outside, limit=1)[0]

    assert [type(value) for value in row] == [type(value) for value in recorded[0]]
    assert all(len(value.partition(".")[2]) == 8 for value in row[1:6])


@pytest.mark.parametrize(
    ("path", "params", "name"),
    [
        ("/ticker/price", {}, "ticker_price_single.json"),
        ("/ticker/bookTicker", {}, "book_ticker_single.json"),
        ("/ticker/24hr", {}, "ticker_24hr_full.json"),
        ("/ticker/24hr", {"type": "MINI"}, "ticker_24hr_mini.json"),
        ("/avgPrice", {}, "avg_price.json"),
        ("/time", {}, "server_time.json"),
    ],
)
def test_tickers_have_the_documented_form(
    outside: Outside, path: str, params: dict[str, str], name: str
) -> None:
    symbol = {} if path == "/time" else {"symbol": "ETHUSDT"}

    assert same_kinds(outside.exchange(path, **symbol, **params).json(), fixture("binance", name))


def test_book_tickers_of_several_pairs_are_a_list(outside: Outside) -> None:
    known: Any = fixture("binance", "book_ticker_array.json")
    told = outside.exchange("/ticker/bookTicker", symbols='["BTCUSDT","ETHUSDT"]').json()

    assert [one["symbol"] for one in told] == ["BTCUSDT", "ETHUSDT"]
    assert all(same_kinds(one, known[0]) for one in told)


def test_exchange_info_has_the_recorded_filters(outside: Outside) -> None:
    recorded: Any = fixture("binance", "exchange_info_btcusdt.json")
    answer = outside.exchange("/exchangeInfo", symbol="BTCUSDT").json()
    (pair,), known = answer["symbols"], recorded["symbols"][0]

    assert answer.keys() == recorded.keys()
    assert known.keys() <= pair.keys()
    assert [one["filterType"] for one in pair["filters"]] == [one["filterType"] for one in known["filters"]]
    for found, wanted in zip(pair["filters"], known["filters"], strict=True):
        assert same_kinds(found, wanted)
    assert pair["filters"][0]["tickSize"] == known["filters"][0]["tickSize"]
    assert pair["filters"][1]["stepSize"] == known["filters"][1]["stepSize"]
    assert len(outside.exchange("/exchangeInfo").json()["symbols"]) == 5


def test_the_newest_candle_is_still_traded_in(outside: Outside) -> None:
    *closed, running = candles(outside, limit=5)
    outside.clock.forward(seconds=20)
    later = candles(outside, limit=5)

    assert running[0] == now_ms(outside) // MINUTE_MS * MINUTE_MS
    assert running[6] == running[0] + MINUTE_MS - 1 > now_ms(outside)
    assert later[:-1] == closed
    assert later[-1][1] == running[1]
    assert later[-1][4] == outside.exchange("/ticker/price", symbol="BTCUSDT").json()["price"]
    assert float(later[-1][5]) > float(running[5])


@pytest.mark.parametrize(("interval", "span"), [("1m", MINUTE_MS), ("4h", 4 * HOUR_MS), ("1d", DAY_MS)])
def test_stretches_are_cut_as_documented(outside: Outside, interval: str, span: int) -> None:
    """Neither: the newest; start: the oldest from there; end: the newest up to it; both: from start."""
    now = now_ms(outside)
    newest = now // span * span
    start, end = newest - 20 * span + 1, newest - 10 * span

    def begun(**asked: Any) -> list[int]:
        return [row[0] for row in candles(outside, interval, **asked)]

    assert begun(limit=3) == [newest - 2 * span, newest - span, newest]
    assert begun(startTime=start, limit=2) == [newest - 19 * span, newest - 18 * span]
    assert begun(endTime=end, limit=2) == [end - span, end]
    assert begun(startTime=start, endTime=end) == [newest - span * back for back in range(19, 9, -1)]
    assert begun(startTime=end, endTime=start) == []
    assert begun(startTime=now + span) == []


def test_there_are_500_candles_unless_more_are_asked_for_and_never_over_1000(outside: Outside) -> None:
    assert len(candles(outside)) == 500
    assert [len(candles(outside, limit=limit)) for limit in (1000, 5000)] == [1000, 1000]
    listed = candles(outside, "1d", startTime=0, limit=1)[0][0]
    assert datetime.fromtimestamp(listed / 1000, UTC).year == 2017


def test_minutes_make_up_their_hour_and_hours_their_day(outside: Outside) -> None:
    hour = candles(outside, "1h", limit=2)[0]
    minutes = candles(outside, startTime=hour[0], endTime=hour[6])

    assert len(minutes) == 60
    assert (hour[1], hour[4]) == (minutes[0][1], minutes[-1][4])
    assert hour[2] == max((row[2] for row in minutes), key=float)
    day = candles(outside, "1d", limit=2)[0]
    hours = candles(outside, "1h", startTime=day[0], endTime=day[6])
    assert (len(hours), day[3]) == (24, min((row[3] for row in hours), key=float))


def test_a_price_moved_by_hand_is_everywhere_at_once(outside: Outside) -> None:
    """POST /market/price; the last price at an instant counts to the new candle (C-13)."""
    outside.clock.at = outside.clock.at.replace(second=0)
    before = candles(outside, limit=2)
    outside.world.simulated.jump("BTCUSDT", 50_000.0)
    closed, running = candles(outside, limit=2)

    assert closed == before[0]
    assert (running[1], running[4]) == ("50000.00000000", "50000.00000000")
    assert outside.exchange("/ticker/price", symbol="BTCUSDT").json()["price"] == "50000.00000000"
    book = outside.exchange("/ticker/bookTicker", symbol="BTCUSDT").json()
    assert float(book["bidPrice"]) < 50_000 < float(book["askPrice"])


@pytest.mark.parametrize(
    ("path", "params", "code"),
    [
        ("/klines", {"interval": "1m"}, -1102),
        ("/klines", {"symbol": "BTCUSDT"}, -1102),
        ("/klines", {"symbol": "DOGEUSDT", "interval": "1m"}, -1121),
        ("/klines", {"symbol": "btcusdt", "interval": "1m"}, -1100),
        ("/klines", {"symbol": "BTCUSDT", "interval": "1M"}, -1120),
        ("/klines", {"symbol": "BTCUSDT", "interval": "1m", "limit": "many"}, -1100),
        ("/ticker/price", {"symbols": "BTCUSDT"}, -1100),
        ("/ticker/price", {"symbols": '["BTCUSDT"]', "symbol": "BTCUSDT"}, -1128),
        ("/exchangeInfo", {"symbols": '["BTCUSDT","NOSUCH"]'}, -1121),
    ],
)
def test_what_cannot_be_meant_is_refused_by_code(
    outside: Outside, path: str, params: dict[str, str], code: int
) -> None:
    answer = outside.exchange(path, **params)

    assert answer.status_code == 400
    assert answer.json()["code"] == code
    if code == -1121:
        assert answer.json() == fixture("binance", "error_1121_bad_symbol.json")


def test_every_answer_says_what_its_minute_weighs(outside: Outside) -> None:
    """Weights are the address's and begin anew with each minute of the clock."""
    used = []
    for path, params in (
        ("/ping", {}),
        ("/klines", {"symbol": "BTCUSDT", "interval": "1m"}),
        ("/exchangeInfo", {}),
        ("/ticker/price", {"symbol": "BTCUSDT"}),
        ("/ticker/price", {}),
        ("/ticker/24hr", {"symbols": '["BTCUSDT","ETHUSDT"]'}),
        ("/ticker/24hr", {}),
        ("/klines", {"symbol": "NOSUCH", "interval": "1m"}),
    ):
        used.append(int(outside.exchange(path, **params).headers["x-mbx-used-weight-1m"]))
    outside.clock.forward(seconds=31)

    assert used == [1, 3, 23, 25, 29, 31, 111, 113]
    assert outside.exchange("/ping").headers["x-mbx-used-weight-1m"] == "1"


def spend(outside: Outside) -> None:
    for _ in range(WEIGHT_A_MINUTE // 20):
        outside.exchange("/exchangeInfo")


def test_too_much_is_refused_until_the_minute_ends_and_then_banned(outside: Outside) -> None:
    """429, then 418 for whoever does not heed it; each ban is longer."""
    errors: Any = fixture("binance", "errors.json")
    recorded = {one["http_status"]: one for one in errors if one["body"]["code"] == -1003}
    spend(outside)
    refused = outside.exchange("/ticker/24hr")

    assert (refused.status_code, refused.headers["retry-after"]) == (429, "30")
    assert refused.json() == recorded[429]["body"]
    for _ in range(REFUSALS_MAX):
        refused = outside.exchange("/ping")
    until = int((outside.clock() + timedelta(minutes=2)).timestamp() * 1000)
    assert (refused.status_code, refused.headers["retry-after"]) == (418, "120")
    assert refused.json()["msg"] == recorded[418]["body"]["msg"].replace("1659146400000", str(until))
    outside.clock.forward(seconds=119)
    assert outside.exchange("/ping").status_code == 418
    outside.clock.forward(seconds=1)
    assert outside.exchange("/ping").status_code == 200


def test_its_faults_carry_its_own_headers_and_bodies(outside: Outside) -> None:
    """C-13: `status` faults take headers; a fault covers market data."""
    banned = {"code": -1003, "msg": "Way too much request weight used; IP banned until 1771677390000."}
    outside.world.faults.arm_from(
        {
            "vendor": "binance",
            "match": {"path": "klines"},
            "kind": "status",
            "code": 418,
            "body": banned,
            "headers": {"Retry-After": "60", "X-MBX-USED-WEIGHT-1M": "6001"},
        }
    )
    assert outside.exchange("/ping").status_code == 200
    answer = outside.exchange("/klines", symbol="BTCUSDT", interval="1m")

    assert (answer.status_code, answer.headers["retry-after"], answer.json()) == (418, "60", banned)


def test_quotes_can_stand_still_and_lists_be_empty(outside: Outside) -> None:
    outside.world.faults.arm_from({"vendor": "binance", "kind": "stale_quote", "seconds": 600})
    old = candles(outside, limit=1)
    outside.world.faults.arm_from({"vendor": "binance", "kind": "empty_lists"})

    assert old[0][0] == (now_ms(outside) - 600_000) // MINUTE_MS * MINUTE_MS
    assert candles(outside, limit=1) == []
    assert len(candles(outside, limit=1)) == 1


def test_hours_of_pairs_follow_one_another(outside: Outside) -> None:
    """C-01: what moves together counts together; bitcoin and ether do, others less."""
    import numpy as np

    moves = {
        symbol: np.diff(np.log([float(row[4]) for row in candles(outside, "1h", of=symbol, limit=720)]))
        for symbol in ("BTCUSDT", "ETHUSDT", "ADAUSDT")
    }

    assert np.corrcoef(moves["BTCUSDT"], moves["ETHUSDT"])[0, 1] > 0.72
    assert np.corrcoef(moves["BTCUSDT"], moves["ADAUSDT"])[0, 1] < 0.68


def test_its_calls_are_counted_by_endpoint(outside: Outside) -> None:
    candles(outside, limit=1)
    outside.exchange("/nonsense")

    assert json.loads(json.dumps(outside.world.binance.calls())) == {
        "total": 2,
        "by_endpoint": {"GET /api/v3/klines": 1, "GET /api/v3/nonsense": 1},
    }

"""Faults of quotes: prices that are another's, old, or crossed, and lists without rows (I-15, I-06)."""

from datetime import UTC, datetime

import pytest

from infra.local.emulators.serving.faults import BadFault, parse_fault
from tests.emulators.support import Outside

CALL = "SPY260220C00605000"
PUT = "SPY260220P00605000"
CHAIN = "/v1/markets/options/chains"
ONE_EXPIRY = {"symbol": "SPY", "expiration": "2026-02-20"}
Row = dict[str, float]


@pytest.fixture
def outside() -> Outside:
    """Ten in the morning of a trading day."""
    return Outside()


def arm(outside: Outside, kind: str, vendor: str = "tradier", **more: object) -> None:
    """Arm one fault as the control interface does."""
    outside.world.faults.arm_from({"vendor": vendor, "kind": kind, **more})


def chain(outside: Outside) -> list[Row]:
    """Return one expiry from Tradier."""
    found: list[Row] = outside.sandbox.get(CHAIN, params=ONE_EXPIRY).json()["options"]["option"]
    return found


def strikes(outside: Outside, **asked: str) -> list[Row]:
    """Return one expiry from ORATS."""
    query = {"ticker": "SPY", "expiry": "2026-02-20", **asked}
    found: list[Row] = outside.orats.get("/live/strikes/monthly", params=query).json()["data"]
    return found


def test_a_quote_of_another_contract(outside: Outside) -> None:
    """Symbol and values are those of the twin: the put for the call, another ticker for a ticker."""
    twin, right = outside.quote(PUT), outside.quote(CALL)
    arm(outside, "other_instrument", times=2)

    assert outside.quote(CALL) == twin
    assert str(outside.quote("SPY")["symbol"]) != "SPY"
    assert outside.quote(CALL) == right


def test_a_chain_of_another_expiry(outside: Outside) -> None:
    """From either vendor every row says whose it is, and none is what was asked for."""
    arm(outside, "other_instrument")
    arm(outside, "other_instrument", "orats")

    assert {str(row["expiration_date"]) for row in chain(outside)} == {"2026-02-23"}
    assert {str(row["expirDate"]) for row in strikes(outside)} == {"2026-02-23"}
    assert {str(row["expiration_date"]) for row in chain(outside)} == {"2026-02-20"}


def test_a_ticker_taken_for_another(outside: Outside) -> None:
    """Where no expiry is named."""
    arm(outside, "other_instrument", "orats")
    rows = outside.orats.get("/summaries", params={"ticker": "SPY"}).json()["data"]

    assert [row["ticker"] for row in rows] != ["SPY"]


@pytest.mark.parametrize(("seconds", "age"), [(None, 600), (130, 130)])
def test_stale_quotes_are_those_of_then(outside: Outside, seconds: int | None, age: int) -> None:
    """Values and times alike, as from a cache that stands still."""
    outside.clock.forward(hours=1)
    now = outside.clock.at
    then = Outside()
    then.clock.at = now
    then.clock.forward(seconds=-age)
    arm(outside, "stale_quote", seconds=seconds)
    arm(outside, "stale_quote", "orats", seconds=seconds)
    quote, row = outside.quote(CALL), strikes(outside)[0]

    assert quote["bid_date"] == int(now.timestamp() - age) * 1000
    assert (quote["bid"], quote["ask"]) == (then.quote(CALL)["bid"], then.quote(CALL)["ask"])
    quoted = datetime.fromisoformat(str(row["quoteDate"])).astimezone(UTC)
    assert (now - quoted).total_seconds() == age
    assert outside.quote(CALL)["bid_date"] == int(now.timestamp()) * 1000


def test_crossed_quotes(outside: Outside) -> None:
    """Bid and ask change places wherever both are there."""
    right = outside.quote(CALL)
    arm(outside, "crossed_quote", times=2)
    wrong = outside.quote(CALL)

    assert (wrong["bid"], wrong["ask"]) == (right["ask"], right["bid"])
    assert all(row["bid"] > row["ask"] for row in chain(outside) if row["bid"] and row["ask"])
    assert all(row["bid"] < row["ask"] for row in chain(outside) if row["bid"] and row["ask"])


def test_crossed_strikes(outside: Outside) -> None:
    """At the other vendor too, and not a call longer."""
    arm(outside, "crossed_quote", "orats")
    crossed, right = strikes(outside), strikes(outside)
    quoted = [index for index, row in enumerate(right) if row["callBidPrice"] > 0]

    assert quoted
    for index in quoted:
        assert crossed[index]["callBidPrice"] == right[index]["callAskPrice"]
        assert crossed[index]["callAskPrice"] == right[index]["callBidPrice"]


@pytest.mark.parametrize(("kind", "tradier", "orats"), [("empty_lists", {}, []), ("null_lists", None, None)])
def test_lists_of_quotes_without_rows(outside: Outside, kind: str, tradier: object, orats: object) -> None:
    """I-06: nothing listed is not the same as nothing there."""
    arm(outside, kind)
    arm(outside, kind, "orats")

    assert outside.sandbox.get(CHAIN, params=ONE_EXPIRY).json() == {"options": tradier}
    assert outside.orats.get("/live/strikes", params={"ticker": "SPY"}).json() == {"data": orats}
    assert chain(outside)


def test_what_is_no_quote_leaves_the_fault_armed(outside: Outside) -> None:
    """A clock cannot be crossed."""
    arm(outside, "crossed_quote")
    outside.sandbox.get("/v1/markets/clock")

    assert len(outside.world.faults.armed()) == 1


@pytest.mark.parametrize(("seconds", "header"), [(3, "3"), (None, None)])
def test_the_data_vendor_limits_its_rate_too(
    outside: Outside, seconds: int | None, header: str | None
) -> None:
    """With Retry-After and without."""
    arm(outside, "rate_limited", "orats", seconds=seconds)
    answer = outside.orats.get("/tickers")

    assert (answer.status_code, answer.headers.get("Retry-After")) == (429, header)


def test_the_data_vendors_token_expires(outside: Outside) -> None:
    """Until it is let in again."""
    arm(outside, "expire_token", "orats")
    assert outside.orats.get("/tickers").status_code == 401
    outside.world.orats.add_token("orats-token")

    assert outside.orats.get("/tickers").status_code == 200


@pytest.mark.parametrize(
    "wish",
    [
        {"vendor": "orats", "kind": "both_legs_fill"},
        {"vendor": "tradier", "kind": "list_misses", "count": 0},
        {"vendor": "tradier", "kind": "expire_token", "at": "noon"},
        {"vendor": "tradier", "kind": "expire_token", "at": "2026-02-19T12:00:00"},
        {"vendor": "tradier", "kind": "rate_limited", "seconds": -1},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(wish: dict[str, object]) -> None:
    """With the reason."""
    with pytest.raises(BadFault):
        parse_fault(wish)

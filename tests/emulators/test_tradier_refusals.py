"""The four families of errors of the Tradier emulator, and its rate limits."""

import json

import httpx
import pytest

from tests.emulators.support import (
    ACCOUNT,
    LIVE_ACCOUNT,
    LIVE_TOKEN,
    ORDERS,
    TOKEN,
    Outside,
    fixture,
    refused,
)

CALL = "SPY260220C00605000"


@pytest.fixture
def outside() -> Outside:
    """Ten in the morning of a trading day."""
    return Outside()


@pytest.mark.parametrize("token", ["nonsense", LIVE_TOKEN, ""])
def test_a_wrong_or_foreign_token_is_a_fault_of_the_gateway(outside: Outside, token: str) -> None:
    """I-29: the live token is worth nothing at the sandbox."""
    answer = outside.client("https://sandbox.tradier.com", token).get("/v1/user/profile")

    assert answer.status_code == 401
    assert answer.json() == fixture("tradier", "fault_401_invalid_token.json")


def test_the_sandbox_token_is_worth_nothing_live(outside: Outside) -> None:
    """I-29, the other way."""
    client = outside.client("https://api.tradier.com", TOKEN)

    assert client.get(f"/v1/accounts/{LIVE_ACCOUNT}/orders").status_code == 401


@pytest.mark.parametrize("path", ["/v1/accounts/VA99999999/orders", f"{ORDERS}/1"])
def test_a_foreign_account_and_an_unknown_order_look_the_same(outside: Outside, path: str) -> None:
    """A sentence, not JSON, and no 404."""
    answer = outside.sandbox.get(path)
    account = path.split("/")[3]

    assert answer.status_code == 401
    assert answer.text == f"Unauthorized Account: {account}"
    with pytest.raises(json.JSONDecodeError):
        answer.json()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"tag": "x" * 256}, "Invalid parameter, tag: contains more than 255 characters."),
        ({"tag": "a_b"}, "Invalid parameter, tag: contains invalid characters."),
        ({"symbol": "XYZ"}, "Undefined symbol: XYZ."),
        ({"side[0]": "buy_to_open"}, "legs are not allowed for this order class"),
        ({"duration": "pre"}, "Invalid parameter, duration: pre market no longer available"),
        ({"option_symbol": "SPY26"}, "Invalid parameter, option_symbol: is not valid"),
        ({"side": "buy"}, "Invalid parameter, side: is not valid"),
        ({"quantity": "1.5"}, "Invalid parameter, quantity: is not valid"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(
    outside: Outside, change: dict[str, str], sentence: str
) -> None:
    """Status 400, whatever the caller accepts."""
    answer = outside.option(CALL, "buy_to_open", 1, **change)

    assert (answer.status_code, answer.text) == (400, sentence)


def test_prices_finer_than_a_cent_are_refused(outside: Outside) -> None:
    """The exact text is not known."""
    answer = outside.option(CALL, "buy_to_open", 1, type="limit", price="1.005")

    assert answer.status_code == 400
    assert answer.text.startswith("Invalid parameter, price: ")


@pytest.mark.parametrize(
    ("symbol", "side", "quantity", "terms", "code"),
    [
        (CALL, "sell_to_close", 1, {}, "UnexpectedSellOrderOption"),
        (CALL, "buy_to_close", 1, {}, "UnexpectedBuyToCoverOrderOption"),
        (CALL, "buy_to_open", 0, {}, "IncorrectOrderQuantity"),
        (CALL, "buy_to_open", 1, {"duration": "gtc"}, "MarketOrderIsGtc"),
        (CALL, "buy_to_open", 1, {"type": "limit"}, "LimitPriceUndefined"),
        (CALL, "buy_to_open", 1, {"type": "stop"}, "StopPriceUndefined"),
        (CALL, "buy_to_open", 100_000, {}, "InitialMargin"),
        ("SPY260218C00605000", "buy_to_open", 1, {}, "InvalidOrderExpiration"),
        ("SPY260220C00605500", "buy_to_open", 1, {}, "SecurityUndefined"),
    ],
)
def test_what_is_against_the_rules_is_refused_with_200(
    outside: Outside, symbol: str, side: str, quantity: int, terms: dict[str, str], code: str
) -> None:
    """And with a code of the table, behind the usual sentence."""
    assert refused(outside.option(symbol, side, quantity, **terms)) == code
    assert outside.world.sandbox.truth_orders(ACCOUNT) == []


def test_every_code_used_is_in_the_table(outside: Outside) -> None:
    """The table carries the misspelling of the first market order as well as its correction."""
    table = json.dumps(fixture("tradier", "order_error_codes.json"))

    for code in ("UnexpectedSellOrderOption", "LongPositionCrossZero", "OcoPriceDifferenceIsLessThanDelta"):
        assert code in table


def test_who_does_not_ask_for_json_gets_xml(outside: Outside) -> None:
    """A client that forgets the header breaks here as it would in life."""
    answer = outside.sandbox.get("/v1/markets/clock", headers={"Accept": "*/*"})

    assert answer.headers["content-type"] == "application/xml"
    assert answer.text.startswith("<?xml")


def test_the_window_starts_with_the_first_call_and_ends_a_minute_later(outside: Outside) -> None:
    """60 calls a minute and bucket at the sandbox; the buckets do not share."""
    first = outside.sandbox.get("/v1/user/profile")
    for _ in range(59):
        last = outside.sandbox.get("/v1/user/profile")
    over = outside.sandbox.get("/v1/user/profile")
    other = outside.sandbox.get("/v1/markets/clock")
    outside.clock.forward(seconds=60)
    later = outside.sandbox.get("/v1/user/profile")

    assert limits(first) == ("60", "1", "59")
    assert first.headers["X-Ratelimit-Expiry"] == str(1771513260000)
    assert limits(last) == ("60", "60", "0")
    assert (over.status_code, limits(over)) == (429, ("60", "60", "0"))
    assert other.status_code == 200
    assert (later.status_code, limits(later)) == (200, ("60", "1", "59"))


def test_live_allows_twice_as_many_reads(outside: Outside) -> None:
    """But as many orders."""
    read = outside.live.get("/v1/user/profile")
    order = outside.live.post(f"/v1/accounts/{LIVE_ACCOUNT}/orders", data={})

    assert limits(read)[0] == "120"
    assert limits(order)[0] == "60"


def limits(answer: httpx.Response) -> tuple[str, str, str]:
    """Return the three counts of the limit's headers."""
    allowed, used, available = (
        answer.headers[f"X-Ratelimit-{name}"] for name in ("Allowed", "Used", "Available")
    )
    return allowed, used, available

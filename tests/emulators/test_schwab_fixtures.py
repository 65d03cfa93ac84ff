"""What the emulator of Schwab shows has the shape of what was recorded there (B-10)."""

import json
from datetime import timedelta
from typing import Any  # JSON
from urllib.parse import urlencode

import pytest

from infra.local.emulators.schwab.account_views import hash_of
from infra.local.emulators.schwab.bodies import read_order
from infra.local.emulators.schwab.logins import Application
from infra.local.emulators.schwab.problems import TraderRefusal
from infra.local.emulators.serving.exchange import request_from_target
from infra.local.emulators.world import World
from tests.brokers.conformance import WorldClock
from tests.brokers.schwab_support import ACCOUNT, CLIENT_ID, CLIENT_SECRET, LOGIN, REDIRECT_URI
from tests.brokers.support import fixture

BASIC = "Basic YW4tYXBwLWtleTphbi1hcHAtc2VjcmV0"


class Caller:
    """A customer's program in the emulator's own process."""

    def __init__(self) -> None:
        self.clock = WorldClock()
        self.world = World.create(7, self.clock, lambda _seconds: None)
        self.world.schwab.open_account(ACCOUNT, LOGIN)
        self.world.schwab.register(
            Application(client_id=CLIENT_ID, client_secret=CLIENT_SECRET, redirect_uri=REDIRECT_URI)
        )
        self.refresh = self.world.schwab.sign_in(CLIENT_ID, LOGIN)
        self.access = str(
            self.token({"grant_type": "refresh_token", "refresh_token": self.refresh})[1]["access_token"]
        )
        self.account = f"/trader/v1/accounts/{hash_of(ACCOUNT)}"

    def token(self, form: dict[str, str]) -> tuple[int, Any]:
        """Ask for tokens."""
        return self.ask("POST", "/v1/oauth/token", urlencode(form).encode(), authorization=BASIC)

    def ask(
        self, method: str, target: str, body: bytes = b"", *, authorization: str | None = None
    ) -> tuple[int, Any]:
        """Call, and return status and JSON, the address of what was made in place of an empty body."""
        headers = {"Authorization": authorization or f"Bearer {self.access}"}
        response = self.world.schwab.handle(request_from_target(method, target, headers, body))
        if not response.body:
            return response.status, response.headers.get("Location", "")
        return response.status, json.loads(response.body)


@pytest.fixture(scope="module")
def caller() -> Caller:
    """One customer with one account."""
    return Caller()


def shape(value: object) -> object:
    """Return the kinds of a JSON value: keys of objects, the first item of lists."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return (
        "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__
    )


def test_orders_have_the_recorded_keys(caller: Caller) -> None:
    recorded = json.loads(fixture("schwab", "order_limit_canceled_2026.json"))
    asked = {
        "orderStrategyType": "SINGLE",
        "session": "NORMAL",
        "orderType": "LIMIT",
        "duration": "GOOD_TILL_CANCEL",
        "price": "1.00",
        "orderLegCollection": [
            {"instruction": "BUY", "quantity": 1, "instrument": {"symbol": "SPY", "assetType": "EQUITY"}}
        ],
    }
    status, place = caller.ask("POST", f"{caller.account}/orders", json.dumps(asked).encode())
    assert status == 201
    number = place.rpartition("/")[2]
    assert caller.ask("DELETE", f"{caller.account}/orders/{number}") == (200, "")
    _, shown = caller.ask("GET", f"{caller.account}/orders/{number}")

    assert shape(shown) == shape(recorded)
    refused, _ = caller.ask("DELETE", f"{caller.account}/orders/{number}")
    assert refused == 400


def test_accounts_quotes_chains_and_expirations_have_the_recorded_keys(caller: Caller) -> None:
    """B-10: what is shown is a part of what was recorded, under the same names."""
    expiry = caller.clock.at.date() + timedelta(days=2)
    pairs = {
        f"/marketdata/v1/chains?symbol=SPY&contractType=CALL&strikeCount=3&toDate={expiry}": (
            "chains_aapl_2024_truncated"
        ),
        "/marketdata/v1/expirationchain?symbol=SPY": "expirationchain_aapl_2024",
        caller.account: "accounts_all_margin_no_positions",
        "/trader/v1/accounts/accountNumbers": "account_numbers",
        "/trader/v1/userPreference": "user_preference",
    }
    for target, name in pairs.items():
        status, shown = caller.ask("GET", target)
        recorded = json.loads(fixture("schwab", f"{name}.json"))
        recorded = recorded[0] if isinstance(recorded, list) and isinstance(shown, dict) else recorded

        assert status == 200, target
        strange = set(_unknown(shown, recorded)) - _CUT_OFF
        assert strange == set(), target


#: The recorded chain was shortened before it was published.
_CUT_OFF = {".underlying", ".putExpDateMap"}


def _unknown(shown: object, recorded: object, place: str = "") -> list[str]:
    """Return where keys are shown that no recorded body has; dates and strikes are keys of any name."""
    if isinstance(shown, list) and isinstance(recorded, list):
        return _unknown(shown[0], recorded[0], place) if shown and recorded else []
    if not isinstance(shown, dict) or not isinstance(recorded, dict):
        return []
    if place.endswith("DateMap") or ":" in place:
        first = next(iter(recorded.values()), None)
        return [one for key, inner in list(shown.items())[:1] for one in _unknown(inner, first, key)]
    strange = [f"{place}.{name}" for name in shown if name not in recorded]
    return strange + [
        one for name in shown if name in recorded for one in _unknown(shown[name], recorded[name], name)
    ]


@pytest.mark.parametrize(
    "name",
    [
        "request_equity_limit",
        "request_equity_market",
        "request_first_triggers_oco",
        "request_first_triggers_second",
        "request_oco",
        "request_option_single_buy_to_open_limit",
        "request_option_single_sell_to_open_limit",
        "request_vertical_put_net_debit",
    ],
)
def test_every_documented_request_is_read(name: str) -> None:
    assert read_order(json.loads(fixture("schwab", f"{name}.json"))).order_class


def test_what_a_client_in_daily_use_asks_for_is_answered() -> None:
    """B-10: schwab-py asks for sixty days to the second, parts of quotes, and a chain's underlying."""
    caller = Caller()
    now = caller.clock.at.replace(microsecond=0)
    since = (now - timedelta(days=60)).strftime("%Y-%m-%dT%H:%M:%SZ")
    span = f"fromEnteredTime={since}&toEnteredTime={now.strftime('%Y-%m-%dT%H:%M:%SZ')}"
    caller.clock.at = now + timedelta(milliseconds=400)
    asked = json.loads(fixture("schwab", "request_option_single_buy_to_open_limit.json"))
    leg = {"instruction": "BUY", "quantity": 1, "instrument": {"symbol": "SPY", "assetType": "EQUITY"}}
    caller.ask(
        "POST", f"{caller.account}/orders", json.dumps({**asked, "orderLegCollection": [leg]}).encode()
    )

    assert len(caller.ask("GET", f"{caller.account}/orders?{span}")[1]) == 1, "entered in this very second"
    earlier = span.replace(since, (now - timedelta(days=61)).strftime("%Y-%m-%dT%H:%M:%SZ"))
    assert caller.ask("GET", f"{caller.account}/orders?{earlier}")[0] == 400
    assert caller.ask("GET", f"{caller.account}/orders?{span.replace(since, '2026-02-18')}")[0] == 400
    (quote,) = caller.ask("GET", "/marketdata/v1/SPY/quotes?fields=quote")[1].values()
    assert [name for name, part in quote.items() if isinstance(part, dict)] == ["quote"]
    chain = "/marketdata/v1/chains?symbol=$SPX&strikeCount=1&toDate=2026-02-20&includeUnderlyingQuote="
    assert caller.ask("GET", f"{chain}true")[1]["underlying"]["last"] > 0
    assert caller.ask("GET", f"{chain}false")[1]["underlying"] is None


def test_quotes_have_the_documented_keys_by_kind(caller: Caller) -> None:
    """B-10: an index has no bid, an option its Greeks and terms; each under the name that was asked for."""
    mixed: Any = json.loads(fixture("schwab", "quotes_mixed_options_index_2022.json"))
    single: Any = json.loads(fixture("schwab", "quote_single_intc_2024.json"))
    call = next(
        iter(caller.ask("GET", "/marketdata/v1/chains?symbol=SPY&strikeCount=1")[1]["callExpDateMap"])
    )
    expiry = call.partition(":")[0]
    chain = caller.ask(
        "GET", f"/marketdata/v1/chains?symbol=SPY&strikeCount=1&fromDate={expiry}&toDate={expiry}"
    )[1]
    ((option,),) = chain["callExpDateMap"][call].values()
    asked = urlencode({"symbols": f"SPY,$SPX,{option['symbol']}"})
    shown = caller.ask("GET", f"/marketdata/v1/quotes?{asked}")[1]
    pairs = {
        "SPY": single["INTC"],
        "$SPX": mixed["$SPX"],
        option["symbol"]: mixed["AMZN  220617C03170000"],
    }

    assert shown.keys() == pairs.keys()
    for symbol, recorded in pairs.items():
        assert set(_unknown(shown[symbol], recorded)) <= _OUR_OWN.get(symbol, set()), symbol
        assert type(shown[symbol]["quote"]["lastPrice"]) in {int, float}
    assert "bidPrice" not in shown["$SPX"]["quote"]
    assert caller.ask("GET", "/marketdata/v1/SPY/quotes")[1].keys() == {"SPY"}


#: An index's mark and the time of its quote, which the sample of 2022 lacks.
_OUR_OWN = {"$SPX": {"quote.mark", "quote.quoteTime"}}


def test_a_trailing_stop_is_refused_by_name() -> None:
    """B-10: nobody here sends one, and the emulator takes none for another order."""
    with pytest.raises(TraderRefusal, match="orderType is not valid"):
        read_order(json.loads(fixture("schwab", "request_trailing_stop.json")))


def test_refusals_have_a_shape_by_product(caller: Caller) -> None:
    unknown = "Bearer nothing"
    _, of_trader = caller.ask("GET", "/trader/v1/accounts", authorization=unknown)
    _, of_data = caller.ask("GET", "/marketdata/v1/quotes?symbols=SPY", authorization=unknown)
    status, of_token = caller.token({"grant_type": "refresh_token", "refresh_token": "R0.nobody.x@"})

    assert shape(of_trader) == shape(json.loads(fixture("schwab", "error_trader_shape.json")))
    assert shape(of_data) == shape(json.loads(fixture("schwab", "error_401_client_not_authorized.json")))
    assert (status, set(of_token)) == (400, {"error", "error_description"})
    extra = json.dumps({"orderStrategyType": "SINGLE", "requestedDestination": "AUTO"}).encode()
    assert caller.ask("POST", f"{caller.account}/orders", extra)[0] == 400
    assert caller.ask("GET", f"/trader/v1/accounts/{ACCOUNT}")[0] == 404, "the name, never the number"


def test_greeks_are_missing_off_hours_and_index_symbols_have_a_dollar() -> None:
    """Wire, 4: −999 is no value."""
    caller = Caller()
    _, told = caller.ask("GET", "/marketdata/v1/quotes?symbols=SPY,%24SPX,SPX,NOPE")
    assert set(told) == {"SPY", "$SPX", "errors"}
    assert told["errors"] == {"invalidSymbols": ["SPX", "NOPE"]}
    caller.clock.at += timedelta(hours=10)
    caller.access = str(
        caller.token({"grant_type": "refresh_token", "refresh_token": caller.refresh})[1]["access_token"]
    )
    _, chain = caller.ask("GET", "/marketdata/v1/chains?symbol=SPY&contractType=PUT&strikeCount=1")
    ((row,),) = next(iter(chain["putExpDateMap"].values())).values()

    assert row["delta"] == row["volatility"] == -999.0
    status, fault = caller.ask("GET", "/marketdata/v1/chains?symbol=%24SPX")
    assert (status, fault["fault"]["faultstring"]) == (502, "Body buffer overflow")


def test_a_code_is_good_once_and_for_half_a_minute() -> None:
    """Wire, 1: it comes back at the registered address alone, and ends in @."""
    caller = Caller()
    logins = caller.world.schwab.logins
    form = {"grant_type": "authorization_code", "redirect_uri": REDIRECT_URI}
    code = logins.code(CLIENT_ID, LOGIN, caller.clock.at)
    assert code.endswith("@")
    status, told = caller.token({**form, "code": code})
    assert (status, shape(told)) == (200, shape(json.loads(fixture("schwab", "oauth_token_ok.json"))))
    assert caller.token({**form, "code": code})[0] == 400
    late = logins.code(CLIENT_ID, LOGIN, caller.clock.at)
    caller.clock.at += timedelta(seconds=31)
    assert caller.token({**form, "code": late})[0] == 400
    other = {**form, "redirect_uri": REDIRECT_URI + "/"}
    assert caller.token({**other, "code": logins.code(CLIENT_ID, LOGIN, caller.clock.at)})[0] == 400


def test_more_than_a_hundred_and_twenty_calls_a_minute_are_refused() -> None:
    """B-10: counted by the application, whoever signed in to it."""
    caller = Caller()
    found = [caller.ask("GET", "/trader/v1/accounts/accountNumbers")[0] for _ in range(122)]
    caller.clock.at += timedelta(seconds=61)

    assert found == [200] * 120 + [429] * 2
    assert caller.ask("GET", "/trader/v1/accounts/accountNumbers")[0] == 200

"""Trading at tastytrade's certification environment: the way of a trade, and its access tokens (B-10)."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.brokers.offers import OFFERS
from chalicelib.domain.accounts import AccountRef, BrokerMode, BrokerName
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.instruments.symbols import OptionType
from chalicelib.domain.instruments.ticks import ceil_to_tick
from chalicelib.domain.trading.commands import PlaceTrade, WantedLeg
from chalicelib.domain.trading.orders import OrderType
from chalicelib.services.errors import BrokerRefused
from chalicelib.vendors.errors import AuthenticationFailed
from infra.local.database.postgres import DatabaseUrls
from tests.api.support import Api, User, access_token
from tests.services.stage import Stage

CERT = BrokerMode.TASTYTRADE_CERT
ACCOUNT = "5WT00001"
THERE = AccountRef(username="alice", mode=CERT, account_id=ACCOUNT)
CREDENTIALS = {"client_secret": "a-client-secret", "refresh_token": "a-refresh-token"}
CONNECTION = "/api/connections/tastytrade"


@pytest.fixture
def api(stage: Stage, database_urls: DatabaseUrls) -> Iterator[Api]:
    """The API's routes over the stage's product."""
    made = Api(database_urls)
    made.use(stage.env)
    yield made
    made.close()


@pytest.fixture
def alice(api: Api) -> User:
    """The stage's alice, signed in."""
    return User(api, access_token("alice", sub="sub-alice"))


@pytest.fixture
def tasty(stage: Stage) -> Stage:
    """The stage with alice's account at tastytrade open, connected and chosen."""
    open_account(stage)
    connect(stage)
    return stage


def connect(stage: Stage) -> None:
    """Store alice's connection, and send her trades there."""
    stage.connect(CERT, ACCOUNT, OFFERS[BrokerName.TASTYTRADE].joined(CREDENTIALS))
    stage.set(broker_mode=CERT.value)


def open_account(stage: Stage, cash: Decimal = Decimal(1_000_000)) -> None:
    """Open alice's account at the emulator."""
    stage.world.tastytrade_cert.open_account(
        ACCOUNT, CREDENTIALS["refresh_token"], CREDENTIALS["client_secret"], cash=cash
    )


def held(stage: Stage) -> dict[str, float]:
    """Return what the vendor says the account holds."""
    positions = stage.world.tastytrade_cert.truth_positions(ACCOUNT)
    return {str(one["symbol"]): float(str(one["quantity"])) for one in positions}


def lose_the_next_answer(stage: Stage, path: str) -> None:
    """Have the vendor take the next call, and its answer not arrive."""
    stage.fault("timeout_after", path=path, vendor="tastytrade")


def test_a_trade_goes_from_the_api_to_a_fill_a_bracket_and_a_close(stage: Stage, alice: User) -> None:
    """B-10: connected, opened, protected and closed by calls of the API alone; nothing else is touched."""
    open_account(stage)
    wanted = {"environment": "paper", "credentials": CREDENTIALS}
    connected = alice.put(CONNECTION, wanted).json
    assert (connected["broker_mode"], connected["account_id"], connected["state"]) == (CERT, ACCOUNT, "OK")
    alice.put("/api/settings", {"broker_mode": CERT.value})
    contract = stage.contract()
    bid, ask = stage.quote(contract)
    placed = alice.post(
        "/api/trades",
        {
            "ticker": contract.underlying,
            "option_type": contract.option_type.value,
            "strike": float(contract.strike),
            "expiry": contract.expiry.isoformat(),
            "order_type": "market",
            "qty": 2,
            "sl_price": float(round(bid / 2, 1)),
            "tp_price": float(round(ask * 2, 1)),
        },
    ).json
    opened = stage.trade(placed)

    assert (opened["status"], opened["broker_mode"]) == ("OPEN", CERT)
    assert opened["fees"] == 2.0, "a dollar a contract to open"
    assert held(stage) == {contract.to_occ(): 2.0}
    (oco,) = [one for one in stage.world.tastytrade_cert.truth_orders(ACCOUNT) if one["class"] == "oco"]
    assert oco["status"] == "open"

    closed = stage.close_trade(opened).trade
    assert (closed["status"], closed["fees"]) == ("CLOSED", 2.0), "nothing to close"
    assert held(stage) == {}
    assert {one["status"] for one in stage.world.tastytrade_cert.truth_orders(ACCOUNT)} == {
        "filled",
        "canceled",
    }
    assert stage.truth() == []


def test_its_target_closes_a_trade_over_there(tasty: Stage) -> None:
    trade = tasty.place_bracketed()
    assert trade["status"] == "OPEN"
    tasty.advance(61)
    tasty.jump("AAPL", 1.5)
    tasty.sync()

    ended = tasty.trade(trade)
    assert (ended["status"], ended["close_reason"]) == ("CLOSED", "TP_HIT")
    assert held(tasty) == {}


def spread(stage: Stage) -> dict[str, Any]:  # Any: JSON
    """Open a call spread and return it."""
    near = stage.contract()
    source = stage.env.market_data.for_user("alice")
    chain = source.chain("AAPL", [near.expiry])
    strikes = sorted({int(symbol[-8:]) for symbol in chain.quotes if symbol[-9] == "C"})
    far = Decimal(next(one for one in strikes if one > near.strike * 1000)) / 1000
    legs = tuple(
        WantedLeg(
            option_type=OptionType.CALL, strike=strike, expiry=near.expiry, root=near.root, side=side, ratio=1
        )
        for strike, side in ((near.strike, LegSide.LONG), (far, LegSide.SHORT))
    )
    (_, ask), (bid, _) = (stage.quote(replace(near, strike=strike)) for strike in (near.strike, far))
    price = ceil_to_tick("AAPL", ask - bid)
    return stage.place(PlaceTrade(ticker="AAPL", order_type=OrderType.LIMIT, limit_price=price, legs=legs))


def test_a_spread_is_one_order_there_and_closes_as_one(tasty: Stage) -> None:
    """W-01: whole or not at all."""
    trade = spread(tasty)
    assert trade["status"] == "OPEN", trade
    assert sorted(held(tasty).values()) == [-1.0, 1.0]
    tasty.close_trade(tasty.trade(trade))
    tasty.sync()

    assert held(tasty) == {}
    assert {one["class"] for one in tasty.world.tastytrade_cert.truth_orders(ACCOUNT)} == {"multileg"}


def test_a_lost_answer_is_found_by_our_identifier_and_never_sent_again(tasty: Stage) -> None:
    """I-05: nothing is deduplicated there."""
    lose_the_next_answer(tasty, "/orders")
    trade = tasty.place(tasty.command(qty=1))
    assert trade["status"] == "PENDING"
    tasty.sync()

    assert tasty.trade(trade)["status"] == "OPEN"
    assert sorted(held(tasty).values()) == [1.0]


def test_a_lost_answer_to_a_bracket_leaves_one_bracket(tasty: Stage) -> None:
    """I-05, I-08: found by the tag of its orders, since a complex order bears none."""
    lose_the_next_answer(tasty, "/complex-orders")
    trade = tasty.place_bracketed()
    for _ in range(3):
        tasty.sync()

    working = [one for one in tasty.world.tastytrade_cert.truth_orders(ACCOUNT) if one["status"] == "open"]
    assert [one["class"] for one in working] == ["oco"]
    assert tasty.trade(trade)["status"] == "OPEN"


def test_an_access_token_is_shared_sealed_and_renewed_once(tasty: Stage) -> None:
    """B-10, A-12: fifteen minutes long whoever calls, in any process; what is stored is sealed."""
    grants = tasty.world.tastytrade_cert.grants
    tasty.place_bracketed()
    for _ in range(5):
        tasty.sync()
    assert grants.renewals == 1
    tasty.advance(900)
    brokers = [tasty.env.brokers.broker_for(THERE) for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda one: one.positions(), brokers))

    assert grants.renewals == 2
    (row,) = tasty.query("select access_sealed, access_until from connections where broker_mode = :m", m=CERT)
    assert row.access_sealed.startswith("k1:") or "k1" in row.access_sealed
    assert row.access_until > tasty.clock.now()


def test_a_revoked_grant_is_not_asked_for_again_and_again(tasty: Stage) -> None:
    """An address that signs in wrongly too often is shut out there: four times an hour at most."""
    trade = tasty.place_bracketed()
    grants = tasty.world.tastytrade_cert.grants
    tasty.world.faults.arm_from({"vendor": "tastytrade", "kind": "expire_token", "account": ACCOUNT})
    asked = _token_calls(tasty)
    for _ in range(5):
        with pytest.raises(AuthenticationFailed):
            tasty.env.brokers.broker_for(THERE).positions()
        tasty.advance(60)

    assert _token_calls(tasty) == asked + 1
    assert grants.renewals == 1
    assert tasty.trade(trade)["status"] == "OPEN", "nothing is concluded"


def _token_calls(stage: Stage) -> int:
    by_endpoint = stage.world.tastytrade_cert.calls()["by_endpoint"]
    assert isinstance(by_endpoint, dict)
    return int(by_endpoint.get("POST /oauth/token", 0))


def test_credentials_that_it_does_not_take_are_not_stored(stage: Stage, alice: User) -> None:
    """W-03: tried first; both of them, and neither is shown."""
    open_account(stage)
    wrong = {"environment": "paper", "credentials": {**CREDENTIALS, "client_secret": "another-secret"}}
    answer = alice.put(CONNECTION, wrong)

    assert (answer.status, answer.json["type"].rpartition("/")[2]) == (422, "broker-refused")
    assert stage.query("select from connections where broker_mode = :mode", mode=CERT) == []
    assert "another-secret" not in answer.text


def test_a_grant_of_the_certification_environment_is_none_of_a_live_account(
    stage: Stage, alice: User
) -> None:
    """I-29: each environment has grants of its own, and nothing of one goes to the other's host."""
    open_account(stage)
    answer = alice.put(CONNECTION, {"environment": "live", "credentials": CREDENTIALS})

    assert (answer.status, answer.kind) == (422, "broker-refused")
    assert stage.query("select from connections where broker_mode = 'TASTYTRADE_LIVE'") == []


def test_what_tastytrade_refuses_is_told_in_its_own_words(stage: Stage) -> None:
    open_account(stage, cash=Decimal(100))
    connect(stage)
    with pytest.raises(BrokerRefused) as caught:
        stage.place(stage.command(qty=2))

    assert "buying power" in str(caught.value)

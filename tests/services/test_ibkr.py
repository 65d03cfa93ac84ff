"""Trading at Interactive Brokers' paper accounts: a trade's way, one session, conids (B-10)."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

import psycopg
import pytest

from chalicelib.brokers.offers import OFFERS
from chalicelib.domain.accounts import AccountRef, BrokerMode, BrokerName
from chalicelib.domain.trading.commands import PlaceTrade
from chalicelib.domain.trading.orders import OrderStatus, OrderType
from chalicelib.services.errors import BrokerRefused, Invalid, Unavailable
from chalicelib.store.accounts.leases import session_resource, take_lease
from infra.local.database.postgres import DatabaseUrls
from tests.api.support import Api, User, access_token
from tests.brokers.ibkr_support import credentials
from tests.services.stage import Stage, eastern
from tests.services.structures import PUT, SHORT, contract_of, legs_of
from tests.services.test_tastytrade import spread

PAPER = BrokerMode.IBKR_PAPER
ACCOUNT: Final = "DU0000001"
THERE = AccountRef(username="alice", mode=PAPER, account_id=ACCOUNT)
CONNECTION = "/api/connections/ibkr"
HOUR: Final = timedelta(hours=1)


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
def ibkr(stage: Stage) -> Stage:
    """The stage with alice's account at Interactive Brokers open, connected and chosen."""
    stage.world.ibkr.open_account(ACCOUNT, credentials(), cash=Decimal(1_000_000))
    connect(stage)
    return stage


def connect(stage: Stage) -> None:
    """Store alice's connection, and send her trades there."""
    stage.connect(PAPER, ACCOUNT, OFFERS[BrokerName.IBKR].joined(credentials().named()))
    stage.set(broker_mode=PAPER.value)


def held(stage: Stage) -> dict[str, float]:
    """Return what the vendor says the account holds."""
    positions = stage.world.ibkr.truth_positions(ACCOUNT)
    return {str(one["symbol"]): float(str(one["quantity"])) for one in positions}


def calls(stage: Stage, endpoint: str) -> int:
    """Return how often the vendor was asked for something."""
    by_endpoint = stage.world.ibkr.calls()["by_endpoint"]
    assert isinstance(by_endpoint, dict)
    return int(by_endpoint.get(endpoint, 0))


def test_a_trade_goes_from_the_api_to_a_fill_a_bracket_and_a_close(stage: Stage, alice: User) -> None:
    """B-10: connected, opened, protected and closed by calls of the API alone; nothing else is touched."""
    stage.world.ibkr.open_account(ACCOUNT, credentials(), cash=Decimal(1_000_000))
    wanted = {"environment": "paper", "credentials": credentials().named()}
    connected = alice.put(CONNECTION, wanted).json
    assert (connected["broker_mode"], connected["account_id"], connected["state"]) == (PAPER, ACCOUNT, "OK")
    alice.put("/api/settings", {"broker_mode": PAPER.value})
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

    assert (opened["status"], opened["broker_mode"]) == ("OPEN", PAPER)
    assert opened["fees"] == 1.3, "65 cents a contract"
    assert held(stage) == {contract.to_occ(): 2.0}
    (oco,) = [one for one in stage.world.ibkr.truth_orders(ACCOUNT) if one["class"] == "oco"]
    assert oco["status"] == "open"

    stage.advance(10)
    closed = stage.close_trade(opened).trade
    assert (closed["status"], closed["fees"]) == ("CLOSED", 2.6)
    assert held(stage) == {}
    assert {one["status"] for one in stage.world.ibkr.truth_orders(ACCOUNT)} == {"filled", "canceled"}
    assert stage.truth() == []


def test_its_target_closes_a_trade_over_there(ibkr: Stage) -> None:
    trade = ibkr.place_bracketed()
    assert trade["status"] == "OPEN"
    ibkr.advance(61)
    ibkr.jump("AAPL", 1.5)
    ibkr.sync()

    ended = ibkr.trade(trade)
    assert (ended["status"], ended["close_reason"]) == ("CLOSED", "TP_HIT")
    assert held(ibkr) == {}


def test_a_spread_is_one_order_there_and_closes_as_one(ibkr: Stage) -> None:
    """W-01: whole or not at all; its legs' prices come of executions, which may be asked for now and then."""
    trade = spread(ibkr)
    assert trade["status"] == "OPEN", trade
    assert sorted(held(ibkr).values()) == [-1.0, 1.0]
    ibkr.advance(10)
    ibkr.close_trade(ibkr.trade(trade))
    ibkr.advance(61)
    ibkr.sync()

    assert held(ibkr) == {}
    assert {one["class"] for one in ibkr.world.ibkr.truth_orders(ACCOUNT)} == {"multileg"}


def test_a_sale_by_hand_is_taken_over_at_its_own_price(ibkr: Stage) -> None:
    """I-31: the vendor says SELL and names nothing of ours; that is what took the contracts away."""
    trade = ibkr.place(ibkr.command(qty=2))
    (symbol,) = held(ibkr)
    price = ibkr.world.ibkr.hands.sell(ACCOUNT, symbol, 2)
    assert price is not None
    ibkr.meanwhile = lambda: ibkr.advance(5)  # lists are told once in five seconds, and are waited for
    for _ in range(3):
        ibkr.sync()

    sold = ibkr.trade(trade)
    assert sold["status"] == "CLOSED", sold
    assert sold["close_price"] == float(price)


def test_what_is_sold_by_hand_while_a_list_is_waited_for_is_not_sold_again(ibkr: Stage) -> None:
    """I-08, seeds 1403848, 1403860: the vendor nets, and a close of what went would open another position."""
    trade = ibkr.place(ibkr.command(qty=2))
    (symbol,) = held(ibkr)
    ibkr.sync()
    went: list[object] = []

    def waits() -> None:
        ibkr.advance(5)
        if not went:
            went.append(ibkr.world.ibkr.hands.sell(ACCOUNT, symbol, 2))

    ibkr.meanwhile = waits
    ibkr.close_trade(ibkr.trade(trade))
    for _ in range(4):
        ibkr.sync()

    assert went[0] is not None
    assert held(ibkr) == {}
    assert ibkr.trade(trade)["close_price"] == float(str(went[0]))


def test_a_close_that_nobody_could_check_and_that_opened_a_short_is_told(ibkr: Stage) -> None:
    """I-09, I-28, seed 1405539: an exit goes though what is held cannot be read; then it is looked at."""
    trade = ibkr.place(ibkr.command(qty=2))
    (symbol,) = held(ibkr)
    assert ibkr.world.ibkr.hands.sell(ACCOUNT, symbol, 2) is not None
    ibkr.meanwhile = lambda: ibkr.advance(5)
    ibkr.fault("status", vendor="ibkr", method="GET", path="/positions/", times=9, code=500, body="")
    closed = ibkr.close_trade(ibkr.trade(trade)).trade
    assert (closed["status"], held(ibkr)) == ("CLOSED", {symbol: -2.0})
    ibkr.world.faults.clear()
    for _ in range(3):
        ibkr.sync()
    told = "select text, resolved_at from alerts where kind = 'account_short'"
    assert [(f"short 2 of {symbol}" in row.text, row.resolved_at) for row in ibkr.query(told)] == [
        (True, None)
    ]

    ibkr.world.ibkr.hands.buy_back(ACCOUNT, symbol, 2)
    for _ in range(4):
        ibkr.sync(after=120)
    assert [row.resolved_at is not None for row in ibkr.query(told)] == [True]
    assert ibkr.run("sync") == {"skipped": "no account has open trades"}


def test_what_is_looked_at_after_a_close_is_looked_at_once(ibkr: Stage) -> None:
    """An account that shows nothing on the next day is at work no more, though it might have been reset."""
    trade = ibkr.place(ibkr.command(qty=1))
    ibkr.meanwhile = lambda: ibkr.advance(5)
    assert ibkr.close_trade(ibkr.trade(trade)).trade["status"] == "CLOSED"
    ibkr.fault("status", vendor="ibkr", method="GET", path="/positions/", times=99, code=500, body="")
    ibkr.sync()
    ibkr.world.faults.clear()
    ibkr.go_to(eastern(date(2026, 2, 20), 9, 31))
    first, then = ibkr.run("sync"), ibkr.sync()

    assert first["accounts"] == 1
    assert then == {"skipped": "no account has open trades"}


def test_nothing_is_entered_against_what_another_trade_holds(ibkr: Stage) -> None:
    """I-09, seed 1403860: the vendor nets the two, and neither could be protected or left any more."""
    ibkr.set(heat_limit_pct=Decimal(100))
    expiry = ibkr.env.market_data.for_user("alice").expirations("SPY")[3]
    (put,) = legs_of(ibkr, (SHORT, PUT, -2), expiry=expiry)
    against = PlaceTrade(ticker="SPY", legs=(put,), order_type=OrderType.MARKET, qty=Decimal(1))
    trade = ibkr.place(ibkr.command(contract_of(put), qty=1))
    ibkr.advance(10)
    with pytest.raises(Invalid) as refused:
        ibkr.place(against)
    assert [(one.field, "net the two" in one.message) for one in refused.value.errors] == [("legs", True)]
    assert list(held(ibkr).values()) == [1.0]

    ibkr.close_trade(ibkr.trade(trade))
    ibkr.advance(10)
    assert ibkr.place(against)["status"] == "OPEN"
    assert list(held(ibkr).values()) == [-1.0]


def test_a_bracket_whose_contract_is_known_no_more_is_named_by_what_is_held(ibkr: Stage) -> None:
    """I-33: a database that went back has lost the vendor's numbers as well, and must know what protects."""
    ibkr.place_bracketed()
    (symbol,) = held(ibkr)
    with psycopg.connect(ibkr.urls.owner, autocommit=True) as connection:
        connection.execute("select set_config('app.migration', 'on', false)")
        connection.execute("delete from contract_ids")
    ibkr.advance(10)
    listed = ibkr.env.brokers.broker_for(THERE).list_orders()

    (bracket,) = [one for one in listed.orders if one.alternatives]
    assert {one.symbol for one in bracket.alternatives} == {symbol}


def test_a_lost_answer_is_found_by_our_reference_and_never_sent_again(ibkr: Stage) -> None:
    """I-05."""
    ibkr.fault("timeout_after", path="/orders", vendor="ibkr")
    trade = ibkr.place(ibkr.command(qty=1))
    assert trade["status"] == "PENDING"
    ibkr.sync()

    assert ibkr.trade(trade)["status"] == "OPEN"
    assert sorted(held(ibkr).values()) == [1.0]


def test_one_token_and_one_session_serve_all_functions(ibkr: Stage) -> None:
    """B-10, A-12: exchanged once a day, opened once, whoever calls; what is stored is sealed."""
    emulator = ibkr.world.ibkr
    ibkr.place_bracketed()
    for _ in range(3):
        ibkr.advance(61)
        ibkr.sync()
    assert (emulator.consumers.exchanges, emulator.sessions.begun) == (1, 1)
    emulator.sessions.end_all()
    ibkr.advance(10)
    order = str(emulator.truth_orders(ACCOUNT)[0]["id"])
    found = [ibkr.env.brokers.broker_for(THERE).read_order(order).status for _ in range(3)]

    assert found == [OrderStatus.FILLED] * 3
    assert (emulator.consumers.exchanges, emulator.sessions.begun) == (1, 2), "one of three opened it anew"
    (row,) = ibkr.query("select access_sealed from connections where broker_mode = :m", m=PAPER)
    assert "k1" in row.access_sealed


def test_an_entry_waits_for_the_sessions_lock_and_an_exit_does_not(ibkr: Stage) -> None:
    """B-10: another function has an order under way there, or died over it."""
    trade = ibkr.place(ibkr.command(qty=1))
    resource = session_resource("alice", PAPER)
    database = ibkr.env.database
    lease = database.by_itself(lambda one: take_lease(one, "alice", resource, "another", length=HOUR))
    assert lease is not None
    with pytest.raises(Unavailable, match="another order is under way"):
        ibkr.place(ibkr.command(qty=1))
    ibkr.advance(10)
    closed = ibkr.close_trade(ibkr.trade(trade)).trade

    assert closed["status"] == "CLOSED"
    assert held(ibkr) == {}


def test_conids_are_kept_for_everybody(ibkr: Stage) -> None:
    """B-10: found once; another function, for another user, finds them in the database."""
    contract = ibkr.contract()
    ibkr.place(ibkr.command(contract, qty=1))
    searched = calls(ibkr, "GET /iserver/secdef/search")
    ibkr.advance(10)
    ibkr.place(ibkr.command(contract, qty=1))

    assert calls(ibkr, "GET /iserver/secdef/info") == 1
    assert calls(ibkr, "GET /iserver/secdef/search") == searched
    (row,) = ibkr.query("select conid from contract_ids where symbol = :symbol", symbol=contract.to_occ())
    assert row.conid > 0


def test_a_question_that_no_rule_confirms_refuses_the_entry_and_tells_its_text(ibkr: Stage) -> None:
    """B-10: never answered blindly."""
    ibkr.world.ibkr.order_desk.more_questions = [("o383", "This order exceeds the size limit of 500.")]
    with pytest.raises(BrokerRefused, match="exceeds the size limit of 500"):
        ibkr.place(ibkr.command(qty=1))

    assert held(ibkr) == {}


def test_credentials_that_it_does_not_take_are_not_stored(stage: Stage, alice: User) -> None:
    """W-03: tried first; none of them is shown."""
    stage.world.ibkr.open_account(ACCOUNT, credentials())
    given = {**credentials().named(), "access_token": "another-access-token"}
    answer = alice.put(CONNECTION, {"environment": "paper", "credentials": given})

    assert (answer.status, answer.json["type"].rpartition("/")[2]) == (422, "broker-refused")
    assert stage.query("select from connections where broker_mode = :mode", mode=PAPER) == []
    assert "PRIVATE" not in answer.text


def test_a_live_account_cannot_be_connected_as_a_paper_one(stage: Stage, alice: User) -> None:
    """I-29: both are at one host, and an account's name tells them apart."""
    stage.world.ibkr.open_account("U0000001", credentials("LIVECONSX"))
    wanted = {"environment": "paper", "credentials": credentials("LIVECONSX").named()}
    answer = alice.put(CONNECTION, wanted)

    assert answer.status == 422
    assert "not a paper account" in answer.text

"""What the emulator of Interactive Brokers shows has the shape of what was recorded there (B-10)."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any  # JSON

import httpx
import pytest

from chalicelib.brokers.ibkr.parse_contracts import conid_of_underlying
from chalicelib.brokers.interface import OrderRequest
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.trading.orders import Duration, OrderType
from chalicelib.vendors.http import HttpPool
from infra.local.emulators.brokerage.broker import Broker
from infra.local.emulators.brokerage.orders import OrderClass
from infra.local.emulators.brokerage.standing import Standing
from infra.local.emulators.ibkr.account_views import ledger, only, snapshot_row
from infra.local.emulators.ibkr.app import FEES
from infra.local.emulators.ibkr.bodies import read_orders, tickets_of
from infra.local.emulators.ibkr.callers import CALLS_A_MINUTE, PENALTY, Callers
from infra.local.emulators.ibkr.changing import read_change
from infra.local.emulators.ibkr.contracts import Contracts
from infra.local.emulators.ibkr.oauth import register
from infra.local.emulators.ibkr.order_desk import OCO_DISTANCE
from infra.local.emulators.ibkr.previews import preview
from infra.local.emulators.ibkr.problems import ApiRefusal
from infra.local.emulators.ibkr.sessions import Session, Sessions
from infra.local.emulators.market.feed import Feed
from infra.local.emulators.market.occ import Right, contract_symbol, parse
from infra.local.emulators.serving.exchange import request_from_target
from infra.local.emulators.serving.transport import EmulatorTransport
from infra.local.emulators.world import NO_DELAY
from tests.brokers.ibkr_support import ACCOUNT, MovingClock, credentials, ibkr
from tests.emulators.support import Outside, bare_account, fixture
from tests.emulators.throwaway import neighbours


@pytest.fixture
def outside() -> Outside:
    return Outside()


@pytest.fixture
def feed(outside: Outside) -> Feed:
    return Feed(outside.world.market, NO_DELAY)


def test_stocks_are_found_with_their_listings_abroad(feed: Feed) -> None:
    recorded: Any = fixture("ibkr", "trsrv_stocks_recorded_two_symbols.json")
    found = Contracts(feed).stocks({"symbols": "AAPL,SPX,NOSUCH"})

    (apple,) = found["AAPL"]
    assert apple.keys() == recorded["AAPL"][0].keys()
    assert [type(one) for one in apple.values()][2:] == [list, str]
    listed: Any = apple["contracts"]
    assert [set(one) for one in listed] == [{"conid", "exchange", "isUS"}] * 2
    assert [one["isUS"] for one in listed] == [True, False]
    assert (found["SPX"], found["NOSUCH"]) == ([], []), "an index is no stock"


def test_a_snapshot_is_texts_with_what_is_computed_of_options_alone(feed: Feed, outside: Outside) -> None:
    recorded: Any = fixture("ibkr", "snapshot_second_reply.json")
    fields = [name for name in recorded[0] if name.isdigit()] + ["7308", "7311", "7633", "7638"]
    shown = only(snapshot_row("SPY", 200_001, feed, outside.clock()), fields)
    call, _ = neighbours(outside.world)
    contract = parse(call)
    assert contract is not None
    put = contract_symbol(contract.root, contract.expiry, Right.PUT, contract.strike)
    of_call, of_put = (only(snapshot_row(one, 1, feed, outside.clock()), fields) for one in (call, put))

    assert set(recorded[0]) - set(shown) == {"7059"}, "the last trade's size is nowhere told"
    assert all(isinstance(value, str) for name, value in of_call.items() if name.isdigit())
    assert 0 < float(str(of_call["7308"])) < 1
    assert -1 < float(str(of_put["7308"])) < 0
    assert str(of_call["7633"]).endswith("%")
    outside.clock.at += timedelta(hours=9)
    assert "7308" not in snapshot_row(call, 1, feed, outside.clock()), "nothing is computed off hours"


def test_a_path_may_end_in_a_slash(outside: Outside) -> None:
    """ibind asks for executions so."""
    asked = request_from_target("GET", "/v1/api/iserver/account/trades/?days=2", {}, b"")

    assert outside.world.ibkr.endpoint(asked) == "/iserver/account/trades"


def recorded(name: str) -> Any:  # Any: JSON
    return fixture("ibkr", name)


def test_a_session_is_told_as_it_was_recorded(outside: Outside) -> None:
    """B-10: the status by itself, and within the word that keeps a session awake."""
    sessions, now = Sessions(), outside.clock()
    sessions.begin("somebody", now, compete=False)
    told, awake = (
        sessions.answer(request_from_target("POST", path, {}, b""), path, "somebody", now)
        for path in ("/iserver/auth/status", "/tickle")
    )

    assert recorded("auth_status.json").keys() == told.keys()
    assert {name: type(value) for name, value in recorded("auth_status.json").items()} == {
        name: type(value) for name, value in told.items()
    }
    assert recorded("tickle.json").keys() == awake.keys()
    known: Any = awake["iserver"]
    assert known.keys() == recorded("tickle.json")["iserver"].keys()
    assert known["authStatus"]["authenticated"] is True


def test_money_by_currency_has_recorded_names_alone(outside: Outside, feed: Feed) -> None:
    """B-10: what of a ledger is told stands in the recorded one and in the documented one."""
    told: Any = ledger(standing(outside, feed))

    for name in ("portfolio_ledger_recorded.json", "portfolio_ledger_doc.json"):
        known = recorded(name)
        assert told["USD"].keys() <= known["USD"].keys()
        assert type(told["USD"]["cashbalance"]) is type(known["USD"]["cashbalance"])


def test_strikes_are_told_by_right(feed: Feed, outside: Outside) -> None:
    contracts, session = Contracts(feed), Session(last_call_at=outside.clock())
    contracts.search({"symbol": "SPY"}, session)
    asked = {"conid": str(contracts.conid("SPY")), "sectype": "OPT", "month": "FEB26"}
    told, known = contracts.strikes(asked, session), recorded("secdef_strikes_doc.json")

    assert told.keys() == known.keys()
    listed: Any = told["call"]
    assert {type(one) for one in listed} == {type(one) for one in known["call"]}
    assert conid_of_underlying(recorded("secdef_search_stock_doc.json"), "IBKR") is None, (
        "a search by name tells no exchange: which country's share it is nobody says"
    )


def standing(outside: Outside, feed: Feed) -> Standing:
    """Return how an account that holds nothing stands."""
    broker = Broker(feed, 1, FEES, outside.world.calendars, delivers_shares=True, assigns_early=False)
    account = bare_account(ACCOUNT)
    broker.add_account(account)
    return broker.standing(account)


@pytest.mark.parametrize(
    ("name", "order_class"),
    [
        ("request_place_single_limit.json", OrderClass.EQUITY),
        ("request_bracket.json", OrderClass.OTOCO),
        ("request_oca_group.json", OrderClass.OTOCO),
    ],
)
def test_every_documented_order_is_read(
    feed: Feed, outside: Outside, name: str, order_class: OrderClass
) -> None:
    """B-10: one, an entry with its exits, and a group: the vendor's samples, of another share."""
    contracts = Contracts(feed)
    body = {
        "orders": [
            {**one, "conid": contracts.conid("AAPL"), **({"acctId": ACCOUNT} if "acctId" in one else {})}
            for one in recorded(name)["orders"]
        ]
    }
    read = read_orders(body, standing(outside, feed), contracts)
    tickets = tickets_of(read.form)

    assert read.form.order_class is order_class
    assert [one.symbol for one in tickets] == ["AAPL"] * len(body["orders"])
    assert [one.quantity for one in tickets] == [one["quantity"] for one in body["orders"]]
    if len(tickets) > 1:
        assert [(one.stop, one.price) for one in tickets[1:]] == [
            (Decimal("157.3"), None),
            (None, Decimal("157.0")),
        ]


class Heard(EmulatorTransport):
    """Carries calls to the emulators, and keeps what went there and what came back, by path."""

    def __init__(self, outside: Outside) -> None:
        super().__init__(outside.world.hosts())
        self.told: dict[str, tuple[Any, Any]] = {}  # Any: JSON

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = super().handle_request(request)
        sent = json.loads(request.content) if request.content else None
        path = request.url.path.removeprefix("/v1/api")
        self.told[f"{request.method} {path}".partition("/reply/")[0]] = sent, json.loads(answer.content)
        return answer


def test_questions_and_cancels_travel_as_documented(outside: Outside) -> None:
    """B-10: what need not be asked, a yes to what is asked all the same, and a cancel that is taken."""
    clock = MovingClock(world=outside.world, at=outside.clock())
    outside.world.ibkr.open_account(ACCOUNT, credentials())
    outside.world.ibkr.order_desk.forgets_suppressions = True
    heard, (call, _) = Heard(outside), neighbours(outside.world)
    broker = ibkr(HttpPool(heard), clock)
    order = OrderRequest(
        tag="one",
        underlying="SPY",
        symbol=call,
        side=OrderSide.BUY_TO_OPEN,
        quantity=Decimal(1),
        type=OrderType.LIMIT,
        duration=Duration.DAY,
        limit_price=Decimal("0.05"),
    )
    broker.cancel(broker.place(order).broker_order_id)
    suppressed, done = heard.told["POST /iserver/questions/suppress"]
    (canceled,) = [back for name, (_, back) in heard.told.items() if name.startswith("DELETE")]

    assert suppressed.keys() == recorded("questions_suppress_request.json").keys()
    assert set(recorded("questions_suppress_request.json")["messageIds"]) <= set(suppressed["messageIds"])
    assert done == recorded("questions_suppress_ok.json")
    assert heard.told["POST /iserver"][0] == recorded("reply_request.json")
    assert canceled.keys() == recorded("cancel_order_ok.json").keys()
    assert canceled["msg"] == recorded("cancel_order_ok.json")["msg"]


def ticket_of(name: str, conid: int) -> Any:  # Any: JSON
    """Return a documented ticket, of another share."""
    found = recorded(name)
    return {**(found["orders"][0] if "orders" in found else found), "conid": conid}


def test_what_an_order_would_cost_is_told_as_documented(outside: Outside, feed: Feed) -> None:
    """B-10: texts with commas and currency; blind without a look at the quotes; what speaks against it."""
    contracts, session = Contracts(feed), Session(last_call_at=outside.clock())
    conid = contracts.conid("AAPL")
    stands, known = standing(outside, feed), recorded("whatif_doc.json")
    changed = {"acctId": ACCOUNT, "price": 200, "quantity": 10}
    ticket = ticket_of("request_place_single_limit.json", conid) | changed

    def tried(body: Any) -> Any:  # Any: JSON
        order = read_orders({"orders": [body]}, stands, contracts)
        return preview(order, stands, session, contracts, oco_distance=OCO_DISTANCE)

    blind = tried(ticket)
    session.quoted.add(conid)
    told = tried(ticket)
    poor = tried(ticket | {"quantity": 1_000_000})

    assert told.keys() == known.keys()
    for part in ("amount", "equity", "initial", "maintenance", "position"):
        assert told[part].keys() == known[part].keys()
        assert all(isinstance(one, str) for one in told[part].values())
    assert blind["warn"] == known["warn"]
    assert (told["warn"], told["error"]) == (None, None)
    assert told["amount"] == {
        "amount": "2,000.00 USD (10 Shares)",
        "commission": "0 USD",
        "total": "2,000.00 USD",
    }
    assert told["position"] == {"current": "0", "change": "10", "after": "10"}
    assert "EQUITY WITH LOAN VALUE" in poor["error"]


def test_an_order_is_changed_by_its_whole_ticket(outside: Outside, feed: Feed) -> None:
    """B-10: the documented ticket moves a stop; another contract, side or quantity is refused."""
    contracts, world = Contracts(feed), outside.world
    broker = Broker(feed, 1, FEES, world.calendars, delivers_shares=True, assigns_early=False)
    account = bare_account(ACCOUNT)
    broker.add_account(account)
    wanted = ticket_of("request_modify_order.json", contracts.conid("AAPL"))
    spot = Decimal(str(round(feed.touch("AAPL")[1], 2)))
    first = read_orders({"orders": [wanted | {"price": spot + 20}]}, broker.standing(account), contracts)
    placed = broker.place(account, first.form, None)
    broker.modify(account, placed.order_id, read_change(wanted | {"price": spot + 10}, placed, contracts))

    assert (placed.stop, placed.quantity, placed.working) == (spot + 10, wanted["quantity"], True)
    for other in ({"quantity": 9}, {"side": "SELL"}, {"conid": contracts.conid("SPY")}):
        with pytest.raises(ApiRefusal):
            read_change(wanted | other, placed, contracts)


def test_who_asks_too_often_is_answered_nothing_for_ten_minutes(outside: Outside, feed: Feed) -> None:
    """B-10: the penalty box (wire, 6): what comes within it is refused, too."""
    broker = Broker(feed, 1, FEES, outside.world.calendars, delivers_shares=True, assigns_early=False)
    callers, who, now = Callers(broker), register("somebody", credentials()), outside.clock()
    for _ in range(CALLS_A_MINUTE):
        callers.keep_count(who, now)
    for later in (timedelta(0), timedelta(minutes=1), PENALTY - timedelta(seconds=1)):
        with pytest.raises(ApiRefusal, match="Too many"):
            callers.keep_count(who, now + later)
    callers.keep_count(who, now + PENALTY)

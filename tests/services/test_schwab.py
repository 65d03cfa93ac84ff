"""Trading at Schwab: a browser's login, the way of a trade, lost answers, a login that ends (B-10)."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from chalicelib.brokers.interface import OrderRequest
from chalicelib.domain.accounts import AccountRef, BrokerMode
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.trading.orders import Duration, OrderType
from chalicelib.services.errors import BrokerRefused
from chalicelib.services.users.login_ends import warn_of_logins
from chalicelib.store.users.connections import write_live
from chalicelib.vendors.errors import AuthenticationFailed
from chalicelib.vendors.http import HttpPool
from infra.local.database.postgres import DatabaseUrls
from infra.local.emulators.schwab.logins import Application
from infra.local.emulators.serving.exchange import request_from_target
from infra.local.emulators.serving.transport import EmulatorTransport
from tests.api.support import Api, User, access_token
from tests.api.test_connections import SecondFactor
from tests.brokers.schwab_support import schwab as schwab_broker
from tests.services.stage import SITE_ORIGIN, Stage
from tests.services.test_tastytrade import spread

LIVE = BrokerMode.SCHWAB_LIVE
ACCOUNT = "70000001"
THERE = AccountRef(username="alice", mode=LIVE, account_id=ACCOUNT)
CREDENTIALS = {"client_id": "an-app-key", "client_secret": "an-app-secret"}
CONNECTION = "/api/connections/schwab"
DAY = 86_400
QUARTER = timedelta(minutes=15)


@pytest.fixture
def api(stage: Stage, database_urls: DatabaseUrls) -> Iterator[Api]:
    """The API's routes over the stage's product."""
    made = Api(database_urls)
    made.use(stage.env)
    yield made
    made.close()


@pytest.fixture
def alice(api: Api) -> User:
    """The stage's alice, signed in, with an account at the emulator and nothing stored."""
    return User(api, access_token("alice", sub="sub-alice"))


@pytest.fixture
def second_factor(api: Api, alice: User) -> SecondFactor:
    """An app that is not set up yet."""
    alice.get("/api/me")
    return SecondFactor(api)


@pytest.fixture
def schwab(stage: Stage) -> Stage:
    """The stage with alice's account open at the emulator, an application registered there."""
    open_there(stage)
    return stage


@pytest.fixture
def trading(schwab: Stage, alice: User) -> Stage:
    """Signed in, live switched on and chosen."""
    connect(schwab, alice)
    switch_on(schwab)
    return schwab


def open_there(stage: Stage) -> None:
    """Open alice's account at the emulator, and register an application."""
    stage.world.schwab.open_account(ACCOUNT, "alice", cash=Decimal(1_000_000))
    stage.world.schwab.register(Application(**CREDENTIALS, redirect_uri=f"{SITE_ORIGIN}/"))


def connect(stage: Stage, user: User, login: str = "alice") -> None:
    """Store an application's credentials and come back from the broker's page."""
    stored = user.put(CONNECTION, {"environment": "live", "credentials": CREDENTIALS})
    assert stored.status == 200, stored.text
    came = user.get(callback(visit(stage, user, login)))
    assert came.status == 200, came.text


def callback(back: dict[str, str]) -> str:
    """Return the call that the page makes with what it was sent back with."""
    return f"{CONNECTION}/callback?{urlencode(back)}"


def visit(stage: Stage, user: User, login: str = "alice") -> dict[str, str]:
    """Go to the broker's page, let the program in, and return what it sends back with."""
    url = user.post(f"{CONNECTION}/authorize", {}).json["url"]
    target = urlsplit(url)
    assert target.hostname == "api.schwabapi.com"
    page = request_from_target("GET", f"{target.path}?{target.query}", {}, b"")
    assert stage.world.schwab.handle(page).status == 200
    chosen = request_from_target("GET", f"{target.path}?{target.query}&login={login}", {}, b"")
    sent = stage.world.schwab.handle(chosen)
    assert sent.status == 302
    back = urlsplit(sent.headers["Location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == f"{SITE_ORIGIN}/"
    found = dict(parse_qsl(back.query))
    return {"code": found["code"], "state": found["state"]}


def switch_on(stage: Stage) -> None:
    """Switch live on there, as its switch would."""
    with stage.env.database.transaction("alice") as connection:
        write_live(connection, "alice", LIVE, enabled=True)
    stage.set(broker_mode=LIVE.value, allow_market_live=True)


def standing(user: User) -> Any:  # Any: JSON
    """Return where the user stands with Schwab."""
    return next(one for one in user.get("/api/connections").json["items"] if one["broker"] == "schwab")


def held(stage: Stage) -> list[float]:
    """Return the quantities that the vendor says the account holds."""
    return sorted(float(str(one["quantity"])) for one in stage.world.schwab.truth_positions(ACCOUNT))


def alerts(stage: Stage, kind: str) -> list[Any]:  # Any: rows
    """Return the alerts of a kind that are not over."""
    sql = "select severity, text from alerts where kind = :kind and resolved_at is null"
    return stage.query(sql, kind=kind)


def test_a_browser_lets_the_program_in_once_and_for_its_own_user(schwab: Stage, alice: User) -> None:
    """W-03: a state is its user's and used once; tokens are sealed, and none is shown."""
    assert alice.post(f"{CONNECTION}/authorize", {}).status == 404, "nothing is stored yet"
    alice.put(CONNECTION, {"environment": "live", "credentials": CREDENTIALS})
    before = standing(alice)
    back = visit(schwab, alice)
    bob = User(alice.api, access_token("bob", sub="sub-bob"))
    bob.put(CONNECTION, {"environment": "live", "credentials": CREDENTIALS})
    stolen = bob.get(callback(back))
    came = alice.get(callback(back))
    again = alice.get(callback(back))

    assert (before["state"], before["account_id"], before["expires_at"]) == ("NONE", None, None)
    assert before["reason"].startswith("Sign in at the broker")
    assert (stolen.status, stolen.fields) == (422, {"state"})
    assert (came.status, came.json["state"], came.json["account_id"]) == (200, "OK", ACCOUNT)
    assert came.json["live_enabled"] is False
    assert came.json["expires_at"] is not None
    assert (again.status, again.fields) == (422, {"state"})
    sql = "select sealed, login_state from connections where username = 'alice' and broker_mode = :mode"
    (row,) = schwab.query(sql, mode=LIVE)
    assert row.login_state is None
    assert "an-app-secret" not in row.sealed
    assert "an-app-secret" not in came.text + stolen.text


def test_a_state_is_good_for_minutes_and_one_account_is_named_of_several(schwab: Stage, alice: User) -> None:
    schwab.world.schwab.open_account("70000099", "alice")
    wanted = {"environment": "live", "credentials": CREDENTIALS}
    alice.put(CONNECTION, wanted)
    late = visit(schwab, alice)
    schwab.advance(601)
    assert alice.get(callback(late)).fields == {"state"}
    of_two = alice.get(callback(visit(schwab, alice)))
    assert (of_two.status, of_two.kind) == (422, "broker-refused")
    assert "several accounts" in of_two.text
    alice.put(CONNECTION, {**wanted, "account_id": "70000099"})

    assert alice.get(callback(visit(schwab, alice))).json["account_id"] == "70000099"


def test_nothing_is_sent_there_before_its_own_switch_is_on(schwab: Stage, alice: User) -> None:
    """A-12: each live broker has a switch of its own; that of another one says nothing here."""
    connect(schwab, alice)
    schwab.set(live_enabled=True, broker_mode="TRADIER_LIVE")
    settings = alice.get("/api/settings").json
    assert settings["broker_mode"] == "TRADIER_LIVE"
    assert standing(alice)["live_enabled"] is False
    contract = schwab.contract()
    refused = alice.post(
        "/api/trades",
        {
            "ticker": contract.underlying,
            "option_type": contract.option_type.value,
            "strike": float(contract.strike),
            "expiry": contract.expiry.isoformat(),
            "order_type": "limit",
            "limit_price": 1.0,
            "qty": 1,
            "broker_mode": LIVE.value,
        },
    )

    assert (refused.status, refused.fields) == (422, {"broker_mode"})
    assert schwab.world.schwab.truth_orders(ACCOUNT) == []


def test_its_switch_asks_for_its_account_and_turns_off_with_another(
    schwab: Stage, alice: User, second_factor: SecondFactor
) -> None:
    """A-12: the confirmation speaks of the account in use; leaving live switches all of it off."""
    connect(schwab, alice)
    second_factor.set_up()
    wrong = alice.post(f"{CONNECTION}/live", {"enable": True, "confirm": "1", "code": second_factor.code()})
    on = alice.post(f"{CONNECTION}/live", {"enable": True, "confirm": ACCOUNT, "code": second_factor.code()})
    chosen = alice.get("/api/settings").json["broker_mode"]
    alice.put("/api/settings", {"broker_mode": "PAPER"})

    assert (wrong.status, wrong.fields) == (422, {"confirm"})
    assert (on.status, on.json["live_enabled"], chosen) == (200, True, LIVE)
    assert standing(alice)["live_enabled"] is False


def test_a_trade_is_bracketed_there_and_closes_there(trading: Stage) -> None:
    """B-10: one order, one OCO, one sale; nothing anywhere else."""
    trade = trading.place_bracketed()
    assert (trade["status"], trade["broker_mode"], trade["fees"]) == ("OPEN", LIVE, 1.3)
    orders = trading.world.schwab.truth_orders(ACCOUNT)
    assert [one["class"] for one in orders] == ["option", "oco"]
    closed = trading.close_trade(trade).trade

    assert (closed["status"], closed["fees"]) == ("CLOSED", 2.6)
    assert held(trading) == []
    assert trading.truth() == []


def test_a_spread_is_one_order_there_and_closes_as_one(trading: Stage) -> None:
    """W-01: whole or not at all."""
    trade = spread(trading)
    assert trade["status"] == "OPEN", trade
    assert held(trading) == [-1.0, 1.0]
    trading.close_trade(trading.trade(trade))
    trading.sync()

    assert held(trading) == []
    assert {one["class"] for one in trading.world.schwab.truth_orders(ACCOUNT)} == {"multileg"}


def test_a_lost_answer_is_settled_by_the_list_and_never_sent_again(trading: Stage) -> None:
    """I-05: its orders bear nothing of ours; terms and time name them."""
    trading.fault("timeout_after", path="/orders", vendor="schwab")
    trade = trading.place(trading.command(qty=1))
    assert trade["status"] == "PENDING"
    trading.sync()
    assert trading.trade(trade)["status"] == "OPEN"
    trading.fault("timeout_after", path="/orders", vendor="schwab")
    trading.close_trade(trading.trade(trade))
    trading.sync()
    trading.sync()

    assert trading.trade(trade)["status"] == "CLOSED"
    assert held(trading) == []
    assert len(trading.world.schwab.truth_orders(ACCOUNT)) == 2


def test_a_lost_answer_to_a_bracket_leaves_one_bracket(trading: Stage) -> None:
    """I-05, I-08: found by both of its prices."""
    trade = trading.place(trading.command(qty=1))
    trading.fault("timeout_after", path="/orders", vendor="schwab")
    trading.adjust(trading.trade(trade), new_sl=Decimal("0.50"), new_tp=Decimal(90))
    for _ in range(3):
        trading.sync()

    working = [one for one in trading.world.schwab.truth_orders(ACCOUNT) if one["status"] == "open"]
    assert [one["class"] for one in working] == ["oco"]


def test_a_rejection_after_the_order_was_taken_ends_the_trade(trading: Stage) -> None:
    """A-12: acknowledged is not accepted."""
    trading.fault("reject_after_200", vendor="schwab")
    with pytest.raises(BrokerRefused, match="buying power"):
        trading.place(trading.command(qty=1))

    assert held(trading) == []


def test_an_order_by_hand_stays_its_owners(trading: Stage, alice: User) -> None:
    """I-32: one of the same terms, minutes later, is neither cancelled nor booked."""
    trade = trading.place_bracketed()
    by_hand = schwab_broker(
        HttpPool(EmulatorTransport(trading.world.hosts())),
        trading.clock,
        trading.world.schwab.sign_in(CREDENTIALS["client_id"], "alice"),
        account=ACCOUNT,
    )
    first = by_hand.list_orders().orders[-1]
    assert first.symbol is not None
    trading.advance(300)
    by_hand.place(
        OrderRequest(
            tag="by-hand",
            underlying="AAPL",
            symbol=first.symbol,
            side=OrderSide.BUY_TO_OPEN,
            quantity=first.quantity,
            type=OrderType.LIMIT,
            duration=Duration.DAY,
            limit_price=Decimal("0.05"),
        )
    )
    trading.sync()

    listed = trading.env.brokers.broker_for(THERE).list_orders().orders
    assert [one.tag is None for one in listed] == [True, False, False]
    assert trading.world.schwab.truth_orders(ACCOUNT)[-1]["status"] == "open"
    assert trading.trade(trade)["status"] == "OPEN"


def test_access_tokens_are_shared_sealed_and_renewed_once(trading: Stage) -> None:
    """B-10: half an hour long whoever calls, in any process, under a lease in the database."""
    logins = trading.world.schwab.logins
    trading.place_bracketed()
    for _ in range(3):
        trading.sync()
    assert logins.renewals == 1
    trading.advance(1800)
    brokers = [trading.env.brokers.broker_for(THERE) for _ in range(3)]
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(lambda one: one.positions(), brokers))

    assert logins.renewals == 2
    (row,) = trading.query("select access_sealed from connections where broker_mode = :m", m=LIVE)
    assert row.access_sealed
    assert "@" not in row.access_sealed


def test_a_login_is_counted_down_told_of_and_what_is_open_waits_for_the_next(
    trading: Stage, alice: User
) -> None:
    """B-10: seven days; lapsed, entries stop, books stay, what is unwatched is named, exits come after."""
    trade = trading.place(trading.command(qty=1))
    warn_of_logins(trading.container.jobs_environment(), look_again_in=QUARTER)
    assert alerts(trading, "login_ends") == []
    trading.advance(5 * DAY + 60)
    assert standing(alice)["state"] == "EXPIRING"
    for _ in range(2):
        warn_of_logins(trading.container.jobs_environment(), look_again_in=QUARTER)
    assert [one.severity for one in alerts(trading, "login_ends")] == ["warning"]
    trading.advance(2 * DAY)
    warn_of_logins(trading.container.jobs_environment(), look_again_in=QUARTER)
    lapsed = standing(alice)
    trading.sync()

    assert lapsed["state"] == "EXPIRED"
    (told,) = alerts(trading, "login_ended")
    assert (told.severity, "AAPL can be neither watched nor closed" in told.text) == ("critical", True)
    with pytest.raises(AuthenticationFailed):
        trading.env.brokers.broker_for(THERE).positions()
    assert trading.trade(trade)["status"] == "OPEN", "nothing is concluded"
    assert alice.get(callback(visit(trading, alice))).json["state"] == "OK"
    assert alerts(trading, "login_ended") == alerts(trading, "login_ends") == []
    assert standing(alice)["live_enabled"] is True, "the same account stays confirmed"
    trading.sync()
    assert trading.close_trade(trading.trade(trade)).trade["status"] == "CLOSED"


def test_a_close_asked_for_while_the_login_is_lapsed_is_told_as_failed_and_goes_when_asked_again(
    trading: Stage, alice: User
) -> None:
    """B-10: nothing is sold, forgotten or kept in wait; after the next login its owner asks again."""
    trade = trading.place(trading.command(qty=1))
    trading.advance(7 * DAY + 60)
    answered = trading.close_trade(trading.trade(trade))
    (told,) = alerts(trading, "close_failed")

    assert (answered.status, answered.trade["status"]) == (202, "OPEN")
    assert (told.severity, told.text.startswith("AAPL could not be closed")) == ("critical", True)
    assert alice.get(callback(visit(trading, alice))).json["state"] == "OK"
    trading.sync()
    assert trading.trade(trade)["status"] == "OPEN", "what was refused is not sold later, unasked"
    assert trading.close_trade(trading.trade(trade)).trade["status"] == "CLOSED"


def test_a_stop_under_our_own_clock_that_was_passed_while_lapsed_is_sold_after_the_login(
    trading: Stage, alice: User
) -> None:
    """B-10: what is found due is found again by each sync, until it can be sold."""
    trade = spread(trading)
    trading.adjust(trading.trade(trade), new_sl=Decimal("0.20"))
    trading.advance(7 * DAY + 60)
    trading.jump("AAPL", 0.8)
    for _ in range(2):
        watch(trading)
    assert held(trading) == [-1.0, 1.0], "nothing can be sold"
    assert alice.get(callback(visit(trading, alice))).json["state"] == "OK"
    for _ in range(3):
        watch(trading)
    assert held(trading) == []
    assert trading.trade(trade)["close_reason"] == "SL_HIT"


def watch(stage: Stage) -> None:
    """Take a snapshot, as each forty seconds, and work on the account."""
    stage.advance(40)
    stage.run("snapshot")
    stage.sync()

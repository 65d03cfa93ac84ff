"""Several accounts of a user at work at once (W-03): each with its own broker, limits and trouble."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.accounts import AccountRef, BrokerMode
from chalicelib.domain.instruments.symbols import OptionContract
from chalicelib.domain.trading.orders import OrderType
from chalicelib.services.errors import BrokerRefused, Invalid, RiskLimitReached
from chalicelib.store.accounts.broker_accounts import note_empty
from infra.local.database.postgres import DatabaseUrls
from tests.api.support import Api, User, access_token
from tests.services.live import LIVE_ACCOUNT, go_live
from tests.services.outside import ACCOUNTS
from tests.services.stage import MORNING, Stage, eastern

PAPER, SANDBOX, LIVE = BrokerMode.PAPER, BrokerMode.TRADIER_SANDBOX, BrokerMode.TRADIER_LIVE


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


def body(contract: OptionContract, **more: object) -> dict[str, object]:
    """Return what the API is sent for one contract at market."""
    terms = {"ticker": contract.underlying, "option_type": contract.option_type.value}
    dated = {"strike": float(contract.strike), "expiry": contract.expiry.isoformat()}
    return {**terms, **dated, "order_type": "market", **more}


def cut_off_tradier(stage: Stage) -> None:
    """Have no call of an account at Tradier be answered any more."""
    stage.fault("drop_connection", method="", path="/accounts/", times=1_000)


def at(stage: Stage, mode: BrokerMode, **changes: Any) -> dict[str, Any]:  # Any: JSON
    """Place a trade of alice's at this broker."""
    return stage.place(stage.command(broker_mode=mode, **changes))


def open_topics(stage: Stage, kind: str) -> set[str]:
    """Return what the open alerts of a kind are about."""
    rows = stage.query("select dedupe_key from alerts where kind = :kind and resolved_at is null", kind=kind)
    return {row.dedupe_key.removeprefix(f"{kind}:") for row in rows}


def states_of(user: User) -> dict[str, tuple[str, str | None]]:
    """Return state and reason of each connection, by mode."""
    listed = user.get("/api/connections").json["items"]
    return {one["broker_mode"]: (one["state"], one["reason"]) for one in listed}


def counted(trades: int, sql_where: str, stage: Stage) -> bool:
    """Say whether so many trades are stored."""
    return int(stage.query(f"select count(*) from paper_trades where {sql_where}")[0][0]) == trades  # noqa: S608


def test_a_trade_goes_to_the_broker_that_its_caller_names(stage: Stage, alice: User) -> None:
    """W-03: `broker_mode` is one of the caller's connected ones; without it the setting stands."""
    contract = stage.contract()
    named = alice.post("/api/trades", body(contract, broker_mode="PAPER"))
    unnamed = alice.post("/api/trades", body(contract))
    null = alice.post("/api/trades", body(contract, broker_mode=None))

    assert [one.status for one in (named, unnamed, null)] == [201] * 3
    modes = [one.json["broker_mode"] for one in (named, unnamed, null)]
    assert modes == ["PAPER", "TRADIER_SANDBOX", "TRADIER_SANDBOX"]
    assert named.json["status"] == unnamed.json["status"] == "OPEN"
    assert len(stage.truth()) == 2
    assert alice.get("/api/settings").json["broker_mode"] == "TRADIER_SANDBOX"


@pytest.mark.parametrize("call", ["/api/trades", "/api/trades/preview"])
@pytest.mark.parametrize("asked", ["TRADIER_LIVE", "IMPORTED", "SCHWAB_LIVE", "paper", "", 5, ["PAPER"]])
def test_a_broker_that_is_not_connected_is_a_fault_of_its_field(
    stage: Stage, alice: User, call: str, asked: object
) -> None:
    """W-03: else 422, field `broker_mode`; nothing sent, nothing stored."""
    refused = alice.post(call, body(stage.contract(), broker_mode=asked))

    assert (refused.status, refused.kind, refused.fields) == (422, "invalid", {"broker_mode"})
    assert stage.truth() == []
    assert counted(0, "true", stage)


def test_a_caller_whose_broker_is_gone_is_not_sent_elsewhere(stage: Stage) -> None:
    """W-03: who names a broker gets that one or none, though the setting would fall back to paper."""
    stage.store_connection(SANDBOX, account_id=stage.account(), sealed=None)

    with pytest.raises(Invalid):
        at(stage, SANDBOX)
    assert stage.place()["broker_mode"] == "PAPER"


def test_live_wants_its_switch_however_it_is_named(stage: Stage) -> None:
    """A-12, W-03: TRADIER_LIVE needs the live switch; with it live and paper trade side by side."""
    go_live(stage, allow_market=True)
    stage.set(live_enabled=False, broker_mode="PAPER")
    with pytest.raises(Invalid) as refused:
        at(stage, LIVE)
    stage.set(live_enabled=True)
    live, paper = at(stage, LIVE), stage.place()

    assert [(one.field, one.message) for one in refused.value.errors] == [
        ("broker_mode", "live trading is switched off")
    ]
    assert (live["broker_mode"], paper["broker_mode"]) == ("TRADIER_LIVE", "PAPER")
    assert len(stage.world.live.truth_orders(LIVE_ACCOUNT)) == 1


def test_a_market_order_for_live_wants_its_owners_leave_whatever_the_setting(stage: Stage) -> None:
    """A-12: `allow_market_live` is asked of the broker that the trade goes to."""
    go_live(stage)
    stage.set(broker_mode="PAPER")
    with pytest.raises(Invalid) as refused:
        at(stage, LIVE)

    assert [one.field for one in refused.value.errors] == ["order_type"]
    assert at(stage, PAPER)["status"] == "OPEN"


def test_limits_count_the_money_that_the_trade_is_of(stage: Stage, alice: User) -> None:
    """W-07, A-07: what is open elsewhere takes no room, and the preview says so."""
    at(stage, SANDBOX)
    stage.set(max_positions=1)
    contract = stage.contract()
    seen = {
        mode: alice.post("/api/trades/preview", body(contract, broker_mode=mode)).json["breaks"]
        for mode in ("PAPER", "TRADIER_SANDBOX")
    }
    with pytest.raises(RiskLimitReached):
        at(stage, SANDBOX)

    assert seen["PAPER"] == []
    assert [one["limit"] for one in seen["TRADIER_SANDBOX"]] == ["max_positions"]
    assert at(stage, PAPER)["status"] == "OPEN"


def test_an_entry_that_waits_for_the_open_goes_where_it_was_asked_to(stage: Stage) -> None:
    """A-07, 4: the broker is the trade's, whatever the setting says when the session begins."""
    stage.go_to(stage.clock.now() + timedelta(hours=8))
    waiting = at(stage, PAPER, order_type=OrderType.LIMIT, limit_price=Decimal(40))
    stage.go_to(stage.clock.now() + timedelta(hours=16))
    stage.sync()

    assert waiting["status"] == "PENDING"
    assert (stage.trade(waiting)["status"], stage.trade(waiting)["broker_mode"]) == ("OPEN", "PAPER")
    assert stage.truth() == []


def test_an_entry_that_waits_is_not_sent_to_a_broker_that_was_switched_off(stage: Stage) -> None:
    """A-12, A-07, 4: live is off when the session begins, so nothing is bought there; the owner sees why."""
    go_live(stage, allow_market=True)
    stage.go_to(stage.clock.now() + timedelta(hours=8))
    waiting = at(stage, LIVE, order_type=OrderType.LIMIT, limit_price=Decimal(40))
    stage.set(live_enabled=False, broker_mode="TRADIER_SANDBOX")
    stage.go_to(stage.clock.now() + timedelta(hours=16))
    stage.sync()

    ended = stage.trade(waiting)
    assert waiting["status"] == "PENDING"
    assert stage.world.live.truth_orders(LIVE_ACCOUNT) == []
    assert (ended["status"], ended["close_reason"]) == ("CANCELED", "NOT_PLACED")
    history = stage.query("select reason from state_transitions order by at desc limit 1")
    assert "live trading is switched off" in history[0].reason


def test_one_brokers_outage_holds_up_nobody_elses_trades(stage: Stage, alice: User) -> None:
    """W-03: Tradier is down; the paper trade is synced, stopped or closed, and a new one is placed."""
    there, here = at(stage, SANDBOX), at(stage, PAPER)
    stopped = at(stage, PAPER, sl_price=round(stage.quote(stage.contract())[0] / 2, 2))
    cut_off_tradier(stage)
    stage.jump("AAPL", 0.9)
    stage.advance(40)
    stage.run("snapshot")
    synced = stage.sync()
    closed = alice.post(f"/api/trades/{here['id']}/close", {"version": stage.trade(here)["version"]})
    refreshed = alice.post("/api/refresh")
    placed = alice.post("/api/trades", body(stage.contract(), broker_mode="PAPER"))

    assert (synced["accounts"], synced["failed"]) == (1, 1)
    assert (closed.status, closed.json["status"]) == (200, "CLOSED")
    assert stage.trade(stopped)["close_reason"] == "SL_HIT"
    assert (placed.status, placed.json["status"]) == (201, "OPEN")
    assert refreshed.status == 202
    assert stage.trade(there)["status"] == "OPEN"


def test_a_token_that_expires_at_tradier_shows_and_leaves_the_rest_alone(stage: Stage, alice: User) -> None:
    """W-03: EXPIRED with the vendor's own words; the other account's state and trades stay as they are."""
    before, contract = states_of(alice), stage.contract()
    stage.fault("expire_token", method="", path="", account=stage.account())
    stage.advance(10)

    connected = {mode: state for mode, state in before.items() if state != ("NONE", None)}
    assert connected == {"PAPER": ("OK", None), "TRADIER_SANDBOX": ("OK", None)}
    assert states_of(alice) == {**before, "TRADIER_SANDBOX": ("EXPIRED", "Access Token expired")}
    assert stage.place(stage.command(contract, broker_mode=PAPER))["status"] == "OPEN"


def test_an_accounts_trouble_is_told_and_over_by_itself(stage: Stage) -> None:
    """W-03, A-17: two accounts that cannot be read are two alerts; one that can again ends its own alone."""
    go_live(stage, allow_market=True)
    at(stage, SANDBOX), at(stage, LIVE)
    for account in (stage.account(), LIVE_ACCOUNT):
        stage.fault("drop_connection", method="", path=f"/accounts/{account}", times=1_000)
    for _ in range(4):
        stage.sync()
    both = open_topics(stage, "broker_unreadable")
    stage.world.faults.clear()
    stage.fault("drop_connection", method="", path=f"/accounts/{LIVE_ACCOUNT}", times=1_000)
    stage.sync()

    of_live, of_sandbox = f"TRADIER_LIVE:{LIVE_ACCOUNT}", f"TRADIER_SANDBOX:{stage.account()}"
    assert both == {of_live, of_sandbox}
    assert open_topics(stage, "broker_unreadable") == {of_live}


def test_credentials_that_no_key_opens_block_their_own_broker_alone(stage: Stage, alice: User) -> None:
    """A-12, W-03: told a broker, ended a broker, and the others trade on."""
    go_live(stage, allow_market=True)
    contract = stage.contract()
    for mode, account in ((SANDBOX, stage.account()), (LIVE, LIVE_ACCOUNT)):
        stage.store_connection(mode, account_id=account, sealed="v1.k9.lost")
        with pytest.raises(BrokerRefused):
            stage.place(stage.command(contract, broker_mode=mode))
    told = open_topics(stage, "credentials_unreadable")
    here = stage.place(stage.command(contract, broker_mode=PAPER))
    renewed = alice.put(
        "/api/connections/tradier",
        {"environment": "paper", "credentials": {"token": ACCOUNTS["alice"][1]}},
    )

    assert told == {"TRADIER_SANDBOX", "TRADIER_LIVE"}
    assert here["status"] == "OPEN"
    assert renewed.status == 200
    assert open_topics(stage, "credentials_unreadable") == {"TRADIER_LIVE"}
    assert at(stage, SANDBOX)["status"] == "OPEN"


def test_quotes_come_by_whichever_token_opens(stage: Stage) -> None:
    """W-03: a lost key of one connection does not take the other one's quotes away."""
    go_live(stage)
    stage.store_connection(LIVE, account_id=LIVE_ACCOUNT, sealed="v1.k9.lost")

    assert stage.env.market_data.for_user("alice").expirations("AAPL")
    assert at(stage, SANDBOX)["status"] == "OPEN"


def test_a_reset_ends_the_trades_of_the_account_that_was_asked_of(stage: Stage, alice: User) -> None:
    """A-12, W-03: another account that showed nothing at its last look keeps its trades."""
    there, here = at(stage, SANDBOX), at(stage, PAPER)
    stage.world.sandbox.reset_account(stage.account())
    stage.advance(timedelta(days=1).total_seconds())
    for _ in range(3):
        stage.sync()
    with stage.env.database.transaction("alice") as connection:
        paper = AccountRef(username="alice", mode=PAPER, account_id="alice")
        note_empty(connection, paper, stage.clock.now() - timedelta(hours=1))
    (alert,) = alice.get("/api/alerts?open=true").json["items"]
    answered = alice.post(f"/api/alerts/{alert['id']}/ack", {"accept": True})

    assert (alert["kind"], answered.status) == ("broker_reset", 200)
    assert stage.trade(there)["close_reason"] == "BROKER_RESET"
    assert stage.trade(here)["status"] == "OPEN"
    assert open_topics(stage, "broker_reset") == set()


def test_each_account_has_its_own_figures(stage: Stage, alice: User) -> None:
    """W-03: money, positions and heat of the account that is asked for; unnamed, of that of new trades."""
    at(stage, SANDBOX, qty=2), at(stage, PAPER)
    named = {
        mode: alice.get(f"/api/account?broker_mode={mode}").json for mode in ("PAPER", "TRADIER_SANDBOX")
    }
    unnamed = alice.get("/api/account").json
    cut_off_tradier(stage)
    stage.advance(300)
    paper = alice.get("/api/account?broker_mode=PAPER").json

    assert {one["account_id"] for one in named.values()} == {"alice", stage.account()}
    assert [one["open_positions"] for one in named.values()] == [1, 1]
    assert named["TRADIER_SANDBOX"]["heat"] == pytest.approx(2 * named["PAPER"]["heat"], rel=0.01)
    assert (named["PAPER"]["equity"] < 200_000, named["TRADIER_SANDBOX"]["equity"] > 900_000) == (True, True)
    assert unnamed["broker_mode"] == "TRADIER_SANDBOX"
    assert paper["as_of"] == alice.get("/api/me").json["market"]["now"]


@pytest.mark.parametrize("mode", ["TRADIER_LIVE", "IMPORTED", "SCHWAB_LIVE", ""])
def test_an_account_that_is_not_connected_has_no_figures(alice: User, mode: str) -> None:
    """422 with the field."""
    refused = alice.get(f"/api/account?broker_mode={mode}")

    assert (refused.status, refused.fields) == (422, {"broker_mode"})


def test_health_looks_at_every_account(stage: Stage, alice: User) -> None:
    """W-03, A-17: each broker that is connected by its name; one that is away degrades, and is named."""
    go_live(stage)
    stage.set(broker_mode="TRADIER_SANDBOX")
    well = alice.get("/api/health/deep").json
    stage.fault("expire_token", method="", path="", account=LIVE_ACCOUNT)
    ill = alice.get("/api/health/deep").json

    assert {name: one["ok"] for name, one in well["checks"].items() if name.startswith("broker")} == {
        "broker": True,
        "broker:TRADIER_LIVE": True,
    }
    assert (ill["status"], ill["checks"]["broker"]["ok"]) == ("degraded", True)
    assert ill["checks"]["broker:TRADIER_LIVE"]["detail"] == "TRADIER_LIVE: Access Token expired"


def test_the_summary_adds_up_what_is_at_risk_everywhere(stage: Stage) -> None:
    """A-17: positions of all accounts stand in it, and so does their heat."""
    there, here = at(stage, SANDBOX), at(stage, PAPER)
    stage.go_to(eastern(MORNING.date(), 16, 15))
    stage.run("summary")
    (told,) = stage.query("select text from alerts where kind = 'day_summary'")

    heat = 100 * (there["entry_price"] + here["entry_price"])
    assert f"2 open positions, heat ${heat:,.2f}" in told.text


def test_what_expires_on_paper_is_settled_while_tradier_is_down(stage: Stage) -> None:
    """W-03, A-06: the other account's trade stays pending, since its last orders cannot be read."""
    contract = stage.contract(expiry_index=0)
    there, here = (stage.place(stage.command(contract, broker_mode=mode)) for mode in (SANDBOX, PAPER))
    stage.go_to(eastern(contract.expiry, 16, 30))
    cut_off_tradier(stage)
    settled = stage.run("expire")
    stage.world.faults.clear()
    later = stage.run("expire")

    assert settled == {"settled": 1, "pending": 1}
    assert later == {"settled": 1, "pending": 0}
    assert {stage.trade(one)["status"] for one in (there, here)} == {"EXPIRED"}


def test_an_entry_at_the_broker_that_is_down_holds_up_itself_alone(stage: Stage, alice: User) -> None:
    """W-03, D-40: whether the broker took it is not known yet; meanwhile the next one trades on paper."""
    cut_off_tradier(stage)
    there = alice.post("/api/trades", body(stage.contract()))
    here = alice.post("/api/trades", body(stage.contract(), broker_mode="PAPER"))

    assert (there.json["status"], there.json["settling"]) == ("PENDING", True)
    assert (here.json["status"], here.json["settling"]) == ("OPEN", False)

"""Several accounts of a user at work at once (W-03): each with its own broker, limits and trouble."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.instruments.symbols import OptionContract
from chalicelib.domain.trading.orders import OrderType
from chalicelib.services.errors import Invalid, RiskLimitReached
from infra.local.database.postgres import DatabaseUrls
from tests.api.support import Api, User, access_token
from tests.services.live import LIVE_ACCOUNT, go_live
from tests.services.stage import Stage

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


def test_one_brokers_outage_holds_up_nobody_elses_trades(stage: Stage, alice: User) -> None:
    """W-03: Tradier is down; the paper trade is synced, stopped or closed, and a new one is placed."""
    there, here = at(stage, SANDBOX), at(stage, PAPER)
    stopped = at(stage, PAPER, sl_price=stage.quote(stage.contract())[0] / 2)
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

    assert before == {"PAPER": ("OK", None), "TRADIER_SANDBOX": ("OK", None), "TRADIER_LIVE": ("NONE", None)}
    assert states_of(alice) == {**before, "TRADIER_SANDBOX": ("EXPIRED", "Access Token expired")}
    assert stage.place(stage.command(contract, broker_mode=PAPER))["status"] == "OPEN"


def test_an_entry_at_the_broker_that_is_down_holds_up_itself_alone(stage: Stage, alice: User) -> None:
    """W-03, D-40: whether the broker took it is not known yet; meanwhile the next one trades on paper."""
    cut_off_tradier(stage)
    there = alice.post("/api/trades", body(stage.contract()))
    here = alice.post("/api/trades", body(stage.contract(), broker_mode="PAPER"))

    assert (there.json["status"], there.json["settling"]) == ("PENDING", True)
    assert (here.json["status"], here.json["settling"]) == ("OPEN", False)

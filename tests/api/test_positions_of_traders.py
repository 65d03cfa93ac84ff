"""Calls on traders' positions over HTTP (C-04, C-07, C-12, C-13)."""

from decimal import Decimal
from typing import Any

from chalicelib.domain.ai.decisions.decision import ChangeKind, Modification
from chalicelib.domain.ai.decisions.stored_changes import AskedChanges
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.trading.protection import Protection
from chalicelib.domain.trading.trades import ChangeState
from chalicelib.store.trades import proposals
from chalicelib.store.trades.trades import load_trade
from tests.api.ai_support import made
from tests.api.support import Api, User
from tests.store.held_trades import hold

D = Decimal
Body = dict[str, Any]  # Any: JSON


def _position(api: Api, user: User) -> tuple[str, str]:
    """Let alice hold a coin by a trader whose model proposed a stop; returns the trade's id, the change's."""
    trader = made(user)
    now = api.clock.now()
    with api.environment.database.transaction("alice") as connection:
        trade_id = hold(
            connection,
            instrument=Instrument.CRYPTO,
            multiplier=D(1),
            symbol="BTCUSDT",
            ticker="BTCUSDT",
            originator="AI",
            originator_id=trader["id"],
            account_id="USDT",
            sl_price=D(4),
        )
        trade = load_trade(connection, trade_id)
        assert trade is not None
        change = Modification(kind=ChangeKind.MOVE_SL, reason="a test's", new_stop=D("4.5"))
        proposal = proposals.Proposal(
            id=api.environment.randomness.uuid7(now),
            trade_id=trade_id,
            at=now,
            state=ChangeState.PENDING,
            waits=True,
            before=trade.protection,
            after=Protection(sl_price=D("4.5"), tp_price=None),
            trailing_pct=None,
            asked=AskedChanges(confidence=D("0.8"), changes=(change,)),
            validation={"is_valid": True, "errors": [], "warnings": [], "constraints": []},
            decision_id=None,
            apply_at=now,
        )
        proposals.add(connection, trade, proposal)
    return str(trade_id), str(proposal.id)


def _change(user: User, trade_id: str) -> Body:
    (change,) = user.get(f"/api/trades/{trade_id}/changes").json["items"]
    found: Body = change
    return found


def test_a_change_is_shown_and_vetoed(api: Api, alice: User, bob: User) -> None:
    """C-04, C-13: an optional version; somebody else's and an unknown one are not there."""
    trade_id, change_id = _position(api, alice)
    path = f"/api/trades/{trade_id}/changes/{change_id}"
    shown = _change(alice, trade_id)
    assert (shown["kind"], shown["state"], shown["success"]) == ("MOVE_SL", "PENDING", None)
    assert shown["after"] == {"sl_price": 4.5, "tp_price": None}
    assert shown["validation"]["is_valid"]
    assert shown["apply_at"] is not None

    assert bob.post(f"{path}/veto", {}).status == 404
    assert alice.post(f"/api/trades/{trade_id}/changes/nothing/veto", {}).status == 404
    assert alice.post(f"/api/trades/{trade_id}/changes/{trade_id}/veto", {}).status == 404
    stale = alice.post(f"{path}/veto", {"version": 99})
    assert (stale.status, stale.json["type"].rpartition("/")[2]) == (409, "stale-version")

    vetoed = alice.post(f"{path}/veto", {"version": 1})

    assert (vetoed.status, vetoed.json["version"]) == (200, 2)
    ended = _change(alice, trade_id)
    assert (ended["state"], ended["success"]) == ("VETOED", False)
    assert alice.post(f"{path}/veto", {}).status == 200
    over = alice.post(f"{path}/apply", {})
    assert (over.status, over.json["type"].rpartition("/")[2]) == (409, "forbidden-transition")


def test_what_the_rules_do_not_allow_now_is_not_applied(api: Api, alice: User) -> None:
    """C-04: judged anew: without a price of now nothing is moved; it waits on."""
    trade_id, change_id = _position(api, alice)
    answer = alice.post(f"/api/trades/{trade_id}/changes/{change_id}/apply", {})

    assert answer.status == 422
    assert "PRICE_AGE" in answer.json["errors"][0]["message"]
    assert _change(alice, trade_id)["state"] == "PENDING"


def test_the_models_hand_is_taken_off_and_put_on_again(api: Api, alice: User) -> None:
    """C-07, C-13."""
    trade_id, _ = _position(api, alice)
    path = f"/api/trades/{trade_id}/ai"
    off = alice.post(path, {"paused": True, "version": 1})
    assert (off.status, off.json["ai_paused"]) == (200, True)
    assert _change(alice, trade_id)["state"] == "SUPERSEDED"
    assert alice.post(path, {"paused": False, "version": 1}).status == 409
    assert alice.post(path, {"paused": False}).json["ai_paused"] is False
    assert alice.post(path, {}).status == 422


def test_everything_closed_is_said_only_when_nothing_is_open(api: Api, alice: User, bob: User) -> None:
    """C-07, C-13: 200 when nothing is open or resting."""
    trader = made(alice)
    assert alice.post(f"/api/traders/{trader['id']}/close-all", {}).json == {"left": 0}
    assert alice.post("/api/ai/close-all", {}).status == 200
    assert bob.post(f"/api/traders/{trader['id']}/close-all", {}).status == 404


def test_a_paper_account_is_reset_by_its_word_alone(api: Api, alice: User) -> None:
    """C-13: confirmed, and not while something is open."""
    for body in ({}, {"confirm": "reset"}):
        assert alice.post("/api/ai/paper-reset", body).status == 422
    _position(api, alice)
    refused = alice.post("/api/ai/paper-reset", {"confirm": "RESET"})
    assert (refused.status, refused.json["type"].rpartition("/")[2]) == (409, "trades-open")

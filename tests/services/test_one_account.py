"""Orders of others in one broker account (A-12, I-32): told of once, left alone; our own strays still go."""

from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from chalicelib.brokers.interface import OrderRequest
from chalicelib.domain.accounts import AccountRef, BrokerMode
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.trading.order_tags import mark_of
from chalicelib.domain.trading.orders import Duration, OrderType
from chalicelib.services.sync.sync_account import sync_account
from chalicelib.store.accounts.deployment import OrderTags
from tests.services.stage import Stage

INTENT = UUID("01890a5d-ac96-774b-bcce-b302099a8057")


def place_at_broker(stage: Stage, tag: str) -> str:
    """Have a resting order stand in alice's account that no row of ours names."""
    broker = stage.env.brokers.broker_for(
        AccountRef(username="alice", mode=BrokerMode.TRADIER_SANDBOX, account_id=stage.account())
    )
    contract = stage.contract()
    request = OrderRequest(
        tag=tag,
        underlying=contract.underlying,
        symbol=contract.to_occ(),
        side=OrderSide.BUY_TO_OPEN,
        quantity=Decimal(1),
        type=OrderType.LIMIT,
        duration=Duration.GTC,
        limit_price=Decimal("0.05"),
    )
    return broker.place(request).broker_order_id


def status_of(stage: Stage, order_id: str) -> str:
    """Return an order's status as the vendor has it."""
    return next(str(order["status"]) for order in stage.truth() if str(order["id"]) == order_id)


def alerts(stage: Stage, kind: str) -> int:
    """Count the alerts of a kind."""
    return int(stage.query("select count(*) from alerts where kind = :kind", kind=kind)[0][0])


def foreign_tags(stage: Stage) -> dict[str, str]:
    """Return tags of another deployment, of another user of ours, and of a papertape before tags named it."""
    deployment = stage.query("select id from deployment")[0][0]
    return {
        "another deployment": mark_of("00ff00ff", "alice").tag(INTENT),
        "another user": mark_of(deployment, "bob").tag(INTENT),
        "before tags named anybody": f"pt-{INTENT}",
    }


@pytest.mark.parametrize("whose", ["another deployment", "another user", "before tags named anybody"])
def test_an_order_of_another_is_told_of_once_and_left_alone(stage: Stage, whose: str) -> None:
    """A-12, I-32: it works on after every sync; its owner is told once."""
    stage.place_bracketed()
    order_id = place_at_broker(stage, foreign_tags(stage)[whose])
    for _ in range(3):
        stage.sync()

    assert status_of(stage, order_id) == "open"
    assert (alerts(stage, "foreign_order"), alerts(stage, "orphan_order")) == (1, 0)


def test_a_stray_order_of_ours_is_cancelled(stage: Stage) -> None:
    """A-04, orphan guard: our own mark and no row of ours."""
    stage.place_bracketed()
    order_id = place_at_broker(stage, stage.env.tags.mark("alice").tag(uuid4()))
    stage.sync()

    assert status_of(stage, order_id) == "canceled"
    assert (alerts(stage, "foreign_order"), alerts(stage, "orphan_order")) == (0, 1)


def test_a_bracket_from_before_tags_named_anybody_is_still_ours(stage: Stage) -> None:
    """A-12: orders alive at an upgrade keep their tags; rows know them, and a fill is booked."""
    trade = stage.place_bracketed(qty=2)
    with stage.container.jobs_environment().database.transaction("alice") as connection:
        rows = connection.execute(text("select id, tag, role from orders where role <> 'ENTRY'")).all()
        old = f"pt-{uuid4()}"
        connection.execute(text("update orders set tag = :tag where role <> 'ENTRY'"), {"tag": old})
    assert len({row.tag for row in rows}) == 1
    for order in stage.world.sandbox.state().orders:
        if order.tag == rows[0].tag:
            order.tag = old
    stage.sync()
    stage.sync()

    assert stage.working_sells() == 2
    assert stage.trade(trade)["status"] == "OPEN"
    assert (alerts(stage, "foreign_order"), alerts(stage, "orphan_order")) == (0, 0)


def test_two_people_who_shared_an_account_before_leave_each_others_brackets(stage: Stage) -> None:
    """S3: rows from before accounts had one owner; the guard of one never takes the other's bracket."""
    stage.place_bracketed(qty=2)
    before = stage.truth()
    stage.connect(BrokerMode.TRADIER_SANDBOX, "VA00000002", "token-of-alice", username="bob")
    sync_account(stage.container.jobs_environment(), _bobs_view(stage))

    assert stage.truth() == before


def _bobs_view(stage: Stage) -> AccountRef:
    return AccountRef(username="bob", mode=BrokerMode.TRADIER_SANDBOX, account_id=stage.account())


def test_every_order_of_ours_carries_deployment_and_user(stage: Stage) -> None:
    """A-12: entry, bracket and exit; letters, digits and hyphens, far below Tradier's 255 characters."""
    stage.close_trade(stage.place_bracketed())
    tags = {str(order["tag"]) for order in stage.truth()}

    assert len(tags) == 3
    assert all(stage.env.tags.mark("alice").is_on(tag) and len(tag) < 80 for tag in tags)
    assert not any(stage.env.tags.mark("bob").is_on(tag) for tag in tags)


def test_a_deployments_id_is_made_once_and_shared_by_its_roles(stage: Stage) -> None:
    """A-12: whoever is first makes it; a process that starts later, of either role, reads the same."""
    made = stage.env.tags.mark("alice")
    later = stage.container.jobs_environment().tags
    fresh = OrderTags(stage.env.database, bytes)

    assert later.mark("alice") == fresh.mark("alice") == made
    assert stage.query("select count(*) from deployment")[0][0] == 1

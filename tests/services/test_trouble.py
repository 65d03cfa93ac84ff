"""Trouble found by trying to break the product from outside: each case with its clear outcome."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest

from chalicelib.domain.trading.booking import OrderNews
from chalicelib.domain.trading.orders import OrderStatus
from chalicelib.services.errors import TooSoon
from chalicelib.services.lifecycle.book_news import book_news
from chalicelib.services.sync import refresh
from infra.local.emulators.serving.transport import EmulatorTransport
from tests.services.stage import Stage


def test_a_sale_filled_in_part_gives_its_rest_protection_back(stage: Stage) -> None:
    """Not filled whole: the bracket is put back for what is left, OPEN, alert (A-04, I-11, I-28)."""
    trade = stage.place_bracketed(qty=4)
    stage.fault("partial_fill", fraction=0.5)
    assert stage.close_trade(trade).trade["status"] == "CLOSING"
    stage.sync()
    stage.sync()

    now = stage.trade(trade)
    assert (now["status"], now["open_qty"]) == ("OPEN", 2)
    assert stage.working_sells() == 2
    assert stage.query("select 1 from alerts where kind = 'close_failed'")
    closed = stage.close_trade(now).trade
    assert (closed["status"], closed["open_qty"]) == ("CLOSED", 0)
    assert stage.working_sells() == 0
    assert stage.held(trade["legs"][0]["symbol"]) == 0


def test_a_refresh_counts_its_ten_seconds_in_product_time(stage: Stage) -> None:
    """Budgets and ages follow the product's clock, standing still or moved (local.md)."""
    stage.place_bracketed()
    assert refresh.refresh(stage.env, "alice").status == 200
    stage.advance(9)
    with pytest.raises(TooSoon):
        refresh.refresh(stage.env, "alice")
    stage.advance(1)

    assert refresh.refresh(stage.env, "alice").status == 200


def test_both_legs_filled_between_two_polls_are_flattened_within_one_sync(stage: Stage) -> None:
    """Stop and target both sold (I-09): flagged, bought back within one sync, and the books tie (I-13)."""
    trade = stage.place_bracketed(qty=2)
    _sell_both_legs(stage, trade)
    stage.sync()

    now = stage.trade(trade)
    fills = stage.query(
        "select is_buy, quantity, price, fees from fills where trade_id = :id", id=UUID(trade["id"])
    )
    bought = sum((one.quantity for one in fills if one.is_buy), Decimal(0))
    sold = sum((one.quantity for one in fills if not one.is_buy), Decimal(0))
    cash = sum(((-1 if one.is_buy else 1) * one.quantity * one.price * 100 for one in fills), Decimal(0))
    assert now["status"] == "CLOSED"
    assert (bought, sold, now["open_qty"]) == (4, 4, 0)
    assert now["realized_pnl"] == pytest.approx(float(cash - sum(one.fees for one in fills)), abs=0.01)
    assert stage.query("select 1 from alerts where kind = 'both_exits_filled' and severity = 'critical'")
    assert stage.working_sells() == 0


def test_a_refused_purchase_of_an_excess_is_tried_once_a_sync(stage: Stage) -> None:
    """Never more than one try a sync, each with its alert (A-04, I-09)."""
    trade = stage.place_bracketed(qty=2)
    _sell_both_legs(stage, trade)
    stage.fault("status", code=400, body="no", times=10)
    stage.sync()

    assert [o["status"] for o in stage.trade(trade)["orders"] if o["role"] == "EXIT"] == ["REJECTED"]


def _sell_both_legs(stage: Stage, trade: Mapping[str, Any]) -> None:  # Any: JSON
    """Leave the account short, and book what a broker says whose cancel of the second leg came too late."""
    trade_id, symbol = trade["id"], trade["legs"][0]["symbol"]
    orders = f"/v1/accounts/{stage.account()}/orders"
    client = httpx.Client(
        transport=EmulatorTransport(stage.world.hosts()),
        base_url="https://sandbox.tradier.com",
        headers={"Authorization": "Bearer token-of-alice", "Accept": "application/json"},
    )
    (bracket,) = [one for one in stage.truth() if "leg" in one]
    assert client.delete(f"{orders}/{bracket['id']}").is_success
    for side in ("sell_to_close", "sell_to_open"):
        sale = {"class": "option", "symbol": trade["ticker"], "option_symbol": symbol, "side": side}
        answer = client.post(orders, data=sale | {"quantity": "2", "type": "market", "duration": "day"})
        assert answer.is_success, answer.text
    assert stage.held(symbol) == -2
    legs = stage.query(
        "select id, broker_order_id, parent_broker_order_id, quantity, role, stop_price, limit_price "
        "from orders where trade_id = :id and role in ('STOP_LOSS', 'TAKE_PROFIT')",
        id=UUID(trade_id),
    )
    news = [
        (
            leg.id,
            OrderNews(
                broker_order_id=leg.broker_order_id,
                parent_broker_order_id=leg.parent_broker_order_id,
                status=OrderStatus.FILLED,
                filled_quantity=leg.quantity,
                avg_fill_price=leg.stop_price or leg.limit_price,
                updated_at=stage.clock.now(),
                reason=None,
                fees=None,
                fill_rule="broker",
            ),
        )
        for leg in legs
    ]
    with stage.container.jobs_environment().database.transaction("alice") as connection:
        book_news(stage.env, connection, UUID(trade_id), news)

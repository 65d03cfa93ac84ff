"""A sandbox account that was wiped (A-12): nothing is closed by itself, the owner is asked.

Two complete and empty answers of orders and positions, a minute apart, while we hold open trades.
"""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.brokers.interface import OrderList
from chalicelib.domain.money import ZERO
from chalicelib.domain.trading.changing_facts import OrderFacts, TradeFacts
from chalicelib.domain.trading.lifecycle import Move
from chalicelib.domain.trading.orders import ENDED, Fill, FillKind, OrderStatus
from chalicelib.domain.trading.position import position_of
from chalicelib.domain.trading.trades import HOLDING, Actor, CloseReason, Trade, TradeStatus
from chalicelib.services.accounts.keeper import AccountKeeper
from chalicelib.services.environment import Environment
from chalicelib.services.lifecycle.book_news import closing_facts, move, save_legs
from chalicelib.services.lifecycle.settle_legs import position_now
from chalicelib.services.raise_alert import Severity, account_topic, condition_key, raise_alert
from chalicelib.store.accounts.broker_accounts import empty_accounts, note_empty
from chalicelib.store.market.snapshots import last_leg_marks
from chalicelib.store.trades.orders import insert_fill, load_fills, load_orders, save_order
from chalicelib.store.trades.trades import load_working_trades
from chalicelib.store.users.alerts import condition_of, resolve
from chalicelib.vendors.errors import VendorError

KIND: Final = "broker_reset"
_APART: Final = timedelta(seconds=60)


def note_empty_account(keeper: AccountKeeper, listed: OrderList, trades: Sequence[Trade]) -> bool:
    """Note a complete, empty answer of an account that should hold something; ask after the second.

    Only where the vendor resets accounts. Returns whether this answer was such a one; any other ends the
    account's being empty.
    """
    if not keeper.broker.capabilities.may_be_reset:
        return False
    holding = [
        trade for trade in trades if trade.status in HOLDING and (trade.open_qty > 0 or trade.excess_qty > 0)
    ]
    if listed.orders or not holding or not _positions_are_empty(keeper):
        return False
    keeper.write(lambda connection: _note(keeper, connection, len(holding)))
    return True


def _positions_are_empty(keeper: AccountKeeper) -> bool:
    try:
        return not keeper.broker.positions()
    except VendorError:
        return False


def _note(keeper: AccountKeeper, connection: Connection, count: int) -> None:
    now = keeper.env.clock.now()
    if now - note_empty(connection, keeper.account, now) < _APART:
        return
    raise_alert(
        keeper.env,
        connection,
        keeper.username,
        severity=Severity.CRITICAL,
        kind=KIND,
        message=(
            f"The sandbox account {keeper.account.account_id} shows no orders and no positions, "
            f"yet {count} trades are open: it may have been reset."
        ),
        question="End these trades as BROKER_RESET at their last mark?",
        lasting=True,
        topic=account_topic(keeper.account),
    )


def answer(
    env: Environment,
    username: str,
    alert_id: UUID,
    *,
    accept: bool,
    price: Decimal | None = None,  # noqa: ARG001  # its question asks for none
) -> None:
    """Carry out the owner's answer: a yes ends the open trades of the account asked of, a no leaves all."""

    def work(connection: Connection) -> None:
        asked_of = condition_of(connection, username, alert_id)
        if asked_of is None:
            return
        empty = empty_accounts(connection, username) if accept else ()
        for account in empty:
            # The release before asked of no account in particular: there was one that could be reset.
            if asked_of in {KIND, condition_key(KIND, topic=account_topic(account))}:
                for trade in load_working_trades(connection, account):
                    _end(env, connection, trade)
        resolve(connection, username, asked_of)

    env.database.run(work, username=username)


def _end(env: Environment, connection: Connection, trade: Trade) -> None:
    if trade.status not in HOLDING:
        return
    now = env.clock.now()
    for order in load_orders(connection, [trade.id]).get(trade.id, ()):
        if order.status not in ENDED:
            gone: OrderFacts = {
                "status": OrderStatus.CANCELED,
                "reason": "account reset",
                "ended_at": now,
            }
            if order.status is OrderStatus.INTENT or order.is_outstanding:
                save_order(connection, order.id, gone)
    for fill in _at_last_marks(env, connection, trade):
        insert_fill(connection, fill, None)
    position = position_of(
        load_fills(connection, trade.id),
        load_orders(connection, [trade.id]).get(trade.id, ()),
        trade.legs,
    )
    reset_as: TradeFacts = {
        "close_reason": CloseReason.BROKER_RESET,
        "open_qty": ZERO,
        "excess_qty": ZERO,
        "missing_qty": ZERO,
        "close_requested_at": None,
        "unprotected_since": None,
    }
    reset = Move(to_status=TradeStatus.CLOSED, actor=Actor.USER, reason=CloseReason.BROKER_RESET)
    ended = move(env, connection, trade, [reset], closing_facts(trade, position) | reset_as)
    save_legs(connection, ended, position)


def _at_last_marks(env: Environment, connection: Connection, trade: Trade) -> list[Fill]:
    """Book each leg as gone at its last mark, and a short that too large a sale left likewise (I-09).

    What never had a mark goes at what it was opened at.
    """
    now = env.clock.now()
    marks = last_leg_marks(connection, trade.id)
    own = None if trade.is_structure else trade.current_price
    return [
        Fill(
            id=env.randomness.uuid7(now),
            username=trade.username,
            trade_id=trade.id,
            order_id=None,
            kind=FillKind.SETTLEMENT,
            is_buy=book.leg.side.closes_by.is_buy is (book.held > 0),
            quantity=abs(book.held),
            price=_first_known(own, marks.get(book.leg.leg_no), book.entry_price),
            fees=ZERO,
            fill_rule="last_mark",
            filled_at=now,
            leg_no=book.leg.leg_no,
        )
        for book in position_now(connection, trade).books
        if book.held != 0
    ]


def _first_known(*prices: Decimal | None) -> Decimal:
    return next((price for price in prices if price is not None), ZERO)

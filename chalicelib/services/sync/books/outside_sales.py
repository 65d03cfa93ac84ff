"""What sold the contracts that an account lacks (A-04): the account's history says, else its owner is asked.

Quickest and most precise is the order list that each sync reads: it shows every order of the account's day,
with price and time, whoever placed it. A day that is over is in Tradier's account history, which is built
nightly, for live accounts only, and names neither orders nor times.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.brokers.interface import OrderList
from chalicelib.domain.clocks.calendar import new_york_date, new_york_midnight
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.money import ZERO
from chalicelib.domain.trading.books import Sale, not_ours, sales_behind
from chalicelib.domain.trading.changing_facts import TradeFacts
from chalicelib.domain.trading.legs import Leg
from chalicelib.domain.trading.next_step import working_exits
from chalicelib.domain.trading.orders import (
    UNSETTLED,
)
from chalicelib.domain.trading.steps import SessionState
from chalicelib.domain.trading.trades import Trade
from chalicelib.services.environment import Environment
from chalicelib.services.lifecycle.book_news import Booked, restate
from chalicelib.services.lifecycle.settle_legs import renew_risk
from chalicelib.services.lifecycle.stood import Stood
from chalicelib.services.raise_alert import Severity, condition_key, raise_alert, resolve_alert
from chalicelib.services.sync.account_round import AccountRound
from chalicelib.services.sync.books.book_outside import book_outside_fill, tell_outside
from chalicelib.services.sync.books.check_books import MISSING
from chalicelib.services.sync.books.listed_trades import closed_by_others
from chalicelib.services.sync.books.missing_legs import note_missing
from chalicelib.store.trades.orders import (
    sold_since,
)
from chalicelib.store.trades.trades import load_trade
from chalicelib.store.users.alerts import stands
from chalicelib.vendors.errors import VendorError

#: How far back the account's history is asked: a trade that lost something is noticed within minutes.
HISTORY_DAYS: Final = timedelta(days=7)
BY_HISTORY: Final = "account_history"


def settle_missing_holding(
    look: AccountRound, stood: Stood, listed: OrderList, *, just_found: bool
) -> Booked | None:
    """Book what sold a trade's missing contracts, or ask; None while exits work on more than is held.

    Its protection was resized before this (its exits are clamped since it was flagged): were it the other way
    round, a worker that dies between the two would leave more on sale than is held.
    """
    trade = stood.trade
    if any(order.status in UNSETTLED for order in stood.orders):
        return None
    if working_exits(stood.orders, trade.side) > trade.sellable_qty:
        return None
    asks_history = just_found or stood.session is SessionState.CLOSED or not _is_asked(look, trade)
    found = [
        (leg, sale, share)
        for leg in trade.legs
        if trade.missing_of(leg) > 0
        for sale, share in _behind(look, trade, leg, listed, asks_history=asks_history)
    ]
    env = look.keeper.env

    def book(connection: Connection) -> Booked:
        booked = Booked(trade=trade, opened=False, ended=False)
        for leg, sale, share in found:
            booked = book_outside_sale(env, connection, trade.id, leg.leg_no, sale, share)
        if not booked.trade.is_ended and first_missing(booked.trade) is not None:
            _ask(env, connection, booked.trade)
        return booked

    booked: Booked = look.keeper.write(book)
    look.wrote = True
    look.snapshots.after(booked)
    return booked


def _is_asked(look: AccountRound, trade: Trade) -> bool:
    """Say whether its owner is asked already: until then what was just found may have waited for others."""
    key = condition_key(MISSING, trade_id=trade.id)
    asked: bool = look.keeper.database.run(
        lambda connection: stands(connection, trade.username, key), username=trade.username
    )
    return asked


def first_missing(trade: Trade) -> Leg | None:
    """Return the first leg of which something is missing."""
    return next((leg for leg in trade.legs if trade.missing_of(leg) > 0), None)


def _behind(
    look: AccountRound, trade: Trade, leg: Leg, listed: OrderList, *, asks_history: bool
) -> list[tuple[Sale, Decimal]]:
    """Return the sales that explain what is missing of a leg, as far as they are known."""
    missing = trade.missing_of(leg)
    found = sales_behind(_sales_today(look, leg, listed), missing, since=trade.entry_date)
    left = missing - sum((share for _, share in found), ZERO)
    if left > 0 and asks_history:
        found += sales_behind(_sales_before(look, leg), left, since=trade.entry_date)
    return found


def _sales_today(look: AccountRound, leg: Leg, listed: OrderList) -> list[Sale]:
    """Return what the list shows as closed of a leg by no order of ours, less what is booked of it."""
    sales: list[Sale] = look.keeper.database.run(
        lambda connection: closed_by_others(connection, look.account, leg, listed),
        username=look.keeper.username,
    )
    return sales


def _sales_before(look: AccountRound, leg: Leg) -> list[Sale]:
    """Return what the account's history tells of days before today; nothing where it cannot be read."""
    if not look.keeper.broker.capabilities.keeps_history or leg.side is LegSide.SHORT:
        return []  # of what was bought back on an earlier day its owner is asked
    today = new_york_date(look.keeper.env.clock.now())
    since = today - HISTORY_DAYS
    symbol = leg.symbol
    try:
        told = look.keeper.broker.sales_since(symbol, since)
    except VendorError as error:
        look.report.trade_errors.append(error.reason)
        return []
    ours = look.keeper.database.run(
        lambda connection: sold_since(connection, look.account, symbol, new_york_midnight(since)),
        username=look.keeper.username,
    )
    sales = [
        Sale(order_id=None, quantity=one.quantity, price=one.price, at=one.at)
        for one in told
        if new_york_date(one.at) < today
    ]
    return not_ours(sales, ours)


def book_outside_sale(
    env: Environment,
    connection: Connection,
    trade_id: UUID,
    leg_no: int,
    sale: Sale,
    quantity: Decimal,
    *,
    told_by: str = BY_HISTORY,
) -> Booked:
    """Book a sale of a leg that no order of ours made, inside the caller's transaction; it ends the trade,
    makes it smaller, or leaves its other legs.

    `told_by` is the fill's rule where no order of the broker's is known.
    """
    trade = load_trade(connection, trade_id, lock=True)
    assert trade is not None
    leg = trade.leg_numbered(leg_no)
    missing = trade.missing_of(leg)
    share = min(quantity, missing)
    if trade.is_ended or share <= 0:
        return Booked(trade=trade, opened=False, ended=False)
    now = env.clock.now()
    book_outside_fill(env, connection, trade, leg, sale, share, told_by, side=leg.side.closes_by)
    fresh: TradeFacts = {"protection_failures": 0}
    known = note_missing(connection, trade, leg, missing - share, now, fresh)
    booked = restate(env, connection, known)
    if missing == share and (not trade.is_structure or booked.trade.missing_qty == 0):
        resolve_alert(connection, trade.username, kind=MISSING, trade_id=trade.id)
    rest = renew_risk(env, connection, booked.trade) if trade.is_structure and not booked.ended else ""
    tell_outside(env, connection, booked, leg, sale, share, rest, side=leg.side.closes_by)
    return booked


def _proposed(trade: Trade) -> str:
    return "what it was opened at" if trade.is_structure else "the last mark"


def last_mark(trade: Trade, leg: Leg) -> Decimal | None:
    """Return what is proposed for a leg that went: the trade's own mark of a single leg, else its cost."""
    if trade.is_structure:
        return leg.entry_price
    return trade.current_price if trade.current_price is not None else trade.entry_price


def _ask(env: Environment, connection: Connection, trade: Trade) -> None:
    leg = first_missing(trade)
    assert leg is not None
    mark = last_mark(trade, leg)
    proposed = (
        "" if mark is None else f" A yes without a price takes {_proposed(trade)}, {mark.normalize():f}."
    )
    raise_alert(
        env,
        connection,
        trade.username,
        severity=Severity.CRITICAL,
        kind=MISSING,
        trade_id=trade.id,
        message=(
            f"{trade.ticker}: the account does not hold {trade.missing_of(leg).normalize():f} of "
            f"{leg.held(trade.open_qty).normalize():f} of {leg.symbol}, and its history does not say why. "
            "Nothing of it is sold or settled meanwhile."
        ),
        question=f"At what price per share did they go?{proposed}",
        lasting=True,
    )

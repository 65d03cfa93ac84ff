"""Rules that a bulk statement tells a second time, held to the domain's own on the real database.

A cycle marks ten thousand legs by one statement, where a rule is SQL for its speed: this keeps it the
domain's. Amounts are whole cents here: the domain rounds half a cent to even, PostgreSQL away from zero.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from chalicelib.domain.accounts import AccountRef, BrokerMode
from chalicelib.domain.instants import rfc3339
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.money import ZERO, percent
from chalicelib.domain.trading.excursions import excursions_of, gain_at
from chalicelib.domain.trading.orders import (
    ENDED,
    UNSETTLED,
    Fill,
    OrderRole,
    OrderStatus,
)
from chalicelib.domain.trading.position import position_of
from chalicelib.domain.trading.trades import CloseReason, TradeStatus
from chalicelib.store.analysis.outcomes import OutcomeFilter, read_outcomes
from chalicelib.store.database import Database
from chalicelib.store.schema import paper_trades
from chalicelib.store.trades.open_positions import explained_quantity
from chalicelib.store.trades.orders import load_orders
from chalicelib.store.trades.trade_json import read_whole
from chalicelib.store.trades.trades import load_working_trades
from infra.local.database.postgres import DatabaseUrls
from tests.domain.support import LONG_CALL, NOON, a_fill, an_order
from tests.services.stage import Stage
from tests.store.held_trades import book, hold, mark, send_target

REAL = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
prices = st.integers(0, 5000).map(lambda cents: Decimal(cents) / 100)
sides = st.sampled_from(LegSide)
TEN_THOUSANDTH = Decimal("0.0001")


@pytest.fixture
def database(database_urls: DatabaseUrls) -> Iterator[Database]:
    stage = Stage(database_urls)
    yield stage.env.database
    stage.close()


@dataclass(frozen=True)
class Stretch:
    """The marks that come while so much is held, in the order in which they come, and how it ends."""

    marks: Sequence[tuple[int, Decimal]]
    sold: int
    sold_at: Decimal


@st.composite
def stretches(draw: st.DrawFn) -> list[Stretch]:
    """Draw what happens to a trade of ten: stretches with marks, late ones among them, and partial exits."""
    left, drawn = 10, []
    for _ in range(draw(st.integers(1, 3))):
        marks = draw(st.lists(prices, min_size=1, max_size=4))
        sold = draw(st.integers(0, left - 1))
        left -= sold
        drawn.append(
            Stretch(
                marks=draw(st.permutations(list(enumerate(marks, start=1)))),
                sold=sold,
                sold_at=draw(prices),
            )
        )
    return drawn


@REAL
@given(side=sides, instrument=st.sampled_from([Instrument.OPTION, Instrument.EQUITY]), entry=prices,
       story=stretches())  # fmt: skip
def test_marks_value_a_holding_as_the_domain_does(
    database: Database, side: LegSide, instrument: Instrument, entry: Decimal, story: list[Stretch]
) -> None:
    """I-14, I-15: P&L, best and worst of the bulk statement are those of the fills, long and short."""
    multiplier = Decimal(1 if instrument is Instrument.EQUITY else 100)
    legs = (replace(LONG_CALL[0], side=side, instrument=instrument, multiplier=multiplier),)
    opened = an_order(OrderRole.ENTRY, OrderStatus.FILLED, quantity=10, side=side.opens_by)
    closed = an_order(OrderRole.EXIT, OrderStatus.FILLED, quantity=10, number=11, side=side.closes_by)
    fills = [a_fill(opened, 10, entry, fees="0.35")]
    seen: list[tuple[int, Decimal]] = []
    with database.transaction("alice") as connection:
        trade_id = hold(connection, side=side, instrument=instrument, multiplier=multiplier, entry=entry)
        for number, stretch in enumerate(story):
            begins = number * 10
            for minute, price in stretch.marks:
                mark(connection, trade_id, begins + minute, price)
            seen += [(begins + minute, price) for minute, price in stretch.marks]
            if stretch.sold:
                fills.append(a_fill(closed, stretch.sold, stretch.sold_at, minute=begins + 9, fees="0.35"))
                book(connection, trade_id, position_of(fills, [opened, closed], legs))
        last = mark_again(connection, trade_id, seen, minute=len(story) * 10)
        stored = read(connection, trade_id)

    position = position_of(fills, [opened, closed], legs)
    so_far = position.realized_so_far
    realized = ZERO if so_far is None else so_far + position.fees
    marks = [(NOON + timedelta(minutes=minute), price) for minute, price in seen]
    best_and_worst = excursions_of(marks, fills, legs)
    assert stored.unrealized_pnl == gain_at(last, fills, legs) - realized
    assert (stored.max_gain, stored.max_drawdown) == (best_and_worst.best, best_and_worst.worst)
    assert stored.current_price == last


@dataclass(frozen=True)
class Stored:
    """What the marks left in the trade's row."""

    unrealized_pnl: Decimal
    max_gain: Decimal
    max_drawdown: Decimal
    current_price: Decimal


def read(connection: Connection, trade_id: UUID) -> Stored:
    """Read what the marks left."""
    c = paper_trades.c
    columns = (c.unrealized_pnl, c.max_gain, c.max_drawdown, c.current_price)
    return Stored(*connection.execute(select(*columns).where(c.id == trade_id)).one())


def mark_again(
    connection: Connection, trade_id: UUID, seen: list[tuple[int, Decimal]], *, minute: int
) -> Decimal:
    """Mark once more at the newest price, so that what is stored follows the last exit; returns the price."""
    _, price = max(seen)
    mark(connection, trade_id, minute, price)
    seen.append((minute, price))
    return price


@dataclass(frozen=True)
class Held:
    """What a trade holds of one of two contracts: missing at the broker, or sold in excess."""

    symbol: str
    side: LegSide
    open_qty: int
    missing_qty: int
    excess_qty: int


held = st.builds(
    lambda symbol, side, open_qty, missing, excess: Held(
        symbol=symbol,
        side=side,
        open_qty=open_qty,
        missing_qty=min(missing, open_qty),
        excess_qty=0 if open_qty else excess,
    ),
    st.sampled_from(["SPY260320C00600000", "SPY260320P00600000"]),
    sides,
    st.integers(0, 10),
    st.integers(0, 10),
    st.integers(0, 5),
)


@REAL
@given(holdings=st.lists(held, min_size=1, max_size=5))
def test_what_our_trades_explain_is_what_the_account_should_hold(
    database: Database, holdings: list[Held]
) -> None:
    """A-04: one word for it, whether one contract is asked for or the whole account is compared."""
    account_id = str(uuid4())
    with database.transaction("alice") as connection:
        for one in holdings:
            hold(
                connection,
                side=one.side,
                symbol=one.symbol,
                account_id=account_id,
                open_qty=one.open_qty,
                missing_qty=one.missing_qty,
                excess_qty=one.excess_qty,
            )
        account = AccountRef(username="alice", mode=BrokerMode.PAPER, account_id=account_id)
        trades = load_working_trades(connection, account)
        for symbol in {one.symbol for one in holdings}:
            explained = explained_quantity(connection, account, symbol)
            should_hold = sum((trade.position_in(symbol) for trade in trades), ZERO)
            assert explained == should_hold


@st.composite
def target_orders(draw: st.DrawFn) -> list[tuple[OrderStatus, int]]:
    """Draw the orders of a target, oldest first, of which the last alone may be alive, and what filled."""
    over = draw(st.lists(st.sampled_from(sorted(ENDED)), max_size=2))
    told = [*over, draw(st.sampled_from(OrderStatus))]
    return [(status, 10 if status is OrderStatus.FILLED else draw(st.integers(0, 9))) for status in told]


@REAL
@given(price=st.none() | prices.filter(bool), told=st.just([]) | target_orders())
def test_a_list_tells_of_a_target_what_its_newest_order_tells(
    database: Database, price: Decimal | None, told: list[tuple[OrderStatus, int]]
) -> None:
    """A-04: the shape of a trade is SQL; state, quantity and fill of its target are those of the order."""
    with database.transaction("alice") as connection:
        trade_id = hold(connection, tp_price=price)
        for number, (status, filled) in enumerate(told):
            send_target(connection, trade_id, status, filled, at=NOON + timedelta(minutes=number))
        text = read_whole(connection, trade_id)
        sent = load_orders(connection, [trade_id]).get(trade_id, ())

    assert text is not None
    shown = json.loads(text, parse_float=Decimal)
    newest = max(sent, key=lambda order: order.created_at or NOON, default=None)
    assert shown["settling"] == any(order.status in UNSETTLED for order in sent)
    # Of a trade that goes on: who cancelled its order places another, or waits for the market (C-06).
    waits = newest is None or newest.status is OrderStatus.CANCELED
    state = "WAITING" if newest is None or waits else newest.status
    assert [target["state"] for target in shown["targets"]] == ([] if price is None else [state])
    for target in shown["targets"]:
        assert target["price"] == price
        assert target["quantity"] == (10 if newest is None else newest.quantity)
        assert target["order_id"] == (None if newest is None else str(newest.id))
        filled = newest is not None and newest.filled_quantity > 0
        ended_at = rfc3339(newest.ended_at) if filled and newest and newest.ended_at else None
        assert target["filled_at"] == ended_at


ended = st.tuples(prices.filter(bool), st.integers(1, 20), st.integers(0, 500_000), st.integers(-500_000, 0))


@REAL
@given(trade=ended)
def test_an_excursion_in_per_cent_is_of_what_the_entry_cost(
    database: Database, trade: tuple[Decimal, int, int, int]
) -> None:
    """I-14: until forensics has run, analytics show what snapshots saw, in the domain's per cent."""
    entry, quantity, best_cents, worst_cents = trade
    best, worst = Decimal(best_cents) / 100, Decimal(worst_cents) / 100
    cost = entry * quantity * 100
    for amount in (best, worst):
        exact = amount * 100 / cost
        assume(exact.quantize(TEN_THOUSANDTH, ROUND_HALF_UP) == exact.quantize(TEN_THOUSANDTH))
    with database.transaction("alice") as connection:
        trade_id = hold(
            connection,
            entry=entry,
            status=TradeStatus.CLOSED,
            qty=quantity,
            filled_qty=quantity,
            open_qty=0,
            close_date=NOON,
            close_reason=CloseReason.MANUAL_CLOSE,
            realized_pnl=0,
            max_gain=best,
            max_drawdown=worst,
        )
        outcomes = read_outcomes(connection, "alice", OutcomeFilter())
        (found,) = (one for one in outcomes if one.trade_id == trade_id)

    assert (found.mfe_pct, found.mae_pct) == (percent(best, cost), percent(worst, cost))


def test_fills_of_the_story_are_dollars(database: Database) -> None:
    """One worked example beside the property: 10 at 5.00, 4 sold at 6.00, marked at 7.00."""
    opened = an_order(OrderRole.ENTRY, OrderStatus.FILLED, quantity=10)
    closed = an_order(OrderRole.EXIT, OrderStatus.FILLED, quantity=10, number=11)
    fills: list[Fill] = [a_fill(opened, 10, "5"), a_fill(closed, 4, "6", minute=1)]
    with database.transaction("alice") as connection:
        trade_id = hold(connection)
        book(connection, trade_id, position_of(fills, [opened, closed], LONG_CALL))
        mark(connection, trade_id, 2, Decimal(7))
        stored = read(connection, trade_id)

    assert stored.unrealized_pnl == 1_200
    assert stored.max_gain == 1_600
    assert stored.max_drawdown == 0

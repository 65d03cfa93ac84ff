"""Rules that a bulk statement tells a second time, held to the domain's own on the real database.

A cycle marks ten thousand legs by one statement, where a rule is SQL for its speed: this keeps it the
domain's. Amounts are whole cents here: the domain rounds half a cent to even, PostgreSQL away from zero.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, select, update

from chalicelib.domain.booking import Position, excursions_of, gain_at, position_of
from chalicelib.domain.money import ZERO, percent
from chalicelib.domain.orders import Fill, OrderRole, OrderStatus, OrderType
from chalicelib.domain.symbols import OptionType
from chalicelib.domain.trades import BrokerMode, CloseReason, Instrument, LegSide, TradeStatus
from chalicelib.services.judge_snapshot import snapshot_of
from chalicelib.store.database import Database
from chalicelib.store.open_legs import OpenLeg
from chalicelib.store.open_positions import explained_quantity
from chalicelib.store.outcomes import OutcomeFilter, read_outcomes
from chalicelib.store.schema import paper_trades, trade_legs
from chalicelib.store.snapshots import SnapshotKind, write_snapshots_and_marks
from chalicelib.store.trades import load_working_trades
from infra.local.postgres import DatabaseUrls
from tests.domain.support import NOON, SYMBOL, a_fill, an_order
from tests.services.stage import Stage

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
                book(connection, trade_id, position_of(fills, [opened, closed], multiplier, side))
        last = mark_again(connection, trade_id, seen, minute=len(story) * 10)
        stored = read(connection, trade_id)

    position = position_of(fills, [opened, closed], multiplier, side)
    so_far = position.realized_so_far
    realized = ZERO if so_far is None else so_far + position.fees
    marks = [(NOON + timedelta(minutes=minute), price) for minute, price in seen]
    best_and_worst = excursions_of(marks, fills, multiplier)
    assert stored.unrealized_pnl == gain_at(last, fills, multiplier) - realized
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


def mark(connection: Connection, trade_id: UUID, minute: int, price: Decimal) -> None:
    """Write one mark by the cycle's statement."""
    at = NOON + timedelta(minutes=minute)
    leg = OpenLeg(
        username="alice",
        trade_id=str(trade_id),
        ticker="SPY",
        leg_no=1,
        symbol=SYMBOL,
        expiry=None,
        on_paper=True,
    )
    snapshot = snapshot_of(
        leg, None, kind=SnapshotKind.INTRADAY, timestamp=at, now=at, underlying=None
    )._replace(mark_price=price)
    write_snapshots_and_marks(connection, [snapshot], at)


def book(connection: Connection, trade_id: UUID, position: Position) -> None:
    """Store what a partial exit made of the trade."""
    values = {
        "open_qty": position.held,
        "realized_pnl": position.realized_so_far,
        "fees": position.fees,
    }
    connection.execute(update(paper_trades).where(paper_trades.c.id == trade_id).values(values))


def hold(
    connection: Connection,
    *,
    side: LegSide = LegSide.LONG,
    instrument: Instrument = Instrument.OPTION,
    multiplier: Decimal = Decimal(100),
    entry: Decimal = Decimal(5),
    symbol: str = SYMBOL,
    **columns: object,
) -> UUID:
    """Store a trade that holds ten of one contract, or of shares."""
    trade_id = uuid4()
    connection.execute(
        insert(paper_trades).values(
            {
                "id": trade_id,
                "username": "alice",
                "status": TradeStatus.OPEN,
                "ticker": "SPY",
                "qty": 10,
                "filled_qty": 10,
                "open_qty": 10,
                "order_type": OrderType.MARKET,
                "entry_price": entry,
                "entry_date": NOON,
                "fees": Decimal("0.35"),
                "broker_mode": BrokerMode.PAPER,
                "account_id": "alice",
                **columns,
            }
        )
    )
    contract = {"option_type": OptionType.CALL, "strike": 600, "expiry": date(2026, 3, 20)}
    connection.execute(
        insert(trade_legs).values(
            {
                "id": uuid4(),
                "username": "alice",
                "trade_id": trade_id,
                "leg_no": 1,
                "instrument": instrument,
                "symbol": symbol,
                "multiplier": multiplier,
                "side": side,
                "quantity": 10,
                **(contract if instrument is Instrument.OPTION else {}),
            }
        )
    )
    return trade_id


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
        trades = load_working_trades(connection, BrokerMode.PAPER, account_id)
        for symbol in {one.symbol for one in holdings}:
            explained = explained_quantity(connection, BrokerMode.PAPER, account_id, symbol)
            should_hold = sum((trade.position_qty for trade in trades if trade.leg.symbol == symbol), ZERO)
            assert explained == should_hold


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
        book(connection, trade_id, position_of(fills, [opened, closed], Decimal(100)))
        mark(connection, trade_id, 2, Decimal(7))
        stored = read(connection, trade_id)

    assert stored.unrealized_pnl == 1_200
    assert stored.max_gain == 1_600
    assert stored.max_drawdown == 0

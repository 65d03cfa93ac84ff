"""Reads a view: the database by the role that only reads, the emulators by their own record."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import TracebackType
from typing import Any, Final, Protocol, Self, TypeVar
from uuid import UUID

import numpy as np
import psycopg

from infra.local.emulators.market.occ import parse
from infra.local.emulators.world import World
from infra.local.invariants import coin_truth, paper_rows, rows
from infra.local.invariants.asking import Asked, Tables, with_legs
from infra.local.invariants.desk_rows import DeskRows, EvaluationRow, SwitchRow
from infra.local.invariants.foreign import is_foreign
from infra.local.invariants.hours import QUOTED_IN, is_coin
from infra.local.invariants.naming import mode_of, with_our_tags
from infra.local.invariants.trader_rows import DecisionRow, TraderRow, TraderRows
from infra.local.invariants.truth import WIPED, TruthAccount, TruthOrder, outside_account, wiped
from infra.local.invariants.view import CoinMinute, Touch, VendorCall, View

#: What is read at every look; snapshots and runs of jobs are many, and asked for at rest alone.
_KINDS: Final = (
    rows.TradeRow,
    rows.LegRow,
    rows.TargetRow,
    rows.OrderRow,
    rows.FillRow,
    rows.TransitionRow,
    rows.ChangeRow,
    rows.AlertRow,
    paper_rows.PaperFillRow,
    paper_rows.PaperOrderRow,
    paper_rows.PaperPositionRow,
    paper_rows.PaperAccountRow,
    paper_rows.PaperEventRow,
    rows.SettingsRow,
    EvaluationRow,
    SwitchRow,
    DecisionRow,
    TraderRow,
    rows.OwnCoinsRow,
)
_WORKING_WORDS: Final = {"PENDING": "pending", "OPEN": "open", "PARTIALLY_FILLED": "partially_filled"}


class _OfTrade(Protocol):
    @property
    def trade_id(self) -> UUID: ...


T = TypeVar("T", bound=_OfTrade)


class Reader:
    """Reads views of one stack; a context manager that keeps one read-only connection."""

    def __init__(
        self,
        backup_url: str,
        world: World,
        calls: Sequence[VendorCall],
        *,
        since: datetime,
        starting_cash: Decimal,
        quote_delay: timedelta = timedelta(0),
    ) -> None:
        """`backup_url` is the libpq URL of the reading role; `starting_cash` of the emulator's accounts."""
        self._quote_delay = quote_delay
        self._url = backup_url
        self._world = world
        self._calls = calls
        self._since = since
        self._starting_cash = starting_cash
        self._ending = ExitStack()
        self._tables = Tables(_KINDS)
        self._connection: psycopg.Connection[Any] | None = None

    def __enter__(self) -> Self:
        self._connection = self._ending.enter_context(psycopg.connect(self._url, prepare_threshold=0))
        self._connection.read_only = True
        self._connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.close()

    def read(self, now: datetime, *, snapshots: bool = False) -> View:
        """Read everything in one transaction and one round trip. Snapshots only when asked for: many."""
        connection = self._connection
        assert connection is not None, "used as a context manager"
        with connection.pipeline(), connection.transaction():
            self._tables.ask(connection)
            job_runs = Asked(connection, rows.JobRunRow) if snapshots else None
            shots = Asked(connection, rows.SnapshotRow) if snapshots else None
            found = self._tables.read(connection)
            outside, foreign = self._outside_accounts(found)
            return View(
                now=now,
                since=self._since,
                trades=with_legs(
                    map(_in_own_account, found[rows.TradeRow]), found[rows.LegRow], found[rows.TargetRow]
                ),
                orders=_by_trade(found[rows.OrderRow]),
                fills=_by_trade(found[rows.FillRow]),
                transitions=_by_trade(found[rows.TransitionRow]),
                changes=_by_trade(found[rows.ChangeRow]),
                alerts=found[rows.AlertRow],
                job_runs=() if job_runs is None else job_runs.rows(),
                paper_fills=found[paper_rows.PaperFillRow],
                settings=found[rows.SettingsRow],
                accounts={**outside, **_paper_accounts(found), **self._coin_accounts()},
                calls=self._calls,
                snapshots={} if shots is None else _by_trade(shots.rows()),
                official_close=self._official_close,
                touch_at=self._touch_at,
                coin_minute=self._coin_minute,
                coin_price=self._coin_price,
                foreign_orders=foreign,
                desk=DeskRows(evaluations=found[EvaluationRow], switches=found[SwitchRow]),
                ai=TraderRows(traders=found[TraderRow], decisions=found[DecisionRow]),
                own_coins=found[rows.OwnCoinsRow],
                quote_delay=self._quote_delay,
            )

    def _outside_accounts(
        self, rows_found: Mapping[type[Any], list[Any]]
    ) -> tuple[dict[tuple[str, str], TruthAccount], list[TruthOrder]]:
        """Return the accounts with our orders, and beside them what another deployment placed there."""
        found: dict[tuple[str, str], TruthAccount] = {}
        foreign: list[TruthOrder] = []
        sent = _by_account(rows_found)
        for host_mode, vendor in self._world.brokers.items():
            for account_id in vendor.accounts():
                mode = mode_of(host_mode, account_id)
                told = outside_account(
                    account_id,
                    [*map(wiped, vendor.hands.wiped(account_id)), *vendor.truth_orders(account_id)],
                    vendor.truth_positions(account_id),
                    mode=mode,
                    cash=vendor.truth_cash(account_id),
                    starting_cash=self._starting_cash,
                    taken=vendor.hands.taken(account_id),
                    by_hand=vendor.hands.placed,
                )
                account = with_our_tags(told, sent.get((mode, account_id), ()))
                ours = tuple(order for order in account.orders if not is_foreign(order.tag))
                foreign += [one for one in account.orders if is_foreign(one.tag) and one.status != WIPED]
                forgotten = frozenset(str(one["id"]) for one in vendor.hands.wiped(account_id))
                found[mode, account_id] = replace(account, orders=ours, wiped=forgotten)
        return found, foreign

    def _coin_accounts(self) -> dict[tuple[str, str], TruthAccount]:
        exchanges = (
            (coin_truth.TESTNET, self._world.binance_testnet),
            (coin_truth.LIVE, self._world.binance),
        )
        return {
            (mode, one.account_id): one
            for mode, exchange in exchanges
            for one in coin_truth.accounts_of(mode, exchange)
        }

    def _official_close(self, symbol: str, day: date) -> Decimal | None:
        close = self._world.market.official_close(symbol, day)
        return None if close is None else Decimal(str(round(close, 4)))

    def _touch_of_shares(self, symbol: str, at: datetime) -> Touch | None:
        quote = self._world.market.stock_quote(symbol, at)
        if quote is None or quote.bid is None or quote.ask is None:
            return None
        return Touch(
            bid=_cents(quote.bid), ask=_cents(quote.ask), bid_size=quote.bid_size, ask_size=quote.ask_size
        )

    def _coin_minute(self, symbol: str, starts_at: datetime) -> CoinMinute:
        until = starts_at + timedelta(seconds=59)
        (found,) = self._world.binance.coins.candles(symbol, starts_at, until, timedelta(minutes=1))
        return CoinMinute(
            opening=_exact(found.opening),
            high=_exact(found.high),
            low=_exact(found.low),
            closing=_exact(found.closing),
        )

    def _coin_price(self, symbol: str, at: datetime) -> Decimal:
        return _exact(self._world.binance.coins.price(symbol, at))

    def _touch_at(self, symbol: str, at: datetime) -> Touch | None:
        if is_coin(symbol):
            last = self._coin_price(symbol, at - timedelta(seconds=1))  # the minute's close
            return Touch(bid=last, ask=last, bid_size=0, ask_size=0)
        contract = parse(symbol)
        if contract is None:
            return self._touch_of_shares(symbol, at)
        chain = self._world.market.chain(contract.underlying, contract.expiry, at, contract.root)
        row = None if chain is None else chain.row_of(contract)
        if chain is None or row is None:
            return None
        side = chain.side(contract.right)
        return Touch(
            bid=_cents(side.bid[row]),
            ask=_cents(side.ask[row]),
            bid_size=int(side.bid_size[row]),
            ask_size=int(side.ask_size[row]),
        )


def _by_account(found: Mapping[type[Any], list[Any]]) -> dict[tuple[str, str], list[rows.OrderRow]]:
    """Return the product's orders by mode and account."""
    whose = {trade.id: (trade.broker_mode, trade.account_id) for trade in found[rows.TradeRow]}
    grouped: dict[tuple[str, str], list[rows.OrderRow]] = {}
    for order in found[rows.OrderRow]:
        grouped.setdefault(whose[order.trade_id], []).append(order)
    return grouped


def _in_own_account(trade: rows.TradeRow) -> rows.TradeRow:
    return replace(trade, account_id=_own(trade.account_id, trade.username))


def _own(account_id: str, username: str) -> str:
    """Name an account: those of coins are called alike, whoever's they are."""
    return f"{account_id} of {username}" if account_id == QUOTED_IN else account_id


def _exact(price: float) -> Decimal:
    return Decimal(str(price))


def _cents(price: float) -> Decimal:
    return Decimal(str(round(float(np.nan_to_num(price)), 4)))


def _by_trade(found: Iterable[T]) -> dict[UUID, list[T]]:
    grouped: dict[UUID, list[T]] = {}
    for row in found:
        grouped.setdefault(row.trade_id, []).append(row)
    return grouped


def _paper_accounts(found: Mapping[type[Any], list[Any]]) -> dict[tuple[str, str], TruthAccount]:
    """Return every account of the paper broker's own books, which are what they are: another party's."""
    orders: list[paper_rows.PaperOrderRow] = found[paper_rows.PaperOrderRow]
    legs: dict[UUID, list[paper_rows.PaperOrderRow]] = {}
    for order in orders:
        if order.parent_id is not None:
            legs.setdefault(order.parent_id, []).append(order)
    held: list[paper_rows.PaperPositionRow] = found[paper_rows.PaperPositionRow]
    events: list[paper_rows.PaperEventRow] = found[paper_rows.PaperEventRow]
    executed: dict[tuple[UUID, str], tuple[Decimal, Decimal]] = {}
    fills: list[paper_rows.PaperFillRow] = found[paper_rows.PaperFillRow]
    for fill in fills:
        quantity, value = executed.get((fill.order_id, fill.symbol), (Decimal(0), Decimal(0)))
        executed[fill.order_id, fill.symbol] = quantity + fill.quantity, value + fill.quantity * fill.price
    accounts: list[paper_rows.PaperAccountRow] = found[paper_rows.PaperAccountRow]
    return {
        ("PAPER", _own(account.account_id, account.username)): TruthAccount(
            mode="PAPER",
            account_id=_own(account.account_id, account.username),
            orders=tuple(
                _paper_order(order, legs, executed)
                for order in orders
                if _is_of(order, account) and order.parent_id is None
            ),
            positions={one.symbol: one.quantity for one in held if _is_of(one, account)},
            cash=account.cash,
            starting_cash=account.starting_cash,
            dividends=sum(
                (one.cash for one in events if _is_of(one, account) and one.kind == "DIVIDEND"), Decimal(0)
            ),
        )
        for account in accounts
    }


def _is_of(
    row: paper_rows.PaperOrderRow | paper_rows.PaperPositionRow | paper_rows.PaperEventRow,
    account: paper_rows.PaperAccountRow,
) -> bool:
    return (row.username, row.account_id) == (account.username, account.account_id)


def _paper_order(
    order: paper_rows.PaperOrderRow,
    legs: Mapping[UUID, Sequence[paper_rows.PaperOrderRow]],
    fills: Mapping[tuple[UUID, str], tuple[Decimal, Decimal]],
) -> TruthOrder:
    """Read an order; what its fills come to is by contract, so that each leg has its own."""
    executed, value = fills.get((order.id, order.symbol), (Decimal(0), Decimal(0)))
    return TruthOrder(
        order_id=str(order.id),
        status=_WORKING_WORDS.get(order.status, order.status.lower()),
        tag=order.tag if order.parent_id is None else None,
        symbol=order.symbol,
        side=order.side,
        type=order.type or "",
        quantity=order.quantity,
        executed=order.filled_quantity,
        average=value / executed if executed else Decimal(0),
        limit_price=order.limit_price,
        stop_price=order.stop_price,
        created_at=order.created_at,
        changed_at=order.updated_at,
        legs=tuple(_paper_order(leg, legs, fills) for leg in legs.get(order.id, ()))
        or tuple(_leg_of_combined(order, leg, fills) for leg in order.legs),
        is_combined=bool(order.legs),
    )


def _leg_of_combined(
    order: paper_rows.PaperOrderRow,
    leg: Mapping[str, Any],
    fills: Mapping[tuple[UUID, str], tuple[Decimal, Decimal]],
) -> TruthOrder:
    """Return a leg as the books' own fills have it."""
    executed, value = fills.get((order.id, str(leg["symbol"])), (Decimal(0), Decimal(0)))
    return TruthOrder(
        order_id=str(order.id),
        status=_WORKING_WORDS.get(order.status, order.status.lower()),
        tag=None,
        symbol=str(leg["symbol"]),
        side=str(leg["side"]),
        type=order.type or "",
        quantity=order.quantity * int(leg["ratio"]),
        executed=executed,
        average=value / executed if executed else Decimal(0),
        limit_price=None,
        stop_price=None,
        created_at=order.created_at,
        changed_at=order.updated_at,
    )

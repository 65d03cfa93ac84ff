"""Record the market for every open leg (A-02): few vendor calls, one bulk write together with the marks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache, partial
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, text

from chalicelib.brokers.errors import BrokerError
from chalicelib.marketdata.interface import Chain, MarketData, MarketDataError, Purpose, ShareSpentError
from chalicelib.marketdata.leg_quotes import leg_quotes
from chalicelib.services.environment import CredentialsUnreadable, Environment
from chalicelib.store.database import Isolation
from chalicelib.store.snapshots import Snapshot, SnapshotKind, snapshot_of, write_marks, write_snapshots

_OPEN_LEGS: Final = text(
    """
    select t.username, t.id as trade_id, t.ticker, l.leg_no, l.symbol, l.expiry,
           t.broker_mode = 'PAPER' as on_paper
    from paper_trades t join trade_legs l on l.trade_id = t.id
    where not t.is_locked and t.open_qty > 0
      and (cast(:username as text) is null or t.username = :username)
      and (cast(:ticker as text) is null or t.ticker = :ticker)
    order by t.ticker, l.expiry, t.id
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLeg:
    """A held leg that wants a mark; one of shares has its ticker for a symbol, and no expiry."""

    username: str
    trade_id: UUID
    ticker: str
    leg_no: int
    symbol: str
    expiry: date | None
    on_paper: bool


@dataclass(slots=True, kw_only=True)
class SnapshotReport:
    """What one cycle did."""

    legs: int = 0
    written: int = 0
    unusable: int = 0
    underlyings: int = 0
    errors: dict[str, str] = field(default_factory=dict)


def open_legs(
    env: Environment, *, username: str | None = None, ticker: str | None = None
) -> Sequence[OpenLeg]:
    """Return the held legs that want a mark, of one user or of one underlying when named."""

    def read(connection: Connection) -> list[OpenLeg]:
        rows = connection.execute(_OPEN_LEGS, {"username": username, "ticker": ticker})
        return [
            OpenLeg(
                username=row[0],
                trade_id=row[1],
                ticker=row[2],
                leg_no=row[3],
                symbol=row[4],
                expiry=row[5],
                on_paper=row[6],
            )
            for row in rows  # by place: a mapping a row costs as much as the query
        ]

    return env.database.run(read, username=username)


def take_snapshots(
    env: Environment,
    legs: Sequence[OpenLeg],
    *,
    kind: SnapshotKind,
    due_at: datetime,
    username: str | None = None,
    purpose: Purpose = Purpose.MARKS,
) -> SnapshotReport:
    """Take one snapshot of each of these legs, acting for `username` when all are one user's.

    `due_at` is the snapshots' timestamp. A vendor that cannot be read for one underlying affects that one
    alone: its trades keep their last mark and the snapshot says why. Vendors are asked side by side, outside
    of any transaction, and their answers taken in the order of the legs.
    """
    together: dict[tuple[str, bool], list[OpenLeg]] = {}
    for leg in legs:
        # Shares are another question to the vendor: its failure is not the options'.
        together.setdefault((leg.ticker, leg.symbol == leg.ticker), []).append(leg)
    report = SnapshotReport(legs=len(legs), underlyings=len({leg.ticker for leg in legs}))
    # Tokens are read once a cycle, not once a ticker.
    source_for = cache(partial(env.market_data.for_user, purpose=purpose))
    # A cycle for all asks for nobody; a page's calls are its user's, whoever's token they go by.
    is_for_all = env.market_data.serves_all() and purpose is Purpose.MARKS
    groups = list(together.items())
    asked = [
        partial(_ask, partial(source_for, None if is_for_all else wanted[0].username), ticker, wanted)
        for (ticker, _), wanted in groups
    ]
    snapshots: list[Snapshot] = []
    for ((ticker, _), wanted), seen in zip(groups, env.side_by_side.each(asked), strict=True):
        if seen.reason is not None:
            report.errors[ticker] = seen.reason
        if not seen.is_passed_over:
            snapshots += _of_underlying(env, wanted, kind, due_at, seen)
    if kind is SnapshotKind.INTRADAY:
        _match_paper_orders(env, legs, snapshots)
    report.unusable = sum(1 for one in snapshots if one.mark_price is None)
    report.written = env.database.run(
        lambda connection: _write(connection, snapshots, due_at),
        username=username,
        isolation=Isolation.READ_COMMITTED,
    )
    return report


def _match_paper_orders(env: Environment, legs: Sequence[OpenLeg], snapshots: Sequence[Snapshot]) -> None:
    """Let paper stops and targets meet the cycle's quotes: their precision is the snapshot's (A-12)."""
    quotes = {one.quote.symbol: one.quote for one in snapshots if one.quote is not None}
    for username in sorted({leg.username for leg in legs if leg.on_paper}):
        symbols = {leg.symbol for leg in legs if leg.on_paper and leg.username == username}
        try:
            env.paper_floor.match(username, {one: quotes[one] for one in symbols if one in quotes})
        except BrokerError:
            # The books are busy or out of reach: the next sync lets the orders meet its own quotes.
            continue


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What a vendor showed of one underlying's legs, or why it did not."""

    chain: Chain | None = None
    reason: str | None = None
    is_passed_over: bool = False
    """A page that has no calls left looks at nothing, and there is nothing to record."""


def _ask(source: Callable[[], MarketData], ticker: str, legs: Sequence[OpenLeg]) -> _Seen:
    try:
        return _Seen(chain=leg_quotes(source(), ticker, sorted({leg.symbol for leg in legs})))
    except (MarketDataError, CredentialsUnreadable) as error:
        return _Seen(reason=str(error), is_passed_over=isinstance(error, ShareSpentError))


def _of_underlying(
    env: Environment, legs: Sequence[OpenLeg], kind: SnapshotKind, due_at: datetime, seen: _Seen
) -> list[Snapshot]:
    chain, now = seen.chain, env.clock.now()
    return [
        snapshot_of(
            username=leg.username,
            trade_id=leg.trade_id,
            leg_no=leg.leg_no,
            symbol=leg.symbol,
            kind=kind,
            timestamp=due_at,
            now=now,
            quote=None if chain is None else chain.quotes.get(leg.symbol),
            underlying=None if chain is None else chain.underlying_price,
            missing_reason=seen.reason,
        )
        for leg in legs
    ]


def _write(connection: Connection, snapshots: Sequence[Snapshot], due_at: datetime) -> int:
    written = write_snapshots(connection, snapshots)
    write_marks(connection, snapshots, due_at)
    return written

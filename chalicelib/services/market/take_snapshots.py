"""Record the market for every open leg (A-02): few vendor calls, one bulk write together with the marks."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, partial
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.accounts import AccountRef
from chalicelib.domain.clocks.job_messages import OneAccount
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.market.quotes import OptionQuote
from chalicelib.marketdata.coin_feeds import coin_quotes
from chalicelib.marketdata.interface import (
    Chain,
    CoinMarket,
    MarketData,
    MarketDataError,
    Purpose,
    ShareSpentError,
)
from chalicelib.marketdata.leg_quotes import leg_quotes
from chalicelib.services.environment import CredentialsUnreadable, Environment
from chalicelib.services.market.judge_snapshot import own_prices, snapshot_of
from chalicelib.store.ahead import ends_with_next, in_one_turn
from chalicelib.store.database import Isolation
from chalicelib.store.market.levels import at_a_level
from chalicelib.store.market.open_legs import OpenLeg, read_open_legs
from chalicelib.store.market.snapshots import Snapshot, SnapshotKind, Written, write_snapshots_and_marks
from chalicelib.vendors.errors import VendorError

#: So many legs' rows are worth a statement of their own, which the server carries out meanwhile.
_PART: Final = 2_000


@dataclass(slots=True, kw_only=True)
class SnapshotReport:
    """What one cycle did."""

    legs: int = 0
    written: int = 0
    unusable: int = 0
    underlyings: int = 0
    errors: dict[str, str] = field(default_factory=dict)


def open_legs(
    env: Environment, *, username: str | None = None, ticker: str | None = None, coins: bool = False
) -> Sequence[OpenLeg]:
    """Return the held legs that want a mark, of one user or of one underlying when named; or of coins."""
    read = partial(read_open_legs, username=username, ticker=ticker, coins=coins)
    return env.database.read(read, username=username)


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
    report = SnapshotReport(legs=len(legs), underlyings=len({leg.ticker for leg in legs}))
    # Tokens are read once a cycle, not once a ticker.
    source_for = cache(partial(env.market_data.for_user, purpose=purpose))
    # A cycle for all asks for nobody; a page's calls are its user's, whoever's token they go by.
    is_for_all = env.market_data.serves_all() and purpose is Purpose.MARKS
    groups = _by_question(legs)
    asked = [
        partial(_ask_coins, env.coin_market.within(None, purpose), ticker, wanted)
        if wanted[0].instrument == Instrument.CRYPTO
        else partial(_ask, partial(source_for, None if is_for_all else wanted[0].username), ticker, wanted)
        for ticker, wanted in groups
    ]
    seen: list[_Seen] = []
    quotes: dict[str, OptionQuote] = {}
    for (ticker, _), one in zip(groups, env.side_by_side.each(asked), strict=True):
        if one.reason is not None:
            report.errors[ticker] = one.reason
        if one.chain is not None:
            quotes |= one.chain.quotes
        if not one.is_passed_over:
            seen.append(one)
    if kind is SnapshotKind.INTRADAY:
        _match_paper_orders(env, legs, quotes)
    written = _write(env, legs, seen, quotes, kind, due_at, username)
    report.written = written.count()
    report.unusable = sum(1 for one in (*written.of_legs, *written.own) if one.mark_price is None)
    return report


def _write(
    env: Environment,
    held: Sequence[OpenLeg],
    seen: Sequence["_Seen"],
    quotes: Mapping[str, OptionQuote],
    kind: SnapshotKind,
    due_at: datetime,
    username: str | None,
) -> Written:
    """Judge and write a cycle, and have accounts synced at once whose structures reached a level (W-04)."""
    now = env.clock.now()
    seen_legs = [leg for one in seen for leg in one.legs]

    def work(connection: Connection) -> tuple[Written, list[AccountRef]]:
        written = write_snapshots_and_marks(
            connection,
            _judged(seen, kind, due_at, now),
            lambda of_legs: own_prices(held, seen_legs, of_legs, quotes),
            due_at,
        )
        if not written.own:
            in_one_turn(connection)
            return written, []
        ends_with_next(connection)
        return written, at_a_level(connection, trade_ids=[one.trade_id for one in written.own])

    written, reached = env.database.run(work, username=username, isolation=Isolation.READ_COMMITTED)
    for account in reached:
        env.bus.send("sync", OneAccount(account=account, handed_over=True).payload())
    return written


def _by_question(legs: Sequence[OpenLeg]) -> list[tuple[str, list[OpenLeg]]]:
    """Put together what one question to a vendor answers; of shares it is another one, which fails alone."""
    together: dict[tuple[str, bool], list[OpenLeg]] = {}
    for leg in legs:
        together.setdefault((leg.ticker, leg.symbol == leg.ticker), []).append(leg)
    return [(ticker, wanted) for (ticker, _), wanted in together.items()]


def _match_paper_orders(env: Environment, legs: Sequence[OpenLeg], quotes: Mapping[str, OptionQuote]) -> None:
    """Let paper stops and targets meet the cycle's quotes: their precision is the snapshot's (A-12)."""
    by_user: dict[str, dict[str, OptionQuote]] = {}
    for leg in legs:
        if leg.on_paper and leg.instrument != Instrument.CRYPTO:  # coins rest until minutes meet them
            of_user = by_user.setdefault(leg.username, {})
            if leg.symbol in quotes:
                of_user[leg.symbol] = quotes[leg.symbol]
    for username, of_user in sorted(by_user.items()):
        try:
            env.paper_floor.match(username, of_user)
        except VendorError:
            # The books are busy or out of reach: the next sync lets the orders meet its own quotes.
            continue


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What a vendor showed of one underlying's legs, or why it did not."""

    legs: Sequence[OpenLeg]
    chain: Chain | None = None
    reason: str | None = None
    is_passed_over: bool = False
    """A page that has no calls left looks at nothing, and there is nothing to record."""


def _ask(source: Callable[[], MarketData], ticker: str, legs: Sequence[OpenLeg]) -> _Seen:
    try:
        return _Seen(legs=legs, chain=leg_quotes(source(), ticker, sorted({leg.symbol for leg in legs})))
    except (MarketDataError, CredentialsUnreadable) as error:
        return _Seen(legs=legs, reason=str(error), is_passed_over=isinstance(error, ShareSpentError))


def _ask_coins(market: CoinMarket, symbol: str, legs: Sequence[OpenLeg]) -> _Seen:
    try:
        return _Seen(legs=legs, chain=coin_quotes(market, symbol))
    except MarketDataError as error:
        return _Seen(legs=legs, reason=str(error))


def _judged(
    seen: Sequence[_Seen], kind: SnapshotKind, due_at: datetime, now: datetime
) -> Iterator[list[Snapshot]]:
    """Judge what was seen, part by part."""
    part: list[Snapshot] = []
    for one in seen:
        part += _of_underlying(one, kind, due_at, now)
        if len(part) >= _PART:
            yield part
            part = []
    if part:
        yield part


def _of_underlying(seen: _Seen, kind: SnapshotKind, due_at: datetime, now: datetime) -> list[Snapshot]:
    chain = seen.chain
    quotes: Mapping[str, OptionQuote] = {} if chain is None else chain.quotes
    underlying = None if chain is None else chain.underlying_price
    return [
        snapshot_of(
            leg,
            quotes.get(leg.symbol),
            kind=kind,
            timestamp=due_at,
            now=now,
            underlying=underlying,
            missing_reason=seen.reason,
        )
        for leg in seen.legs
    ]

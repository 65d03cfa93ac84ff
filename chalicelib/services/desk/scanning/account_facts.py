"""What strategies' accounts and owners have: brokers asked side by side, all users' books in one read."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from math import inf
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.brokers.interface import Balance
from chalicelib.domain.accounts import AccountRef, BrokerMode
from chalicelib.domain.clocks.calendar import MarketCalendar, new_york_date, new_york_midnight
from chalicelib.domain.desk.book import EMPTY, Book, cap_share
from chalicelib.domain.desk.pipeline.facts import AccountFacts
from chalicelib.domain.desk.strategies.strategy import Strategy
from chalicelib.domain.desk.strategies.strategy_types import StrategyType
from chalicelib.domain.structures.shapes import Shape
from chalicelib.domain.trading.trades import Trade
from chalicelib.services.commands.book_gate import greeks_since
from chalicelib.services.commands.collateral import free_shares, held_shares
from chalicelib.services.desk.scanning.scanned_desks import Desk
from chalicelib.services.environment import CredentialsUnreadable, Environment
from chalicelib.store.desk.book import BookOf, books_ahead, read_books
from chalicelib.store.desk.positions import DeskHoldings, DeskPosition, holdings_ahead, read_holdings
from chalicelib.store.desk.risk_snapshots import RiskRow, read_last_risks
from chalicelib.store.trades.trades import load_trades_of_tickers
from chalicelib.store.users.settings import UserSettings
from chalicelib.vendors.deadline import Deadline
from chalicelib.vendors.errors import VendorError

#: Strategies that write calls on shares.
_ON_SHARES = frozenset({StrategyType.COVERED_CALL, StrategyType.WHEEL})
#: A book is worked out each minute; an older one says nothing of now.
RISK_AGE_MAX: Final = timedelta(minutes=5)
_NOT_KNOWN = Balance(equity=None, cash=None, buying_power=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """What accounts and books of a scan's users say; what could not be read is not in it."""

    balances: Mapping[AccountRef, Balance | None]
    books: Mapping[BookOf, Book | None]
    holdings: DeskHoldings
    shares: Mapping[tuple[AccountRef, str], Sequence[Trade]]
    risks: Sequence[RiskRow] = ()

    def facts_of(self, desk: Desk, strategy: Strategy) -> AccountFacts:
        """Return what a strategy's account has at present; of one that is not connected nothing is known."""
        account = desk.account_of(strategy)
        if account is None:
            return AccountFacts()
        balance = self.balances.get(account) or _NOT_KNOWN
        positions = self.holdings.positions.get(desk.username, ())
        return AccountFacts(
            balance=_first(balance.equity, balance.cash),
            free_cash=_first(balance.buying_power, balance.cash),
            free_shares=self._free_shares(account, strategy),
            open_of_strategy=sum(one.strategy_id == str(strategy.id) for one in positions),
            open_of_desk=len(positions),
            condors_by_expiry=_condors(positions),
            book=self.books.get(BookOf(desk.username, account.mode), EMPTY),
        )

    def is_unreadable(self, desk: Desk) -> bool:
        """Say whether a broker that was asked for a desk's strategies gave no answer."""
        return any(account in self.balances and self.balances[account] is None for account in desk.accounts())

    def is_daily_loss_reached(self, desk: Desk) -> bool:
        """Say whether a day's loss of one kind of money has reached its owner's limit or the desk's."""
        limit = min(desk.rules.daily_loss_limit, desk.settings.max_daily_loss)
        return any(
            -self.holdings.realized.get((desk.username, mode), Decimal(0)) >= limit for mode in BrokerMode
        )

    def cap_share(self, desk: Desk) -> float | None:
        """Return the fullest cap's share over the kinds of money that a desk trades in; None: not known."""
        modes = {account.mode for account in desk.accounts()}
        modes |= {whose.mode for whose in self.books if whose.username == desk.username}
        books = [self.books.get(BookOf(desk.username, mode), EMPTY) for mode in modes]
        shares = [cap_share(book, desk.settings.caps) for book in [*books, EMPTY]]
        known = [share for share in shares if share is not None]
        return max(known) if len(known) == len(shares) else None

    def var_share(self, desk: Desk) -> float | None:
        """Return value at risk over the day's largest loss, the larger way's; None: not worked out lately.

        A book that cannot be worked out is beyond any limit (B-09); whoever holds nothing risks nothing.
        """
        if not any(whose.username == desk.username for whose in self.books):
            return 0.0
        found = [_at_risk(row) for row in self.risks if row.username == desk.username]
        return max(found) / float(desk.settings.max_daily_loss) if found else None

    def _free_shares(self, account: AccountRef, strategy: Strategy) -> int:
        """Return the shares that calls may be written on: the wheel has what was recorded as its own."""
        if strategy.type not in _ON_SHARES:
            return 0
        trades = self.shares.get((account, strategy.underlying), ())
        free = free_shares(trades)
        if strategy.type is StrategyType.WHEEL:
            own = self.holdings.assigned.get(strategy.id, frozenset[UUID]())
            free = min(free, sum((held_shares(one) for one in trades if one.id in own), Decimal(0)))
        return max(int(free), 0)


def read_accounts(
    env: Environment,
    desks: Sequence[Desk],
    asked: Iterable[AccountRef],
    calendar: MarketCalendar,
    deadline: Deadline | None = None,
) -> Accounts:
    """Ask these accounts' brokers side by side, then read the books of all desks in one go."""
    rules = {desk.username: desk.rules for desk in desks}
    accounts = list(asked)
    tasks = [partial(_balance, env, one, rules[one.username], deadline) for one in accounts]
    balances = dict(zip(accounts, env.side_by_side.each(tasks), strict=True))
    return read_books_of(env, desks, balances, calendar, username=None)


def read_books_of(
    env: Environment,
    desks: Sequence[Desk],
    balances: Mapping[AccountRef, Balance | None],
    calendar: MarketCalendar,
    *,
    username: str | None,
) -> Accounts:
    """Read these desks' books beside what their brokers said; as `username` where one asks for himself."""
    names, now = [desk.username for desk in desks], env.clock.now()
    since, midnight = greeks_since(calendar, now), new_york_midnight(new_york_date(now))
    wanted = _tickers_of_shares(desks)

    def read(connection: Connection) -> Accounts:
        holdings_ahead(connection, names, midnight)
        books_ahead(connection, names, since)
        holdings = read_holdings(connection, names, midnight)
        books = read_books(connection, names, since)
        trades = load_trades_of_tickers(connection, *wanted) if wanted[0] else []
        return Accounts(
            balances=balances,
            books=books,
            holdings=holdings,
            shares=_by_account(trades),
            risks=read_last_risks(connection, names, now - RISK_AGE_MAX),
        )

    return env.database.run(read, username=username)


def _at_risk(row: RiskRow) -> float:
    both = (row.figures.get("var_99_1d_approximate"), row.figures.get("var_99_1d_full"))
    known = [float(one) for one in both if isinstance(one, int | float)]
    return max(known, default=inf)


def _balance(
    env: Environment, account: AccountRef, rules: UserSettings, deadline: Deadline | None
) -> Balance | None:
    """Ask a broker for an account's money; None where it gives no answer, or its token cannot be opened."""
    try:
        return env.brokers.broker_for(account, deadline=deadline, stored=rules).balance()
    except (VendorError, CredentialsUnreadable):
        return None


def _first(*known: Decimal | None) -> Decimal | None:
    return next((one for one in known if one is not None), None)


def _condors(positions: Iterable[DeskPosition]) -> tuple[tuple[date, int], ...]:
    expiries = [one.expiry for one in positions if one.structure == Shape.IRON_CONDOR]
    return tuple(sorted(Counter(one for one in expiries if one is not None).items()))


def _tickers_of_shares(desks: Iterable[Desk]) -> tuple[list[str], list[str]]:
    """Return whose trades of which tickers tell what calls may be written on."""
    named = [
        (desk.username, one.underlying) for desk in desks for one in desk.strategies if one.type in _ON_SHARES
    ]
    return sorted({username for username, _ in named}), sorted({ticker for _, ticker in named})


def _by_account(trades: Iterable[Trade]) -> dict[tuple[AccountRef, str], list[Trade]]:
    found: dict[tuple[AccountRef, str], list[Trade]] = {}
    for trade in trades:
        found.setdefault((trade.account, trade.ticker), []).append(trade)
    return found

"""One look at one broker account: who keeps it, and what was seen and done so far."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from chalicelib.domain.accounts import AccountRef
from chalicelib.domain.trading.booking import OrderNews
from chalicelib.services.accounts.keeper import AccountKeeper
from chalicelib.services.lifecycle.book_news import Booked, book_news
from chalicelib.services.lifecycle.edge_snapshots import EdgeSnapshots


@dataclass(slots=True, kw_only=True)
class SyncReport:
    """What one sync of one account did.

    `in_doubt` are contracts that nobody may take for held now: positions could not be read, or show less.
    """

    orders_seen: int = 0
    trades: int = 0
    news: int = 0
    strangers: int = 0
    error: str | None = None
    trade_errors: list[str] = field(default_factory=list)
    in_doubt: frozenset[str] = frozenset()


@dataclass(slots=True, kw_only=True)
class AccountRound:
    """What the parts of one sync share; `wrote` says that trades changed since they were loaded."""

    keeper: AccountKeeper
    snapshots: EdgeSnapshots
    report: SyncReport = field(default_factory=SyncReport)
    wrote: bool = False

    @property
    def account(self) -> AccountRef:
        """Return which account is looked at."""
        return self.keeper.account

    def book(self, trade_id: UUID, news: Sequence[tuple[UUID, OrderNews]]) -> Booked:
        """Book what the broker says of a trade's orders."""
        self.wrote = True
        booked: Booked = self.keeper.write(
            lambda connection: book_news(self.keeper.env, connection, trade_id, news)
        )
        self.report.news += len(news)
        self.snapshots.after(booked)
        return booked

"""The minute's tick of coins: minutes are read once, met by every account, marked, and noted (C-05, C-06).

What was met is noted last: a tick that is missed, or dies anywhere, is made up for by the next one.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.accounts import AccountRef
from chalicelib.domain.market.coins import CoinPrice
from chalicelib.marketdata.coin_feeds import MinuteMarket
from chalicelib.marketdata.interface import MarketDataError
from chalicelib.observability.facts import user_fact
from chalicelib.services.accounts.at_work import accounts_at_work
from chalicelib.services.coins.due_accounts import due_accounts
from chalicelib.services.coins.learn_terms import learn_terms
from chalicelib.services.coins.meet_minutes import live_through
from chalicelib.services.coins.minutes_read import MinutesRead, read_minutes
from chalicelib.services.coins.tell_offline import tell_offline
from chalicelib.services.environment import Environment
from chalicelib.services.market.take_snapshots import open_legs, take_snapshots
from chalicelib.services.sync.account_round import SyncReport
from chalicelib.services.sync.sync_account import sync_account
from chalicelib.store.database import Isolation
from chalicelib.store.market.coin_symbols import note_looked
from chalicelib.store.market.coins_at_work import read_behind
from chalicelib.store.market.coins_due import mark_holdings
from chalicelib.store.market.snapshots import SnapshotKind

_LOG: Final = logging.getLogger("papertape.jobs")


@dataclass(slots=True, kw_only=True)
class TickReport:
    """What one tick did; `errors` say why coins could not be read."""

    coins: int = 0
    accounts: int = 0
    quiet: int = 0
    busy: int = 0
    failed: int = 0
    news: int = 0
    marks: int = 0
    told: int = 0
    errors: dict[str, str] = field(default_factory=dict)


def tick(env: Environment, due_at: datetime) -> TickReport:
    """Do one minute's work; what a defect raised in one account is raised once all others are done."""
    read = read_minutes(env, due_at)
    report = TickReport(coins=len(read.known), errors=dict(read.errors))
    accounts = accounts_at_work(env)
    defects = _live(env, [account for account in accounts if account.meets_minutes], read, report)
    defects += _look(env, [account for account in accounts if account.mode.is_of_coins_alone], report)
    report.marks = _mark(env, read, due_at)
    _note(env, read, report)
    learn_terms(env, read.known.values())
    for defect in defects:
        raise defect
    return report


def _live(
    env: Environment, accounts: Sequence[AccountRef], read: MinutesRead, report: TickReport
) -> list[Exception]:
    """Have the accounts that have something to do live through the minutes; return what defects raised."""
    if not accounts:
        return []
    behind = env.database.run(read_behind, username=None)
    due = due_accounts(env, accounts, read, behind)
    report.quiet = len(accounts) - len(due)
    tasks = [
        partial(_one, account, partial(live_through, env, account, read, behind.get(account.username)))
        for account in due
    ]
    return _counted(env, tasks, report)


def _look(env: Environment, accounts: Sequence[AccountRef], report: TickReport) -> list[Exception]:
    """Sync the accounts at exchanges outside, whose orders meet the market there (C-06)."""
    return _counted(
        env, [partial(_one, account, partial(sync_account, env, account)) for account in accounts], report
    )


def _counted(
    env: Environment, tasks: Sequence[Callable[[], SyncReport | Exception | None]], report: TickReport
) -> list[Exception]:
    defects = []
    for done in env.side_by_side.each(tasks):
        if isinstance(done, Exception):
            defects.append(done)
        elif done is None:
            report.busy += 1
        else:
            report.accounts += done.error is None
            report.failed += done.error is not None
            report.news += done.news
    return defects


def _one(account: AccountRef, work: Callable[[], SyncReport | None]) -> SyncReport | Exception | None:
    try:
        return work()
    except Exception as error:  # noqa: BLE001  # a defect met in one account leaves no other unmet
        whose = {"user": user_fact(account.username), "broker_mode": account.mode.value}
        _LOG.exception("an account of coins did not live through its minutes", extra=whose)
        return error


def _mark(env: Environment, read: MinutesRead, due_at: datetime) -> int:
    """Record what is held at the last minute's close, or what else is known where that could not be read."""
    legs = open_legs(env, coins=True)
    if not legs:
        return 0
    spare = _spare(env, sorted({leg.ticker for leg in legs} & read.errors.keys()))
    shown = replace(env, coin_market=MinuteMarket(env.coin_market, read.minutes, read.until, spare))
    return take_snapshots(shown, legs, kind=SnapshotKind.INTRADAY, due_at=due_at).written


def _spare(env: Environment, symbols: Sequence[str]) -> Mapping[str, CoinPrice]:
    """Ask another source about coins that the exchange told nothing of: these are shown, and that is all."""
    if not symbols:
        return {}
    try:
        return env.spare_coins.prices(symbols)
    except MarketDataError as error:
        _LOG.warning("coins have no price from anywhere: %s", error.reason)
        return {}


def _note(env: Environment, read: MinutesRead, report: TickReport) -> None:
    """Tell owners of a time when nobody looked, and note how far this tick came, at once: it is told once."""
    now = env.clock.now()

    def note(connection: Connection) -> int:
        mark_holdings(connection, read.closes())
        told = tell_offline(env, connection, now)
        note_looked(connection, read.read(), now)
        return told

    report.told = env.database.run(note, username=None, isolation=Isolation.READ_COMMITTED)

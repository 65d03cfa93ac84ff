"""Sync and mark the caller's open trades now, at most every ten seconds."""

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Final

from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.trading.trades import NOT_ENDED
from chalicelib.marketdata.interface import Purpose
from chalicelib.services.accounts.at_work import accounts_at_work
from chalicelib.services.accounts.lease import WAIT_SECONDS_MAX
from chalicelib.services.environment import BrokersFor, Environment
from chalicelib.services.errors import TooSoon, once_begun
from chalicelib.services.market.take_snapshots import open_legs, take_snapshots
from chalicelib.services.market_hours import read_calendar
from chalicelib.services.reading.read_trades import TradeFilter, list_trades
from chalicelib.services.sync.sync_account import sync_account
from chalicelib.store.market.snapshots import SnapshotKind
from chalicelib.store.users.settings import claim_refresh

APART: Final = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """The open trades after a refresh; 202 when an account could not be worked on in time."""

    status: int
    trades: dict[str, JsonValue]


def refresh(env: Environment, username: str) -> Refreshed:
    """Sync and mark the user's open trades, by the calls that their pages may take (I-36).

    Raises TooSoon within ten seconds of the last time, and OutcomeUnknown when it was cut short: a sync sends
    what waits (I-34).
    """
    now = env.clock.now()
    claimed = env.database.run(
        lambda connection: claim_refresh(connection, username, now, apart=APART), username=username
    )
    if not claimed:
        raise TooSoon("Refreshed a moment ago.", retry_after_seconds=int(APART.total_seconds()))
    with once_begun("The refresh"):
        return _refresh(env, username)


def _refresh(env: Environment, username: str) -> Refreshed:
    reading = replace(env, brokers=BrokersFor(env.brokers, Purpose.PAGE))
    # Side by side: a broker that does not answer in time takes no other account's time.
    syncs = [
        partial(sync_account, reading, account, wait_seconds=WAIT_SECONDS_MAX)
        for account in accounts_at_work(env, username)
    ]
    reports = env.side_by_side.each(syncs)
    complete = all(report is not None and report.error is None for report in reports)
    legs = [*open_legs(env, username=username, coins=True)]
    if read_calendar(env).is_open(env.clock.now()):
        legs += open_legs(env, username=username)
    if legs:
        take_snapshots(
            env,
            legs,
            kind=SnapshotKind.INTRADAY,
            due_at=env.clock.now(),
            username=username,
            purpose=Purpose.PAGE,
        )
    trades = list_trades(env, username, TradeFilter(statuses=tuple(NOT_ENDED), limit=200))
    return Refreshed(status=200 if complete else 202, trades=trades)

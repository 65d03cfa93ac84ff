"""One account of coins lives through minutes: its paper orders meet them, and the core hears of it (C-05).

Minutes are met up to the one in which an entry fills; then the account is synced, so that what protects it
rests from that minute on, and the rest is met. Done again, it does what is left: orders fill once.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from chalicelib.domain.accounts import AccountRef
from chalicelib.domain.coins.minutes import Minutes
from chalicelib.marketdata.coin_feeds import MinuteMarket
from chalicelib.services.accounts.lease import CALL_LENGTH, is_kept_by_call
from chalicelib.services.coins.coins_at import CoinsAt
from chalicelib.services.coins.minutes_read import MinutesRead, after
from chalicelib.services.environment import Environment
from chalicelib.services.sync.account_round import SyncReport
from chalicelib.services.sync.sync_account import sync_account
from chalicelib.store.market.coins_at_work import note_behind, note_caught_up

#: Longer than any call keeps an account, one that died without letting go of it included.
_CALL_WAIT_SECONDS: Final = CALL_LENGTH.total_seconds() + 1


def live_through(
    env: Environment, account: AccountRef, read: MinutesRead, behind_since: datetime | None
) -> SyncReport | None:
    """Have an account meet what it has not met; None when another worker keeps it: the next tick goes on.

    Raises VendorError, and whatever a defect raises; the account is noted to be behind first.
    """
    minutes = read.since(behind_since)
    began_at = min((one[0].starts_at for one in minutes.values() if one), default=read.until)
    is_done = False
    try:
        report = _live_through(env, account, read, minutes)
        is_done = report is not None and report.error is None
    finally:
        if not is_done:
            env.database.run(
                lambda connection: note_behind(connection, account.username, began_at),
                username=account.username,
            )
    if is_done and behind_since is not None:
        env.database.run(
            lambda connection: note_caught_up(connection, account.username), username=account.username
        )
    return report


def _live_through(
    env: Environment, account: AccountRef, read: MinutesRead, minutes: Minutes
) -> SyncReport | None:
    feed = MinuteMarket(env.coin_market, read.minutes, read.until)
    while True:
        met = env.paper_floor.coins(account.username, feed=feed).meet(minutes)
        report = _sync(_standing_at(env, feed, met.until), account)
        if met.is_over or report is None or report.error is not None:
            return report
        minutes = after(minutes, met.until)


def _standing_at(env: Environment, feed: MinuteMarket, until: datetime) -> Environment:
    """Return an environment whose coins stand at the end of a minute."""
    brokers = CoinsAt(brokers=env.brokers, floor=env.paper_floor, feed=feed, until=until)
    return replace(env, brokers=brokers, coin_market=replace(feed, until=until))


def _sync(env: Environment, account: AccountRef) -> SyncReport | None:
    report = sync_account(env, account)
    if report is None and is_kept_by_call(env, account):
        # Nothing else tells of a call that died, and what it bought is bare.
        return sync_account(env, account, wait_seconds=_CALL_WAIT_SECONDS)
    return report

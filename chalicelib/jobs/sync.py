"""Sync broker accounts with work (A-02).

A run for one user comes by message from an API call that ran out of time; a run for one account is a part of
a tick that has more accounts than one function can serve in its time.
"""

import logging
from collections.abc import Sequence
from functools import partial
from typing import Final

from chalicelib.brokers.capabilities import CAPABILITIES
from chalicelib.domain.accounts import AccountRef
from chalicelib.domain.clocks.calendar import new_york_instant
from chalicelib.domain.clocks.job_messages import AllAccounts, OneAccount, for_user, parse_sync_work
from chalicelib.domain.clocks.session_instants import LATE_SYNC_UNTIL, is_regular_sync
from chalicelib.domain.clocks.sessions import Session
from chalicelib.jobs.tick import JobContext, Result, skipped
from chalicelib.observability.facts import user_fact
from chalicelib.services.accounts.at_work import accounts_at_work
from chalicelib.services.accounts.lease import CALL_LENGTH, is_kept_by_call
from chalicelib.services.analysis.capture_context import is_context_missing
from chalicelib.services.environment import Environment
from chalicelib.services.fan_out import send_parts
from chalicelib.services.sync.account_round import SyncReport
from chalicelib.services.sync.orders.day_orders import accounts_with_day_orders, alert_live_day_orders
from chalicelib.services.sync.sync_account import sync_account

_LOG: Final = logging.getLogger("papertape.jobs")
#: Longer than any call keeps an account, one that died without letting go of it included.
_CALL_WAIT_SECONDS: Final = CALL_LENGTH.total_seconds() + 1


def run(context: JobContext) -> Result:
    """Sync every account that has open trades or live orders, or send the accounts on one by one."""
    work = parse_sync_work(context.payload)
    result = _one(context, work) if isinstance(work, OneAccount) else _all(context, work)
    _ask_for_context(context, work.username)
    return result


def _all(context: JobContext, work: AllAccounts) -> Result:
    if work.username is None:
        return _tick(context)
    return _sync(context, accounts_at_work(context.env, work.username))


def _one(context: JobContext, work: OneAccount) -> Result:
    """Sync one account if it still has work; what a call handed over waits until that account is free."""
    at_work = accounts_at_work(context.env, work.account.username)
    found = [account for account in at_work if account == work.account]
    return _sync(context, found, wait_seconds=_CALL_WAIT_SECONDS if work.handed_over else 0)


def _tick(context: JobContext) -> Result:
    session = context.session()
    if session is None and not context.forced:
        return skipped("no trading day")
    # Coins have a clock of their own.
    accounts = [one for one in accounts_at_work(context.env) if not one.holds_coins]
    if session is not None and not context.forced and not is_regular_sync(session, context.due_at):
        accounts = _late(context, session, accounts)
        if not accounts:
            return skipped("no day order is live")
    if len(accounts) > context.env.fan_out.accounts_inline_max:
        return {"sent": _send_on(context, accounts)}
    return _sync(context, accounts) if accounts else skipped("no account has open trades")


def sync_before_open(context: JobContext) -> None:
    """Compare books and positions before the open (A-04): last read the day before, they are due by now."""
    accounts = [one for one in accounts_at_work(context.env) if CAPABILITIES[one.mode].is_outside]
    if len(accounts) > context.env.fan_out.accounts_inline_max:
        _send_on(context, accounts)
    elif accounts:
        _sync(context, accounts)


def _send_on(context: JobContext, accounts: Sequence[AccountRef]) -> int:
    parts = [OneAccount(account=account).payload() for account in accounts]
    return send_parts(context.env, "sync", context.due_at, parts)


def _late(context: JobContext, session: Session, accounts: list[AccountRef]) -> list[AccountRef]:
    """After the regular end only accounts with a live day order go on; at the very end they are told of."""
    live = accounts_with_day_orders(context.env)
    if context.due_at >= new_york_instant(session.day, LATE_SYNC_UNTIL):
        alert_live_day_orders(context.env, live)
    return [account for account in accounts if account in live]


def _sync(context: JobContext, accounts: Sequence[AccountRef], *, wait_seconds: float = 0) -> Result:
    """Sync accounts side by side, each in its own order and under its lease; its trouble is its own (I-06).

    Whatever ended a sync before its end is raised once all others are done.
    """
    env = context.env
    reports = _side_by_side(env, accounts, wait_seconds)
    if not wait_seconds:
        kept = [one for one, report in reports.items() if report is None and _is_kept_by_call(env, one)]
        # Nothing else tells of a call that died, and what it bought is bare: its lease is waited out now, not
        # met again by the next tick. All other accounts are done by then.
        if kept:
            reports |= _side_by_side(env, kept, _CALL_WAIT_SECONDS)
    done = [report for report in reports.values() if isinstance(report, SyncReport)]
    for report in reports.values():
        if isinstance(report, Exception):
            raise report
    failed = sum(report.error is not None for report in done)
    seen = sum(report.orders_seen for report in done)
    busy = len(reports) - len(done)
    return {"accounts": len(done) - failed, "busy": busy, "failed": failed, "orders_seen": seen}


def _side_by_side(
    env: Environment, accounts: Sequence[AccountRef], wait_seconds: float
) -> dict[AccountRef, SyncReport | Exception | None]:
    tasks = [partial(_sync_one, env, account, wait_seconds) for account in accounts]
    return dict(zip(accounts, env.side_by_side.each(tasks), strict=True))


def _is_kept_by_call(env: Environment, account: AccountRef) -> bool:
    return is_kept_by_call(env, account)


def _sync_one(env: Environment, account: AccountRef, wait_seconds: float) -> SyncReport | Exception | None:
    """Sync one account; returns what a defect raised, None when somebody else works on it."""
    try:
        return sync_account(env, account, wait_seconds=wait_seconds)
    except Exception as error:  # noqa: BLE001  # a defect met in one account leaves no other unsynced
        whose = {"user": user_fact(account.username), "broker_mode": account.mode.value}
        _LOG.exception("sync of an account failed", extra=whose)
        return error


def _ask_for_context(context: JobContext, username: str | None) -> None:
    """Have the context of newly opened trades captured, apart: a sync must not wait for its calls."""
    if is_context_missing(context.env, username):
        context.env.bus.send("context", for_user(username))

"""Sync broker accounts with work (A-02); a run for one account comes by message from an API call."""

from collections.abc import Sequence

from chalicelib.domain.calendar import Session, new_york_instant
from chalicelib.domain.planning import LATE_SYNC_UNTIL, is_regular_sync
from chalicelib.jobs.tick import JobContext, Result, skipped
from chalicelib.services.accounts import Account, accounts_at_work
from chalicelib.services.day_orders import accounts_with_day_orders, alert_live_day_orders
from chalicelib.services.sync_account import SyncReport, sync_account


def run(context: JobContext) -> Result:
    """Sync every account that has open trades or live orders."""
    username = context.payload.get("username")
    if isinstance(username, str):
        return _sync(context, accounts_at_work(context.env, username))
    session = context.session()
    if session is None and not context.forced:
        return skipped("no trading day")
    accounts = list(accounts_at_work(context.env))
    if session is not None and not context.forced and not is_regular_sync(session, context.due_at):
        accounts = _late(context, session, accounts)
        if not accounts:
            return skipped("no day order is live")
    return _sync(context, accounts) if accounts else skipped("no account has open trades")


def _late(context: JobContext, session: Session, accounts: list[Account]) -> list[Account]:
    """After the regular end only accounts with a live day order go on; at the very end they are told of."""
    live = accounts_with_day_orders(context.env)
    if context.due_at >= new_york_instant(session.day, LATE_SYNC_UNTIL):
        alert_live_day_orders(context.env, live)
    return [account for account in accounts if account in live]


def _sync(context: JobContext, accounts: Sequence[Account]) -> Result:
    """Sync one account after the other: one account's trouble is its own (I-06)."""
    done = busy = failed = seen = 0
    for account in accounts:
        report: SyncReport | None = sync_account(context.env, account)
        if report is None:
            busy += 1
            continue
        seen += report.orders_seen
        failed += report.error is not None
        done += report.error is None
    return {"accounts": done, "busy": busy, "failed": failed, "orders_seen": seen}

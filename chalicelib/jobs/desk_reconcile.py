"""Hold the desk's books against its brokers, every two minutes of the session (B-07)."""

from typing import Final

from chalicelib.domain.clocks.job_messages import AllAccounts, OneAccount, parse_sync_work
from chalicelib.domain.json_value import JsonValue
from chalicelib.jobs.tick import JobContext, Result, skipped
from chalicelib.observability.facts import user_fact
from chalicelib.services.fan_out import send_parts
from chalicelib.services.sync.reconcile import Reconciled, accounts_of_the_desk, reconcile

#: The minute's sync begins at the same instant, and keeps the account for a while.
_WAIT_SECONDS: Final = 10.0
#: As much of what differed as one run keeps: the accounts themselves keep all of it.
_TOLD_MAX: Final = 50


def run(context: JobContext) -> Result:
    """Reconcile every account in which the desk acts, too many in parts; what was found wrong is kept."""
    session = context.session()
    is_open = session is not None and session.contains(context.due_at)
    if not is_open and not context.forced:
        return skipped("market closed")
    work = parse_sync_work(context.payload)
    if isinstance(work, AllAccounts):
        accounts = accounts_of_the_desk(context.env, work.username)
        if len(accounts) > context.env.fan_out.accounts_inline_max:
            parts = [OneAccount(account=one.account).payload() for one in accounts]
            return {"sent": send_parts(context.env, "desk_reconcile", context.due_at, parts)}
        looked = reconcile(context.env, work.username, wait_seconds=_WAIT_SECONDS)
    else:
        looked = reconcile(context.env, account=work.account, wait_seconds=_WAIT_SECONDS)
    if not looked:
        return skipped("the desk acts in no account")
    wrong = [one for one in looked if one.drift or one.unsettled or one.settled or one.trouble]
    told: list[JsonValue] = [_told(one) for one in wrong[:_TOLD_MAX]]
    return {
        "accounts": len(looked),
        "drift": sum(len(one.drift) for one in looked),
        "unsettled": sum(len(one.unsettled) for one in looked),
        "settled": sum(len(one.settled) for one in looked),
        "failed": sum(one.trouble is not None for one in looked),
        "found": told,
    }


def _told(one: Reconciled) -> dict[str, JsonValue]:
    return {
        "user": user_fact(one.account.username),
        "broker_mode": one.account.mode.value,
        "settled": [str(trade.trade_id) for trade in one.settled],
        "unsettled": [str(trade.trade_id) for trade in one.unsettled],
        "drift": [
            f"{drift.symbol} {drift.books.normalize():f} {drift.broker.normalize():f}" for drift in one.drift
        ],
        "trouble": one.trouble,
    }

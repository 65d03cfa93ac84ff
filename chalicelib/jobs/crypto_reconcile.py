"""Hold accounts of coins at exchanges against the books, every two minutes, at all hours (C-06, C-12)."""

from typing import Final

from chalicelib.domain.clocks.job_messages import AllAccounts, OneAccount, parse_sync_work
from chalicelib.domain.json_value import JsonValue
from chalicelib.jobs.tick import JobContext, Result, skipped
from chalicelib.observability.facts import user_fact
from chalicelib.services.fan_out import send_parts
from chalicelib.services.sync.reconcile_coins import (
    CoinsReconciled,
    accounts_to_reconcile,
    reconcile_coins,
)

#: The minute's tick begins at the same instant, and keeps the account for a while.
_WAIT_SECONDS: Final = 10.0
#: As much of what differed as one run keeps.
_TOLD_MAX: Final = 50


def run(context: JobContext) -> Result:
    """Look at every account at an exchange, too many in parts; what was found is kept with the run."""
    work = parse_sync_work(context.payload)
    if isinstance(work, AllAccounts):
        found = accounts_to_reconcile(context.env)
        accounts = [one for one in found if work.username in {None, one.username}]
        if len(accounts) > context.env.fan_out.accounts_inline_max:
            parts = [OneAccount(account=one).payload() for one in accounts]
            return {"sent": send_parts(context.env, "crypto_reconcile", context.due_at, parts)}
    else:
        accounts = [work.account]
    if not accounts:
        return skipped("no account of coins is at work")
    looked = reconcile_coins(context.env, accounts, wait_seconds=_WAIT_SECONDS)
    wrong = [one for one in looked if one.lacking or one.moved or one.trouble]
    told: list[JsonValue] = [_told(one) for one in wrong[:_TOLD_MAX]]
    return {
        "accounts": len(looked),
        "lacking": sum(len(one.lacking) for one in looked),
        "moved": sum(len(one.moved) for one in looked),
        "failed": sum(one.trouble is not None for one in looked),
        "found": told,
    }


def _told(one: CoinsReconciled) -> dict[str, JsonValue]:
    return {
        "user": user_fact(one.account.username),
        "broker_mode": one.account.mode.value,
        "lacking": list(one.lacking),
        "moved": [f"{each.asset} {each.quantity.normalize():f}" for each in one.moved],
        "trouble": one.trouble,
    }

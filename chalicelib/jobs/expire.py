"""Settle expired trades (A-06), accounts side by side, each after a last look at its orders."""

from functools import partial

from chalicelib.domain.accounts import AccountRef
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.jobs.tick import JobContext, Result, skipped
from chalicelib.services.accounts.at_work import accounts_at_work, keep_account
from chalicelib.services.accounts.keeper import AccountKeeper
from chalicelib.services.expiry.expire_trades import ExpirySettlement, is_held
from chalicelib.services.sync.sync_account import AccountSync


def run(context: JobContext) -> Result:
    """Settle what expired 30 minutes or more ago and is not settled yet."""
    accounts = accounts_at_work(context.env)
    settling = [partial(_settle_account, context, account, context.calendar) for account in accounts]
    done = context.env.side_by_side.each(settling)
    settled, pending = sum(count for count, _ in done), sum(count for _, count in done)
    if settled == pending == 0:
        return skipped("nothing expired is unsettled")
    return {"settled": settled, "pending": pending}


def _settle_account(context: JobContext, account: AccountRef, calendar: MarketCalendar) -> tuple[int, int]:
    def work(keeper: AccountKeeper) -> tuple[int, int]:
        settlement = ExpirySettlement(keeper, calendar)
        due = settlement.due()
        if not due:
            return 0, 0
        # A stop may have filled in the last minute: what the broker says of it comes before the settlement.
        # And what the account does not hold is not settled as if it were (A-04, books against positions).
        report = AccountSync(keeper).run(positions_at_once=True)
        if report.error is not None:
            return 0, len(due)
        due = settlement.due()
        done = sum(settlement.settle(trade) for trade in due if is_held(trade, report.in_doubt))
        return done, len(due) - done

    return keep_account(context.env, account, work) or (0, 0)

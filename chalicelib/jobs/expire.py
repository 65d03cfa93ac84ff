"""Settle expired trades (A-06), accounts side by side, each after a last look at its orders."""

from functools import partial

from chalicelib.domain.accounts import AccountRef
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.jobs.tick import JobContext, Result, skipped
from chalicelib.services.accounts.at_work import accounts_at_work, keep_account
from chalicelib.services.accounts.keeper import AccountKeeper
from chalicelib.services.expiry.expire_trades import ExpirySettlement, is_held
from chalicelib.services.expiry.paper_assignment import assign_on_paper
from chalicelib.services.sync.sync_account import AccountSync


def run(context: JobContext) -> Result:
    """Settle what expired 30 minutes or more ago and is not settled yet."""
    accounts = accounts_at_work(context.env)
    settling = [partial(_settle_account, context, account, context.calendar) for account in accounts]
    done = context.env.side_by_side.each(settling)
    settled, pending, assigned = (sum(column) for column in zip((0, 0, 0), *done, strict=True))
    if settled == pending == assigned == 0:
        return skipped("nothing expired is unsettled")
    told: Result = {"settled": settled, "pending": pending}
    return {**told, "assigned": assigned} if assigned else told


#: What was settled, what waits, and the contracts that were assigned early.
_Counts = tuple[int, int, int]


def _settle_account(context: JobContext, account: AccountRef, calendar: MarketCalendar) -> _Counts:
    def work(keeper: AccountKeeper) -> _Counts:
        assigned = assign_on_paper(keeper, calendar)
        settlement = ExpirySettlement(keeper, calendar)
        due = settlement.due()
        if not due:
            return 0, 0, assigned
        # A stop may have filled in the last minute: what the broker says of it comes before the settlement.
        # And what the account does not hold is not settled as if it were (A-04, books against positions).
        report = AccountSync(keeper).run(positions_at_once=True)
        if report.error is not None:
            return 0, len(due), assigned
        due = settlement.due()
        done = sum(settlement.settle(trade) for trade in due if is_held(trade, report.in_doubt))
        return done, len(due) - done, assigned

    return keep_account(context.env, account, work) or (0, 0, 0)

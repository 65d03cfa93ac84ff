"""An exit that waits for calls of the budget is told of: the position stays open meanwhile (A-12)."""

from typing import Final

from chalicelib.domain.trading.trades import Trade, TradeStatus
from chalicelib.services.accounts.keeper import AccountKeeper
from chalicelib.services.raise_alert import Severity, raise_alert
from chalicelib.vendors.errors import BudgetSpent, VendorError

#: A-12: a wait up to this is nobody's news.
EXIT_WAIT_SECONDS_MAX: Final = 10.0


def tell_of_waiting_exit(keeper: AccountKeeper, trade: Trade, error: VendorError | None) -> None:
    """Alert, once a trade, when its exit finds no calls left and has waited or will wait longer than 10 s."""
    is_leaving = trade.status is TradeStatus.CLOSING or trade.closing_qty is not None
    if not is_leaving or not isinstance(error, BudgetSpent):
        return
    now = keeper.env.clock.now()
    begun = trade.close_requested_at or now
    waits = max(0.0, (now - begun).total_seconds()) + (error.retry_after_seconds or 0.0)
    if waits <= EXIT_WAIT_SECONDS_MAX:
        return
    text = (
        f"{trade.ticker}: the close waits for the broker's calls of this minute; "
        f"it goes on in {error.retry_after_seconds or 0.0:.0f} s at the earliest."
    )
    keeper.write(
        lambda connection: raise_alert(
            keeper.env,
            connection,
            trade.username,
            severity=Severity.WARNING,
            kind="exit_waits",
            trade_id=trade.id,
            message=text,
            lasting=True,
        )
    )

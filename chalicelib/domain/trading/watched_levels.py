"""Stop and target of a structure under our own clock: its last mark held against them (W-04). Pure."""

from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain.market.quotes import QUOTE_AGE_MAX
from chalicelib.domain.trading.trades import CloseReason, Trade

#: A mark that is older says nothing of now: as a quote of its age would not.
MARK_AGE_MAX: Final[timedelta] = QUOTE_AGE_MAX


def level_reached(trade: Trade, now: datetime) -> CloseReason | None:
    """Return which of its levels the structure's mark has reached; None when none, or no fresh mark says.

    Levels are of the structure as it was asked for: once a leg went its own way they say nothing.
    """
    mark = trade.current_price
    if mark is None or trade.mark_at is None or now - trade.mark_at > MARK_AGE_MAX or not trade.is_whole:
        return None
    if trade.sl_price is not None and mark <= trade.sl_price:
        return CloseReason.SL_HIT
    if trade.tp_price is not None and mark >= trade.tp_price:
        return CloseReason.TP_HIT
    return None

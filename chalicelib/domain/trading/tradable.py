"""What of a trade can be traded: not what expired on an earlier day, which is settled by its price. Pure."""

from dataclasses import replace
from datetime import date

from chalicelib.domain.instruments.quantities import structures_for
from chalicelib.domain.money import ZERO
from chalicelib.domain.trading.trades import Trade


def tradable(trade: Trade, today: date) -> Trade:
    """Return a trade as a close sees it on this New York day: it holds nothing of what has expired before.

    A calendar's far leg leaves by itself while the near one waits for its price, or for its owner's answer.
    What is missing of an expired leg keeps nothing else from leaving. The trade itself where nothing expired.
    """
    gone = {leg.leg_no for leg in trade.held_legs if leg.expiry is not None and leg.expiry < today}
    if not gone:
        return trade
    legs = tuple(replace(leg, apart_qty=ZERO) if leg.leg_no in gone else leg for leg in trade.legs)
    lacking = (structures_for(leg.missing_qty, leg.ratio) for leg in legs if leg.leg_no not in gone)
    missing = min(max(lacking, default=ZERO), trade.open_qty) if trade.is_structure else trade.missing_qty
    return replace(trade, legs=legs, missing_qty=missing)


def has_expired(trade: Trade, today: date) -> bool:
    """Say whether all that it holds expired on an earlier day: no order closes that, it is settled."""
    left = tradable(trade, today)
    return left is not trade and not left.held_legs

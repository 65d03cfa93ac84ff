"""What an account was found not to hold, as it is written on a leg and on its trade (A-04)."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection

from chalicelib.domain.trading.books import structures_lacking
from chalicelib.domain.trading.changing_facts import TradeFacts
from chalicelib.domain.trading.legs import Leg
from chalicelib.domain.trading.trades import Trade
from chalicelib.store.trades.trades import save_missing, save_trade


def held_of(trade: Trade, symbol: str) -> Decimal:
    """Return how much of a contract a trade holds and was not found to lack."""
    leg = trade.leg_of(symbol)
    return leg.held(trade.open_qty) - trade.missing_of(leg)


def note_missing(
    connection: Connection,
    trade: Trade,
    leg: Leg,
    missing: Decimal,
    now: datetime,
    beside: TradeFacts,
) -> Trade:
    """Write what is missing of a leg, and how many structures are not whole by that."""
    if trade.is_structure:
        save_missing(connection, leg, missing)
    facts: TradeFacts = {"missing_qty": structures_lacking(trade, leg, missing)}
    legs = tuple(replace(one, missing_qty=missing) if one.leg_no == leg.leg_no else one for one in trade.legs)
    return replace(save_trade(connection, trade, now, facts | beside), legs=legs)

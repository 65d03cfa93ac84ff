"""The confidence that a trader's minimum is held against: the model's, or what that proved worth (C-09)."""

from decimal import Decimal

from sqlalchemy import Connection

from chalicelib.domain.ai.calibration import Calibration, calibrate, compared_confidence
from chalicelib.domain.ai.traders.trader import Trader
from chalicelib.store.analysis.confidences import read_judged


def confidence_for(connection: Connection, username: str, trader: Trader, stated: Decimal) -> Decimal:
    """Return what to compare with the minimum; closed trades are read only where their owner asked for it."""
    past = read_judged(connection, username, trader.id) if trader.trading.calibrated else []
    return compared_confidence(trader.trading, calibrate(past) if past else Calibration(), stated)

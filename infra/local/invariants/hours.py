"""When what an order names can be traded, told apart from the product (W-06, I-18)."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from infra.local.emulators.market.occ import Contract, parse
from infra.local.emulators.market.sessions import new_york_date, session_on

#: Roots of index options, which trade a quarter of an hour beyond the close until the day of their expiry.
LATE_ROOTS: Final = frozenset({"SPX", "SPXW", "XSP", "NDX", "NDXP", "RUT", "RUTW", "VIX", "VIXW"})
QUOTED_IN: Final = "USDT"
LATER: Final = timedelta(minutes=15)


def can_trade(symbols: Iterable[str], at: datetime) -> bool:
    """Say whether everything that these symbols name can be traded at an instant."""
    return all(_can_trade(symbol, at) for symbol in symbols)


def is_coin(symbol: str) -> bool:
    """Say whether a symbol is a pair of coins: those trade at all hours."""
    return symbol.endswith(QUOTED_IN)


def _can_trade(symbol: str, at: datetime) -> bool:
    if is_coin(symbol):
        return True
    session = session_on(new_york_date(at))
    if session is None:
        return False
    contract = parse(symbol)
    later = LATER if contract is not None and _is_late(contract, at) else timedelta(0)
    return session.open_at <= at < session.close_at + later


def _is_late(contract: Contract, at: datetime) -> bool:
    return contract.root in LATE_ROOTS and contract.expiry > new_york_date(at)

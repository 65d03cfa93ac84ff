"""At which account a strategy trades: its mode and its broker together (B-16)."""

from collections.abc import Mapping
from typing import Final

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.desk.strategies.strategy import DeskBroker, DeskMode, Strategy

_PAPER: Final[Mapping[DeskBroker, str]] = {
    DeskBroker.TRADIER: "TRADIER_SANDBOX",
    DeskBroker.TASTYTRADE: "TASTYTRADE_CERT",
    DeskBroker.IBKR: "IBKR_PAPER",
    DeskBroker.SCHWAB: "PAPER",
    DeskBroker.PAPER: "PAPER",
}
_OFFERED: Final = {mode.value: mode for mode in BrokerMode}


def named_mode(strategy: Strategy) -> str:
    """Return the name of the broker's mode that a strategy means, offered here or not."""
    if strategy.mode is DeskMode.PAPER or strategy.preferred_broker is DeskBroker.PAPER:
        return _PAPER[strategy.preferred_broker]
    return f"{strategy.preferred_broker.value.upper()}_LIVE"


def broker_mode_of(strategy: Strategy) -> BrokerMode | None:
    """Return where a strategy trades; None where that broker is not offered here."""
    return _OFFERED.get(named_mode(strategy))

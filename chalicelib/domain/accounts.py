"""Whose account at which broker, and with what kind of money."""

from collections.abc import Container
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

#: The environments of a broker, by the money that trades there.
PAPER: Final = "paper"
LIVE: Final = "live"
#: The paper account of coins is named by its money, the one of US instruments by its owner.
COINS_ACCOUNT: Final = "USDT"


class BrokerName(StrEnum):
    """Who holds accounts; a broker may have one for each kind of money."""

    PAPER = "paper"
    TRADIER = "tradier"
    TASTYTRADE = "tastytrade"
    SCHWAB = "schwab"
    IBKR = "ibkr"
    BINANCE = "binance"


class ConnectionState(StrEnum):
    """Whether a broker takes what is stored to trade with there: nothing stored, taken, soon or no longer."""

    NONE = "NONE"
    OK = "OK"
    EXPIRING = "EXPIRING"
    EXPIRED = "EXPIRED"
    REFUSED = "REFUSED"


class BrokerMode(StrEnum):
    """Which broker holds a trade, and with what kind of money; what a broker can do is asked of it."""

    PAPER = "PAPER"
    TRADIER_SANDBOX = "TRADIER_SANDBOX"
    TRADIER_LIVE = "TRADIER_LIVE"
    TASTYTRADE_CERT = "TASTYTRADE_CERT"
    TASTYTRADE_LIVE = "TASTYTRADE_LIVE"
    SCHWAB_LIVE = "SCHWAB_LIVE"
    IBKR_PAPER = "IBKR_PAPER"
    IBKR_LIVE = "IBKR_LIVE"
    BINANCE_TESTNET = "BINANCE_TESTNET"
    BINANCE_LIVE = "BINANCE_LIVE"
    IMPORTED = "IMPORTED"

    @property
    def broker(self) -> BrokerName:
        """Return who holds accounts of this mode; raises ValueError for past trades that were brought in."""
        return BrokerName(self.value.partition("_")[0].lower())

    @property
    def is_live(self) -> bool:
        """Say whether real money trades here."""
        return self.value.endswith("_LIVE")

    @property
    def has_own_switch(self) -> bool:
        """Say whether live is switched by the account's own switch, not by the one of the settings (W-03)."""
        return self.is_live and self is not BrokerMode.TRADIER_LIVE

    @property
    def environment(self) -> str:
        """Return the kind of money as connections name it."""
        return LIVE if self.is_live else PAPER

    @property
    def is_simulated(self) -> bool:
        """Say whether the broker is a part of the product: its accounts are named by their owners."""
        return self is BrokerMode.PAPER

    @property
    def is_of_coins_alone(self) -> bool:
        """Say whether its accounts hold coins and nothing else."""
        return self in {BrokerMode.BINANCE_TESTNET, BrokerMode.BINANCE_LIVE}


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRef:
    """One user's account at one broker."""

    username: str
    mode: BrokerMode
    account_id: str

    @property
    def holds_coins(self) -> bool:
        """Say whether coins trade here, at all hours and for USDT (C-05, C-06)."""
        return self.mode.is_of_coins_alone or self.meets_minutes

    @property
    def meets_minutes(self) -> bool:
        """Say whether it is the paper exchange's: its orders meet the minutes that our clock reads (C-05)."""
        return self.mode.is_simulated and self.account_id == COINS_ACCOUNT

    @property
    def named(self) -> dict[str, str]:
        """Return the account as statements name it: `username`, `mode`, `account_id`."""
        return {"username": self.username, "mode": self.mode.value, "account_id": self.account_id}


def mode_of_new_trades(chosen: BrokerMode, reachable: Container[BrokerMode]) -> BrokerMode:
    """Return where new trades go: to the chosen broker once its account can be reached, else to PAPER."""
    return chosen if chosen in reachable else BrokerMode.PAPER

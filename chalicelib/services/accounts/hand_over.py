"""What a call cannot carry to its end goes on by message at once, not with the next minute (api.md, Time)."""

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from chalicelib.domain.accounts import AccountRef
from chalicelib.domain.clocks.job_messages import OneAccount
from chalicelib.domain.trading.trades import Trade
from chalicelib.services.environment import Environment

_LOG: Final = logging.getLogger("papertape.trades")


def hand_over(env: Environment, trade: Trade, *, due_at: datetime | None = None) -> None:
    """Have the trade's account synced as soon as whoever keeps it lets go, at once or at an instant."""
    _send(env, trade.account, due_at)


def hand_over_account(env: Environment, account: AccountRef, *, due_at: datetime) -> None:
    """Have an account synced at an instant; what is not sent is left to the next sync."""
    try:
        _send(env, account, due_at)
    except Exception as error:  # noqa: BLE001  # the minute's own sync comes in any case
        _LOG.warning("an account was not handed over: %s", type(error).__name__)


def hand_over_each(env: Environment, trades: Iterable[Trade]) -> None:
    """Have each account of these trades worked on at once; what is not sent is left to the next sync."""
    hand_over_accounts(env, dict.fromkeys(trade.account for trade in trades))


def hand_over_accounts(env: Environment, accounts: Iterable[AccountRef]) -> None:
    """Have these accounts worked on at once; what is not sent is left to the next sync."""
    for account in accounts:
        try:
            _send(env, account, None)
        except Exception as error:  # noqa: BLE001  # what is to be done is stored: this minute's sync does it
            _LOG.warning("an account was not handed over: %s", type(error).__name__)


def _send(env: Environment, account: AccountRef, due_at: datetime | None) -> None:
    env.bus.send("sync", OneAccount(account=account, handed_over=True).payload(), due_at=due_at)

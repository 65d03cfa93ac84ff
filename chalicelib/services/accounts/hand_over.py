"""What a call cannot carry to its end goes on by message at once, not with the next minute (api.md, Time)."""

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from chalicelib.domain.clocks.job_messages import OneAccount
from chalicelib.domain.trading.trades import Trade
from chalicelib.services.environment import Environment

_LOG: Final = logging.getLogger("papertape.trades")


def hand_over(env: Environment, trade: Trade, *, due_at: datetime | None = None) -> None:
    """Have the trade's account synced as soon as whoever keeps it lets go, at once or at an instant."""
    account = trade.account
    payload = OneAccount(account=account, handed_over=True).payload()
    env.bus.send("sync", payload, due_at=due_at)


def hand_over_each(env: Environment, trades: Iterable[Trade]) -> None:
    """Have each account of these trades worked on at once; what is not sent is left to the next sync."""
    for trade in {trade.account: trade for trade in trades}.values():
        try:
            hand_over(env, trade)
        except Exception as error:  # noqa: BLE001  # what is to be done is stored: this minute's sync does it
            _LOG.warning("an account was not handed over: %s", type(error).__name__)

"""What a call cannot carry to its end goes on by message at once, not with the next minute (api.md, Time)."""

from datetime import datetime

from chalicelib.domain.clocks.job_messages import OneAccount
from chalicelib.domain.trading.trades import Trade
from chalicelib.services.environment import Environment


def hand_over(env: Environment, trade: Trade, *, due_at: datetime | None = None) -> None:
    """Have the trade's account synced as soon as whoever keeps it lets go, at once or at an instant."""
    account = trade.account
    payload = OneAccount(account=account, handed_over=True).payload()
    env.bus.send("sync", payload, due_at=due_at)

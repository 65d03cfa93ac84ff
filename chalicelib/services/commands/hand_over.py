"""What a call cannot carry to its end goes on by message at once, not with the next minute (api.md, Time)."""

from chalicelib.domain.clocks.job_messages import OneAccount
from chalicelib.domain.trading.trades import Trade
from chalicelib.services.environment import Environment


def hand_over(env: Environment, trade: Trade) -> None:
    """Have the trade's account synced as soon as whoever keeps it lets go."""
    account = trade.account
    env.bus.send("sync", OneAccount(account=account, handed_over=True).payload())

"""The account's money as its broker says, beside what we compute from our own books."""

from datetime import datetime

from sqlalchemy import Connection

from chalicelib.brokers.errors import BrokerError
from chalicelib.brokers.interface import Balance
from chalicelib.domain.limits import Exposure
from chalicelib.domain.money import percent
from chalicelib.domain.ports import JsonValue
from chalicelib.domain.trades import BrokerMode
from chalicelib.services.environment import CredentialsUnreadable, Environment
from chalicelib.services.settings import require
from chalicelib.services.shapes import instant, number
from chalicelib.store.exposure import exposure
from chalicelib.store.settings import UserSettings


def read_account(env: Environment, username: str) -> dict[str, JsonValue]:
    """Describe the account that new trades go to; what the broker does not tell is null."""
    now = env.clock.now()

    def work(connection: Connection) -> tuple[UserSettings, Exposure]:
        settings = require(connection, username)
        return settings, exposure(connection, username, settings.effective_mode, now)

    settings, ours = env.database.run(work, username=username)
    mode = settings.effective_mode
    account_id = settings.account_id(mode)
    balance, as_of = _balance(env, username, mode, account_id)
    return {
        "broker_mode": mode.value,
        "account_id": account_id,
        "equity": number(balance.equity),
        "cash": number(balance.cash),
        "buying_power": number(balance.buying_power),
        "day_pnl": number(balance.day_pnl),
        "as_of": instant(as_of),
        **_ours(settings, ours),
    }


def _ours(settings: UserSettings, ours: Exposure) -> dict[str, JsonValue]:
    return {
        "heat": number(ours.heat),
        "heat_pct": number(percent(ours.heat, settings.account_balance)),
        "open_positions": ours.open_positions,
        "realized_today": number(ours.realized_today),
    }


def _balance(
    env: Environment, username: str, mode: BrokerMode, account_id: str | None
) -> tuple[Balance, datetime | None]:
    """Ask the broker; its silence is not known, never zero, and has no time."""
    unknown = Balance(equity=None, cash=None, buying_power=None, day_pnl=None)
    if account_id is None:
        return unknown, None
    try:
        balance = env.brokers.broker_for(username, mode, account_id).balance()
    except (BrokerError, CredentialsUnreadable):
        return unknown, None
    return balance, env.clock.now()

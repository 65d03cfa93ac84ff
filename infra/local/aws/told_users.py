"""The people of the stack as `state.json` tells them (local.md, Control contract)."""

import json
from collections.abc import Mapping

from chalicelib.domain.json_value import JsonValue
from infra.local.aws.accounts import (
    BINANCE_ACCOUNTS,
    BROKER_ACCOUNTS,
    IBKR_ACCOUNTS,
    IBKR_LIVE_ACCOUNTS,
    LIVE_ACCOUNTS,
    SCHWAB_ACCOUNTS,
    TASTYTRADE_ACCOUNTS,
    TASTYTRADE_LIVE_ACCOUNTS,
    Account,
    AccountBook,
)


def told_users(book: AccountBook, tokens: Mapping[str, str]) -> list[JsonValue]:
    """Return everybody who has an access token, with groups, and accounts at the emulated brokers."""
    return [
        {
            "username": account.username,
            "password": account.password,
            "access_token": tokens[account.username],
            "groups": list(account.groups),
            "account_id": BROKER_ACCOUNTS.get(account.username),
            "broker_token": account.broker_token or None,
            "live_account_id": LIVE_ACCOUNTS.get(account.username),
            "live_broker_token": account.live_token or None,
            "brokers": _brokers(account),
            "live_brokers": _live_brokers(account),
        }
        for account in book
        if account.username in tokens
    ]


def _brokers(account: Account) -> dict[str, JsonValue]:
    """Return what `PUT /api/connections/{broker}` takes, by broker; nothing for who has none."""
    number = BROKER_ACCOUNTS.get(account.username)
    if number is None:
        return {}
    return {
        "tradier": _connection("paper", number, {"token": account.broker_token}),
        "tastytrade": _connection(
            "paper",
            TASTYTRADE_ACCOUNTS[account.username],
            {"client_secret": account.tastytrade_secret, "refresh_token": account.tastytrade_token},
        ),
        "ibkr": _connection("paper", IBKR_ACCOUNTS[account.username], json.loads(account.ibkr)),
        "schwab": _connection(
            "live",
            SCHWAB_ACCOUNTS[account.username],
            {"client_id": account.schwab_key, "client_secret": account.schwab_secret},
        ),
        "binance": _connection(
            "paper",
            BINANCE_ACCOUNTS[account.username],
            {"api_key": account.binance_key, "api_secret": account.binance_secret},
        ),
    }


def _live_brokers(account: Account) -> dict[str, JsonValue]:
    """Return the same of the live accounts at brokers that have paper ones, too."""
    if account.username not in BROKER_ACCOUNTS:
        return {}
    return {
        "tastytrade": _connection(
            "live",
            TASTYTRADE_LIVE_ACCOUNTS[account.username],
            {"client_secret": account.tastytrade_secret, "refresh_token": account.tastytrade_live_token},
        ),
        "ibkr": _connection("live", IBKR_LIVE_ACCOUNTS[account.username], json.loads(account.ibkr_live)),
    }


def _connection(environment: str, account_id: str, credentials: Mapping[str, str]) -> JsonValue:
    return {"environment": environment, "account_id": account_id, "credentials": dict(credentials)}

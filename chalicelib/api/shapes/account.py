"""The account's money and what is at risk in it."""

from chalicelib.api.shapes.values import instant, number
from chalicelib.domain.json_value import JsonValue
from chalicelib.services.users.account import AccountFigures


def shape_account(account: AccountFigures) -> dict[str, JsonValue]:
    """Write an account's figures in dollars and per cent; what is not known is null."""
    held, ours = account.held, account.exposure
    return {
        "broker_mode": account.broker_mode.value,
        "account_id": account.account_id,
        "equity": number(account.equity),
        "cash": number(account.cash),
        "buying_power": number(account.buying_power),
        "day_pnl": number(account.day_pnl),
        "day_pnl_pct": number(account.day_pnl_pct),
        "unpriced": account.unpriced,
        "as_of": instant(account.as_of),
        "open_pnl": number(held.open_pnl),
        "risk_to_stops": number(held.risk_to_stops),
        "unprotected": {"count": held.unprotected, "value": number(held.unprotected_value)},
        "heat": number(ours.heat),
        "heat_pct": number(account.heat_pct),
        "open_positions": ours.open_positions,
        "realized_today": number(ours.realized_today),
    }

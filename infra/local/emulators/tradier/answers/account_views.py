"""Profiles, balances and positions in Tradier's shape."""

from decimal import Decimal

from infra.local.emulators.brokerage.account import Account, Position
from infra.local.emulators.brokerage.buying_power import option_buying_power, short_requirement
from infra.local.emulators.brokerage.orders import ZERO, instant_text
from infra.local.emulators.brokerage.standing import Standing
from infra.local.emulators.market.feed import Feed
from infra.local.emulators.market.occ import parse
from infra.local.emulators.market.sessions import new_york_date
from infra.local.emulators.tradier.answers.wire import envelope


def profile(accounts: list[Account], profile_id: str) -> dict[str, object]:
    """Answer `/user/profile` for the accounts of one token."""
    rows = [
        {
            "account_number": account.account_id,
            "classification": "individual",
            "date_created": instant_text(account.opened_at),
            "day_trader": False,
            "option_level": account.option_level,
            "status": account.status,
            "type": account.account_type,
            "last_update_date": instant_text(account.opened_at),
        }
        for account in accounts
    ]
    wrapped = envelope("profile", "account", rows, "null")["profile"]
    inner = wrapped if isinstance(wrapped, dict) else {}
    return {"profile": {**inner, "id": profile_id, "name": "Sample User"}}


def balances(standing: Standing) -> dict[str, object]:
    """Answer `/accounts/{id}/balances`, worked out anew at each call."""
    account, feed = standing.account, standing.feed
    values = {position.symbol: _value(position, feed) for position in account.positions.values()}
    option_long = sum((v for s, v in values.items() if parse(s) and v > 0), ZERO)
    option_short = sum((v for s, v in values.items() if parse(s) and v < 0), ZERO)
    stock_long = sum((v for s, v in values.items() if not parse(s) and v > 0), ZERO)
    stock_short = sum((v for s, v in values.items() if not parse(s) and v < 0), ZERO)
    required = short_requirement(account, feed)
    cost = sum((position.cost for position in account.positions.values()), ZERO)
    value = option_long + option_short + stock_long + stock_short
    today = account.realised_on == new_york_date(standing.now)
    body: dict[str, object] = {
        "option_short_value": _money(option_short),
        "total_equity": _money(account.cash + value),
        "account_number": account.account_id,
        "account_type": account.account_type,
        "close_pl": _money(account.realised if today else ZERO),
        "current_requirement": _money(required + stock_long / 2),
        "equity": 0,
        "long_market_value": _money(option_long + stock_long),
        "market_value": _money(value),
        "open_pl": _money(value - cost),
        "option_long_value": _money(option_long),
        "option_requirement": _money(required),
        "pending_orders_count": len(standing.working),
        "short_market_value": _money(option_short + stock_short),
        "stock_long_value": _money(stock_long),
        "total_cash": _money(account.cash),
        "uncleared_funds": 0,
        "pending_cash": 0,
    }
    power = max(option_buying_power(standing), ZERO)
    body[account.account_type] = _limits(account.account_type, power, stock_short)
    return {"balances": body}


def _limits(account_type: str, power: Decimal, stock_short: Decimal) -> dict[str, object]:
    if account_type == "cash":
        return {"cash_available": _money(power), "sweep": 0, "unsettled_funds": 0}
    limits: dict[str, object] = {
        "fed_call": 0,
        "maintenance_call": 0,
        "option_buying_power": _money(power),
        "stock_buying_power": _money(power * 2),
        "stock_short_value": _money(stock_short),
    }
    if account_type == "pdt":
        return {"day_trade_buying_power": _money(power * 4), **limits}
    return {**limits, "sweep": 0}


def _value(position: Position, feed: Feed) -> Decimal:
    bid, ask = feed.touch(position.symbol)
    middle = (bid + ask) / 2 if ask > 0 else bid
    return Decimal(str(round(middle, 3))) * position.quantity * position.multiplier


def _money(amount: Decimal) -> float:
    return float(round(amount, 2))

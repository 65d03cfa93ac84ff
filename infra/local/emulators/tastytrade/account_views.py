"""Positions, money and owners in tastytrade's shape."""

from datetime import datetime
from decimal import Decimal
from typing import Final

from infra.local.emulators.brokerage.account import Account, Position
from infra.local.emulators.brokerage.buying_power import option_buying_power, short_requirement
from infra.local.emulators.brokerage.orders import ZERO
from infra.local.emulators.brokerage.standing import Standing
from infra.local.emulators.market.feed import Feed
from infra.local.emulators.market.occ import parse
from infra.local.emulators.market.sessions import new_york_date
from infra.local.emulators.tastytrade.views import Shown, instant_text, padded, signed


def position_rows(account: Account, feed: Feed, now: datetime) -> list[Shown]:
    """Return what an account holds; quantities are numbers in some rows and texts in others (wire, 2)."""
    return [_position(account, one, feed, now, index) for index, one in enumerate(account.positions.values())]


def _position(account: Account, position: Position, feed: Feed, now: datetime, index: int) -> Shown:
    contract = parse(position.symbol)
    size = abs(position.quantity)
    per_unit = abs(position.cost) / size / position.multiplier
    today = account.realised_on == new_york_date(now)
    shown: Shown = {
        "account-number": account.account_id,
        "symbol": padded(position.symbol),
        "instrument-type": "Equity" if contract is None else "Equity Option",
        "underlying-symbol": position.symbol if contract is None else contract.underlying,
        "quantity": size if index % 2 else str(size),
        "quantity-direction": "Long" if position.quantity > 0 else "Short",
        "close-price": str(_middle(position.symbol, feed)),
        "average-open-price": str(round(per_unit, 8)),
        "multiplier": position.multiplier if index % 2 else f"{position.multiplier}.0",
        "cost-effect": "Credit" if position.quantity > 0 else "Debit",
        "is-suppressed": False,
        "is-frozen": False,
        "restricted-quantity": "0.0",
        **signed("realized-day-gain", account.realised if today else ZERO),
        **signed("realized-today", ZERO),
        "created-at": instant_text(position.acquired_at),
        "updated-at": instant_text(position.acquired_at),
    }
    if contract is not None:
        shown["expires-at"] = f"{contract.expiry}T21:00:00.000+00:00"
    return shown


def balance(standing: Standing) -> Shown:
    """Return the account's money, worked out anew at each call."""
    account, feed = standing.account, standing.feed
    values = {
        one.symbol: _middle(one.symbol, feed) * one.quantity * one.multiplier
        for one in account.positions.values()
    }
    options = [value for symbol, value in values.items() if parse(symbol)]
    shares = [value for symbol, value in values.items() if not parse(symbol)]
    power = max(option_buying_power(standing), ZERO)
    known = {
        "cash-balance": account.cash,
        "net-liquidating-value": account.cash + sum(values.values(), ZERO),
        "derivative-buying-power": power,
        "equity-buying-power": power * 2,
        "day-trading-buying-power": power * 2,
        "available-trading-funds": power,
        "cash-available-to-withdraw": max(account.cash, ZERO),
        "maintenance-requirement": short_requirement(account, feed),
        "long-derivative-value": sum((one for one in options if one > 0), ZERO),
        "short-derivative-value": -sum((one for one in options if one < 0), ZERO),
        "long-equity-value": sum((one for one in shares if one > 0), ZERO),
        "short-equity-value": -sum((one for one in shares if one < 0), ZERO),
    }
    return {
        "account-number": account.account_id,
        "currency": "USD",
        **dict.fromkeys(_ZEROS, "0.0"),
        **{name: str(round(value, 3)) for name, value in known.items()},
        "pending-cash-effect": "None",
        "unsettled-cryptocurrency-fiat-effect": "None",
        "buying-power-adjustment-effect": "None",
        "snapshot-date": new_york_date(standing.now).isoformat(),
        "updated-at": instant_text(standing.now),
    }


def account_row(account: Account) -> Shown:
    """Return an account with what its caller may do with it."""
    is_closed = account.status != "active"
    return {
        "account": {
            "account-number": account.account_id,
            "external-id": f"A{account.account_id}",
            "opened-at": instant_text(account.opened_at),
            "nickname": "Individual",
            "account-type-name": "Individual",
            "day-trader-status": account.account_type == "pdt",
            "is-closed": is_closed,
            "is-firm-error": False,
            "is-firm-proprietary": False,
            "is-futures-approved": False,
            "margin-or-cash": "Cash" if account.account_type == "cash" else "Margin",
            "is-foreign": False,
            "created-at": instant_text(account.opened_at),
        },
        "authority-level": "owner",
    }


def _middle(symbol: str, feed: Feed) -> Decimal:
    bid, ask = feed.touch(symbol)
    return Decimal(str(round((bid + ask) / 2 if ask > 0 else bid, 3)))


_ZEROS: Final = (
    "bond-margin-requirement",
    "cash-settle-balance",
    "closed-loop-available-balance",
    "cryptocurrency-margin-requirement",
    "day-equity-call-value",
    "day-trade-excess",
    "day-trading-call-value",
    "equity-offering-margin-requirement",
    "fixed-income-security-margin-requirement",
    "futures-margin-requirement",
    "long-bond-value",
    "long-cryptocurrency-value",
    "long-fixed-income-security-value",
    "long-futures-derivative-value",
    "long-futures-value",
    "long-margineable-value",
    "maintenance-call-value",
    "margin-equity",
    "margin-settle-balance",
    "pending-cash",
    "reg-t-call-value",
    "short-cryptocurrency-value",
    "short-futures-derivative-value",
    "short-futures-value",
    "short-margineable-value",
    "sma-equity-option-buying-power",
    "special-memorandum-account-apex-adjustment",
    "special-memorandum-account-value",
    "total-settle-balance",
    "unsettled-cryptocurrency-fiat-amount",
    "used-derivative-buying-power",
    "reg-t-margin-requirement",
    "futures-overnight-margin-requirement",
    "futures-intraday-margin-requirement",
    "maintenance-excess",
    "pending-margin-interest",
    "buying-power-adjustment",
    "effective-cryptocurrency-buying-power",
    "total-pending-liquidity-pool-rebate",
)

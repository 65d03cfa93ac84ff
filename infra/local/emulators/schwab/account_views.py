"""Accounts, positions and money in Schwab's shape."""

from decimal import Decimal
from hashlib import sha256
from typing import Final

from infra.local.emulators.brokerage.account import Account, Position
from infra.local.emulators.brokerage.buying_power import option_buying_power, short_requirement
from infra.local.emulators.brokerage.orders import ZERO
from infra.local.emulators.brokerage.standing import Standing
from infra.local.emulators.market.feed import Feed
from infra.local.emulators.market.occ import parse
from infra.local.emulators.schwab.order_views import Shown, instrument_of


def hash_of(account_id: str) -> str:
    """Return the name that addresses have for an account."""
    return sha256(f"account {account_id}".encode()).hexdigest().upper()


def account_row(standing: Standing, *, positions: bool) -> Shown:
    """Return an account with its money, and with what it holds where that is asked for."""
    account = standing.account
    money = _money(standing)
    shown: Shown = {
        "type": "CASH" if account.account_type == "cash" else "MARGIN",
        "accountNumber": account.account_id,
        "roundTrips": 0,
        "isDayTrader": account.account_type == "pdt",
        "isClosingOnlyRestricted": account.status != "active",
        "pfcbFlag": False,
    }
    if positions and account.positions:
        shown["positions"] = [_position(one, standing.feed) for one in account.positions.values()]
    shown |= {
        "initialBalances": _initial(money),
        "currentBalances": money,
        "projectedBalances": _projected(money),
    }
    worth = money["liquidationValue"]
    return {
        "securitiesAccount": shown,
        "aggregatedBalance": {"currentLiquidationValue": worth, "liquidationValue": worth},
    }


def _position(position: Position, feed: Feed) -> Shown:
    held, size = position.quantity, abs(position.quantity)
    price = float(round(abs(position.cost) / size / position.multiplier, 6))
    long, short = (float(max(held, 0)), float(max(-held, 0)))
    side = "Long" if held > 0 else "Short"
    return {
        "shortQuantity": short,
        "averagePrice": price,
        "currentDayProfitLoss": 0.0,
        "currentDayProfitLossPercentage": 0.0,
        "longQuantity": long,
        "settledLongQuantity": long,
        "settledShortQuantity": -short,
        "instrument": {**instrument_of(position.symbol), "netChange": 0.0},
        "marketValue": float(_middle(position.symbol, feed) * held * position.multiplier),
        "maintenanceRequirement": 0.0,
        f"average{side}Price": price,
        f"taxLotAverage{side}Price": price,
        f"{side.lower()}OpenProfitLoss": 0.0,
        f"previousSession{side}Quantity": 0.0,
        "currentDayCost": float(round(position.cost, 2)),
    }


def _money(standing: Standing) -> dict[str, object]:
    account, feed = standing.account, standing.feed
    values = {
        one.symbol: _middle(one.symbol, feed) * one.quantity * one.multiplier
        for one in account.positions.values()
    }
    options = [value for symbol, value in values.items() if parse(symbol)]
    shares = [value for symbol, value in values.items() if not parse(symbol)]
    power = max(option_buying_power(standing), ZERO)
    known = {
        "cashBalance": account.cash,
        "availableFunds": power,
        "availableFundsNonMarginableTrade": power,
        "buyingPower": power * 2,
        "buyingPowerNonMarginableTrade": power,
        "dayTradingBuyingPower": power * 4,
        "equity": account.cash + sum(values.values(), ZERO),
        "liquidationValue": account.cash + sum(values.values(), ZERO),
        "longOptionMarketValue": sum((one for one in options if one > 0), ZERO),
        "shortOptionMarketValue": sum((one for one in options if one < 0), ZERO),
        "longMarketValue": sum((one for one in shares if one > 0), ZERO),
        "shortMarketValue": sum((one for one in shares if one < 0), ZERO),
        "maintenanceRequirement": short_requirement(account, feed),
    }
    zeros = dict.fromkeys(_ZEROS, 0.0)
    return {**zeros, **{name: float(round(value, 2)) for name, value in known.items()}}


def _initial(money: dict[str, object]) -> Shown:
    """Return what of the money the start of the day is told with."""
    missing = {
        "availableFunds",
        "buyingPowerNonMarginableTrade",
        "longMarketValue",
        "savings",
        "shortMarketValue",
        "sma",
    }
    return {name: value for name, value in money.items() if name not in missing}


def _projected(money: dict[str, object]) -> Shown:
    names = ("availableFunds", "availableFundsNonMarginableTrade", "buyingPower", "dayTradingBuyingPower")
    return {name: money[name] for name in names} | {
        "isInCall": False,
        "stockBuyingPower": money["buyingPower"],
    }


def account_number_row(account: Account) -> Shown:
    """Return an account's number and the name that addresses have for it."""
    return {"accountNumber": account.account_id, "hashValue": hash_of(account.account_id)}


def _middle(symbol: str, feed: Feed) -> Decimal:
    bid, ask = feed.touch(symbol)
    return Decimal(str(round((bid + ask) / 2 if ask > 0 else bid, 3)))


_ZEROS: Final = (
    "accruedInterest",
    "bondValue",
    "cashReceipts",
    "maintenanceCall",
    "marginBalance",
    "moneyMarketFund",
    "mutualFundValue",
    "pendingDeposits",
    "regTCall",
    "savings",
    "shortBalance",
    "sma",
)

"""Accounts, positions, money and quotes in Interactive Brokers' shape."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Final

from infra.local.emulators.brokerage.account import Account, Position
from infra.local.emulators.brokerage.buying_power import option_buying_power, short_requirement
from infra.local.emulators.brokerage.orders import ZERO
from infra.local.emulators.brokerage.standing import Standing
from infra.local.emulators.ibkr.contracts import Contracts, Shown, described
from infra.local.emulators.market.feed import Feed
from infra.local.emulators.market.occ import Contract, Right, parse
from infra.local.emulators.market.sessions import open_session

PAGE_ROWS: Final = 100


def account_row(account: Account) -> Shown:
    """Return an account as `/portfolio/accounts` shows it (recorded)."""
    number = account.account_id
    return {
        "PrepaidCrypto-P": False,
        "PrepaidCrypto-Z": False,
        "accountAlias": None,
        "accountId": number,
        "accountStatus": int(account.opened_at.timestamp() * 1000),
        "accountTitle": number,
        "accountVan": number,
        "brokerageAccess": True,
        "businessType": "INDEPENDENT",
        "clearingStatus": "O" if account.status == "active" else "C",
        "covestor": False,
        "currency": "USD",
        "desc": number,
        "displayName": number,
        "faclient": False,
        "ibEntity": "IBLLC-US",
        "id": number,
        "noClientTrading": False,
        "parent": {"accountId": "", "isMChild": False, "isMParent": False, "isMultiplex": False, "mmc": []},
        "trackVirtualFXPortfolio": False,
        "tradingType": "STKNOPT",
        "type": "DEMO" if number.startswith("D") else "INDIVIDUAL",
    }


def position_rows(account: Account, feed: Feed, contracts: Contracts) -> list[Shown]:
    """Return what an account holds; an option's expiry, right and strike may stand in its text alone."""
    return [_position(account, one, feed, contracts) for one in account.positions.values()]


def _position(account: Account, position: Position, feed: Feed, contracts: Contracts) -> Shown:
    is_option = parse(position.symbol) is not None
    price = _middle(position.symbol, feed)
    cost = position.cost / position.quantity
    row: Shown = {
        "acctId": account.account_id,
        "conid": contracts.conid(position.symbol),
        "contractDesc": described(position.symbol),
        "position": float(position.quantity),
        "mktPrice": float(price),
        "mktValue": float(price * position.quantity * position.multiplier),
        "currency": "USD",
        "avgCost": float(round(cost, 8)),
        "avgPrice": float(round(cost / position.multiplier, 8)),
        "realizedPnl": 0.0,
        "unrealizedPnl": float(round(price * position.quantity * position.multiplier - position.cost, 2)),
        "exchs": None,
        "expiry": None,
        "putOrCall": None,
        "multiplier": None,
        "strike": 0.0,
        "exerciseStyle": None,
        "conExchMap": [],
        "assetClass": "OPT" if is_option else "STK",
        "undConid": 0,
        "model": "",
    }
    return row if is_option else row | {"ticker": described(position.symbol)}


def summary(standing: Standing) -> Shown:
    """Return the account's money, each amount with its twin of the securities segment."""
    known = money(standing)
    stamp = int(standing.now.timestamp() * 1000)
    shown: Shown = {
        "accountcode": {
            "amount": 0.0,
            "currency": None,
            "isNull": False,
            "timestamp": stamp,
            "value": standing.account.account_id,
            "severity": 0,
        }
    }
    for name, amount in known.items():
        for key in (name, f"{name}-s"):
            shown[key] = {
                "amount": float(round(amount, 2)),
                "currency": "USD",
                "isNull": False,
                "timestamp": stamp,
                "value": None,
                "severity": 0,
            }
    return shown


def ledger(standing: Standing) -> Shown:
    """Return the account's money by currency."""
    known = money(standing)
    row: Shown = {
        "acctcode": standing.account.account_id,
        "cashbalance": float(round(known["totalcashvalue"], 2)),
        "settledcash": float(round(known["totalcashvalue"], 2)),
        "netliquidationvalue": float(round(known["netliquidation"], 2)),
        "exchangerate": 1,
        "interest": 0.0,
        "key": "LedgerList",
        "realizedpnl": 0.0,
        "unrealizedpnl": 0.0,
        "sessionid": 1,
        "severity": 0,
        "timestamp": int(standing.now.timestamp()),
    }
    return {name: row | {"currency": name, "secondkey": name} for name in ("BASE", "USD")}


def snapshot_row(symbol: str, conid: int, feed: Feed, now: datetime) -> Shown:
    """Return a quote: all values are texts, sizes with commas (wire, 9)."""
    bid, ask = feed.touch(symbol)
    row: Shown = {
        "conid": conid,
        "conidEx": str(conid),
        "server_id": "q1",
        "_updated": int(now.timestamp() * 1000),
        "6119": "q1",
        "6509": "RpB",
        "55": symbol,
    }
    if bid > 0:
        row["84"] = f"{bid:.2f}"
    if ask > 0:
        row["86"] = f"{ask:.2f}"
    contract = parse(symbol)
    if contract is not None:
        return row | _computed(feed, contract)
    quote = feed.market.stock_quote(symbol, feed.at())
    if quote is not None and quote.last:
        row["31"] = f"{quote.last:.2f}"
        row |= {"88": f"{quote.bid_size:,}", "85": f"{quote.ask_size:,}", "7762": str(quote.volume)}
    return row


def _computed(feed: Feed, contract: Contract) -> Shown:
    """Return sizes, Greeks and implied volatility; of what is not quoted now there are no computed ones."""
    found = feed.chain_of(contract)
    if found is None:
        return {}
    chain, row = found
    side, volatility = chain.side(contract.right), float(chain.volatility[row])
    told: Shown = {"88": f"{int(side.bid_size[row]):,}", "85": f"{int(side.ask_size[row]):,}"}
    told["7638"] = f"{int(side.open_interest[row]):,}"
    if open_session(feed.market.now()) is None or volatility <= 0:
        return told
    delta = float(chain.greeks.delta[row]) - (0.0 if contract.right is Right.CALL else 1.0)
    told |= {"7308": f"{delta:.3f}", "7633": f"{volatility * 100:.1f}%"}
    for field, name in (("7309", "gamma"), ("7310", "theta"), ("7311", "vega")):
        told[field] = f"{float(getattr(chain.greeks, name)[row]):.3f}"
    return told


def only(row: Shown, fields: Iterable[str]) -> Shown:
    """Return a quote with the fields that were asked for; the rest goes along always."""
    wanted = set(fields)
    return {key: value for key, value in row.items() if not key.isdigit() or key in wanted}


def money(standing: Standing) -> dict[str, Decimal]:
    """Return the account's figures in dollars, by the vendor's names."""
    account, feed = standing.account, standing.feed
    values = [_middle(one.symbol, feed) * one.quantity * one.multiplier for one in account.positions.values()]
    power = max(option_buying_power(standing), ZERO)
    required = short_requirement(account, feed)
    return {
        "netliquidation": account.cash + sum(values, ZERO),
        "totalcashvalue": account.cash,
        "availablefunds": power,
        "excessliquidity": power,
        "buyingpower": power * 4,
        "maintmarginreq": required,
        "initmarginreq": required,
        "grosspositionvalue": sum((abs(one) for one in values), ZERO),
    }


def _middle(symbol: str, feed: Feed) -> Decimal:
    bid, ask = feed.touch(symbol)
    return Decimal(str(round((bid + ask) / 2 if ask > 0 else bid, 3)))

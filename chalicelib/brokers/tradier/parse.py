"""Tradier's positions, money and owners in papertape's words."""

from datetime import UTC, datetime, time
from typing import Final

from chalicelib.brokers.interface import Balance, ConnectionReport, PastSale, Position
from chalicelib.brokers.tradier.payloads import inner, rows, values
from chalicelib.domain.clocks.calendar import NEW_YORK
from chalicelib.domain.money import to_price
from chalicelib.vendors.wire import Node, UnreadablePayload, as_node, instant, number, text, whole

_ACTIVE: Final = "active"
_CLOSE: Final = time(16, 0)
NOT_THIS_ACCOUNT: Final = "This token does not belong to this account"
WHICH_ACCOUNT: Final = "This token has several accounts or none: name one"


def parse_positions(body: Node) -> tuple[Position, ...]:
    """Read what the account holds. The vendor's sign of a short's cost varies, so its size alone is kept."""
    found = []
    for row in rows(body, "positions", "position"):
        symbol, quantity = text(row, "symbol"), number(row, "quantity")
        if symbol is None or quantity is None:
            raise UnreadablePayload("a position without symbol or quantity")
        cost = number(row, "cost_basis")
        found.append(
            Position(symbol=symbol, quantity=quantity, cost_basis=None if cost is None else abs(cost))
        )
    return tuple(found)


def parse_sales(body: Node) -> tuple[PastSale, ...]:
    """Read the sales of an account's history: dates without times, so each stands at the close of its day."""
    found = []
    for row in rows(body, "history", "event"):
        detail, on = row.get("trade"), instant(row, "date")
        if not isinstance(detail, dict) or on is None:
            continue
        trade = as_node(detail, "trade")
        symbol, quantity, price = text(trade, "symbol"), number(trade, "quantity"), number(trade, "price")
        if symbol is None or quantity is None or price is None:
            raise UnreadablePayload("a trade in the history without symbol, quantity or price")
        if quantity < 0:
            at = datetime.combine(on.date(), _CLOSE, NEW_YORK).astimezone(UTC)
            found.append(PastSale(symbol=symbol, quantity=-quantity, price=to_price(price), at=at))
    return tuple(found)


def parse_balance(body: Node) -> Balance:
    """Read the account's money; buying power stands in the block named by the account's type."""
    holder = inner(body, "balances")
    for kind in ("margin", "pdt"):
        if isinstance(holder.get(kind), dict):
            buying_power = number(as_node(holder[kind], kind), "option_buying_power")
            break
    else:
        cash = holder.get("cash")
        buying_power = number(cash, "cash_available") if isinstance(cash, dict) else None
    return Balance(
        equity=number(holder, "total_equity"),
        cash=number(holder, "total_cash"),
        buying_power=buying_power,
    )


def parse_profile(body: Node, account_id: str) -> ConnectionReport:
    """Say whether the token's owner has this account, and what it is; an empty one means the only one."""
    profile = inner(body, "profile")
    accounts = [as_node(value, "account") for value in values({"profile": profile}, "profile", "account")]
    named = account_id or (text(accounts[0], "account_number") if len(accounts) == 1 else None)
    for account in accounts:
        if named is not None and text(account, "account_number") == named:
            return _report(account, named)
    return ConnectionReport(
        ok=False,
        account_id=account_id or None,
        account_type=None,
        status=None,
        options_level=None,
        reason=NOT_THIS_ACCOUNT if account_id else WHICH_ACCOUNT,
    )


def _report(account: Node, account_id: str) -> ConnectionReport:
    status = text(account, "status")
    active = status is None or status == _ACTIVE
    return ConnectionReport(
        ok=active,
        account_id=account_id,
        account_type=text(account, "type"),
        status=status,
        options_level=whole(account, "option_level"),
        reason=None if active else f"The account is {status}",
    )

"""tastytrade's positions, money and owners in papertape's words."""

from typing import Final

from chalicelib.brokers.interface import Balance, ConnectionReport, Position
from chalicelib.brokers.padded_symbols import from_padded
from chalicelib.brokers.tastytrade.payloads import inner, items
from chalicelib.vendors.wire import Node, UnreadablePayload, number, text

_SIGNS: Final = {"Long": 1, "Short": -1, "Zero": 0}
_READ_ONLY: Final = "read-only"
NOT_THIS_ACCOUNT: Final = "This grant does not belong to this account"
WHICH_ACCOUNT: Final = "This grant has several accounts or none: name one"


def parse_positions(body: Node) -> tuple[Position, ...]:
    """Read what the account holds: sizes are never below 0, the direction stands beside them."""
    found = []
    for row in items(body):
        symbol, quantity = text(row, "symbol"), number(row, "quantity")
        direction = text(row, "quantity-direction")
        if symbol is None or quantity is None or direction not in _SIGNS:
            raise UnreadablePayload("a position without symbol, quantity or direction")
        signed = abs(quantity) * _SIGNS[direction]
        if not signed:
            continue
        price, multiplier = number(row, "average-open-price"), number(row, "multiplier")
        cost = None if price is None or multiplier is None else abs(price * multiplier * signed)
        found.append(Position(symbol=from_padded(symbol), quantity=signed, cost_basis=cost))
    return tuple(found)


def parse_balance(body: Node) -> Balance:
    """Read the account's money; options are bought out of the buying power of derivatives."""
    holder = inner(body, "data")
    if isinstance(holder.get("items"), list):  # as answers since 2024-05 have it: one item a currency
        (holder, *_) = items(body) or [{}]
    cash = number(holder, "cash-balance")
    if cash is None:
        raise UnreadablePayload("a balance without its cash")
    return Balance(
        equity=number(holder, "net-liquidating-value"),
        cash=cash,
        buying_power=number(holder, "derivative-buying-power"),
    )


def parse_accounts(body: Node, account_id: str) -> ConnectionReport:
    """Say whether the grant has this account and may trade in it; an empty one means the only one."""
    rows = [(inner(row, "account"), text(row, "authority-level")) for row in items(body)]
    known = [(text(account, "account-number"), account, authority) for account, authority in rows]
    named = account_id or (known[0][0] if len(known) == 1 else None)
    for number_, account, authority in known:
        if named is not None and number_ == named:
            return _report(account, named, authority)
    reason = NOT_THIS_ACCOUNT if account_id else WHICH_ACCOUNT
    return not_accepted(account_id or None, reason)


def not_accepted(account_id: str | None, reason: str) -> ConnectionReport:
    """Return the report of a grant that is of no use."""
    return ConnectionReport(
        ok=False, account_id=account_id, account_type=None, status=None, options_level=None, reason=reason
    )


def _report(account: Node, account_id: str, authority: str | None) -> ConnectionReport:
    reason = None
    if account.get("is-closed") is True:
        reason = "The account is closed"
    elif authority == _READ_ONLY:
        reason = "This grant may look at the account and not trade in it"
    return ConnectionReport(
        ok=reason is None,
        account_id=account_id,
        account_type=text(account, "margin-or-cash"),
        status="closed" if account.get("is-closed") is True else "active",
        options_level=None,
        reason=reason,
    )

"""Schwab's positions, money and accounts in papertape's words."""

from decimal import Decimal
from typing import Final

from chalicelib.brokers.interface import Balance, ConnectionReport, Position
from chalicelib.brokers.padded_symbols import from_padded
from chalicelib.brokers.schwab.payloads import OPTION, rows_of, securities_account
from chalicelib.vendors.wire import Node, UnreadablePayload, as_list, as_node, number, text

_SHARES_PER_CONTRACT: Final = 100
NOT_THIS_ACCOUNT: Final = "This login does not reach this account"
WHICH_ACCOUNT: Final = "This login reaches several accounts or none: name one"


def parse_positions(body: object) -> tuple[Position, ...]:
    """Read what the account holds; long and short quantities stand apart, and neither is ever below 0.

    An account without positions has no key for them.
    """
    found = []
    for value in as_list(securities_account(body).get("positions")):
        row = as_node(value, "a position")
        instrument = as_node(row.get("instrument"), "an instrument")
        symbol = text(instrument, "symbol")
        long, short = number(row, "longQuantity"), number(row, "shortQuantity")
        if symbol is None or long is None or short is None:
            raise UnreadablePayload("a position without symbol or quantities")
        signed = long - short
        if not signed:
            continue
        price = number(row, "averagePrice")
        multiplier = _SHARES_PER_CONTRACT if text(instrument, "assetType") == OPTION else 1
        cost = None if price is None else abs(price * multiplier * signed)
        found.append(Position(symbol=from_padded(symbol), quantity=signed, cost_basis=cost))
    return tuple(found)


def parse_balance(body: object) -> Balance:
    """Read the account's money; margin and cash accounts have keys of their own (wire, 3)."""
    account = securities_account(body)
    now = as_node(account.get("currentBalances"), "currentBalances")
    cash = _first(now, "cashBalance", "totalCash")
    if cash is None:
        raise UnreadablePayload("a balance without its cash")
    # Options are bought out of what is not lent on.
    power = _first(
        now, "availableFundsNonMarginableTrade", "buyingPowerNonMarginableTrade", "cashAvailableForTrading"
    )
    return Balance(equity=_equity(body, now), cash=cash, buying_power=power)


def _equity(body: object, now: Node) -> Decimal | None:
    equity = _first(now, "liquidationValue", "equity")
    if equity is not None:
        return equity
    whole = as_node(body, "the answer").get("aggregatedBalance")
    return _first(whole, "currentLiquidationValue") if isinstance(whole, dict) else None


def _first(node: Node, *names: str) -> Decimal | None:
    return next((read for read in (number(node, name) for name in names) if read is not None), None)


def parse_hashes(body: object) -> dict[str, str]:
    """Read the accounts that a login reaches: the name that addresses have for each, by its number."""
    found = {}
    for row in rows_of(body):
        account, name = text(row, "accountNumber"), text(row, "hashValue")
        if account is None or name is None:
            raise UnreadablePayload("an account without its number or name")
        found[account] = name
    return found


def report_of(hashes: dict[str, str], account_id: str) -> ConnectionReport:
    """Say whether a login reaches this account; an empty one means the only one there is."""
    named = account_id or (next(iter(hashes)) if len(hashes) == 1 else None)
    if named is None or named not in hashes:
        return not_accepted(account_id or None, NOT_THIS_ACCOUNT if account_id else WHICH_ACCOUNT)
    return ConnectionReport(
        ok=True, account_id=named, account_type=None, status="active", options_level=None, reason=None
    )


def not_accepted(account_id: str | None, reason: str, *, has_expired: bool = False) -> ConnectionReport:
    """Return the report of a login that is of no use."""
    return ConnectionReport(
        ok=False,
        account_id=account_id,
        account_type=None,
        status=None,
        options_level=None,
        reason=reason,
        has_expired=has_expired,
    )

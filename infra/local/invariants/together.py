"""Legs of a structure leave together, and what covers a call covers it alone: I-38."""

from decimal import Decimal
from typing import Final

from infra.local.emulators.market.occ import Right, parse
from infra.local.invariants.findings import Findings
from infra.local.invariants.holdings import OUTSIDE
from infra.local.invariants.rows import TradeRow
from infra.local.invariants.truth import TruthAccount
from infra.local.invariants.view import View

SHARES: Final = Decimal(100)
PAPER: Final = "PAPER"


def check_together(view: View, findings: Findings) -> None:
    """Check what must hold of legs at any moment."""
    for trade in view.trades.values():
        if trade.is_structure and _went_as_one(view, trade):
            _check_exits(view, trade, findings)
    for account in view.accounts.values():
        if account.mode == PAPER:  # at other brokers owners sell single legs by hand
            _check_calls(account, findings)


def _went_as_one(view: View, trade: TradeRow) -> bool:
    """Say whether nothing but orders of ours ever moved a leg."""
    by_orders = all(fill.kind == "FILL" for fill in view.fills.get(trade.id, ()))
    ours = not any(order.tag.startswith(OUTSIDE) for order in view.orders.get(trade.id, ()))
    options = not any(leg.holds_shares for leg in trade.legs)
    return by_orders and ours and options and not trade.lacks_a_leg


def _check_exits(view: View, trade: TradeRow, findings: Findings) -> None:
    """Each exit takes all legs, each in its ratio."""
    whole = {leg.symbol: leg.ratio for leg in trade.legs}
    for order in view.orders.get(trade.id, ()):
        if order.role == "EXIT":
            moved = {str(leg["symbol"]): int(leg["ratio"]) for leg in order.legs}
            text = f"{order.tag} leaves with {moved or order.symbol}, held are {whole}"
            findings.check(38, moved == whole, text, trade.id)


def _check_calls(account: TruthAccount, findings: Findings) -> None:
    """Collateral is promised once: no more calls are short than calls and shares of the account cover."""
    free: dict[str, Decimal] = {}
    for symbol, quantity in account.positions.items():
        contract = parse(symbol)
        if contract is None:
            free[symbol] = free.get(symbol, Decimal(0)) + max(quantity, Decimal(0)) / SHARES
        elif contract.right is Right.CALL:
            underlying = contract.underlying
            free[underlying] = free.get(underlying, Decimal(0)) + quantity
    for underlying, quantity in free.items():
        text = f"{-quantity} calls of {underlying} are short in {account.account_id} without cover"
        findings.check(38, quantity >= 0, text)

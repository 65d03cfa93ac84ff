"""Interactive Brokers' positions, money and owners in papertape's words (wire/ibkr.md, 11)."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final

from chalicelib.brokers.ibkr.environment import is_account_of
from chalicelib.brokers.ibkr.parse_contracts import described_symbol
from chalicelib.brokers.interface import Balance, ConnectionReport, Position
from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.instruments.tickers import spell_ticker
from chalicelib.vendors.wire import Node, UnreadablePayload, as_node, number, text, whole

#: A page that is not full is the last one.
PAGE_ROWS: Final = 100
_SHARES: Final = "STK"
_OPTIONS: Final = "OPT"
_DOLLARS: Final = "USD"
NOT_THIS_ACCOUNT: Final = "These credentials do not belong to this account"
WHICH_ACCOUNT: Final = "These credentials have several accounts or none: name one"
OTHER_MONEY: Final = {
    BrokerMode.IBKR_PAPER: "This is not a paper account: those begin with DU",
    BrokerMode.IBKR_LIVE: "This is not a live account: those that begin with D are paper",
}


def rows_of(body: object, place: str) -> Sequence[Node]:
    """Return the objects of a list; anything else is no list (I-06)."""
    if not isinstance(body, list):
        raise UnreadablePayload(f"{place} are no list")
    return [as_node(value, place) for value in body]


def unnamed_conids(rows: Sequence[Node]) -> list[int]:
    """Return the conids of options whose description does not name them."""
    return [
        whole(row, "conid") or 0
        for row in rows
        if text(row, "assetClass") == _OPTIONS and described_symbol(text(row, "contractDesc") or "") is None
    ]


def named_contracts(rows: Sequence[Node]) -> dict[int, str]:
    """Return the symbols of positions that say themselves what they are of, by conid."""
    named = ((whole(row, "conid"), _symbol_said(row)) for row in rows)
    return {conid: symbol for conid, symbol in named if conid is not None and symbol is not None}


def parse_positions(rows: Sequence[Node], symbol_of: Callable[[int], str]) -> tuple[Position, ...]:
    """Read what the account holds of shares and options; sizes are signed, costs are per contract."""
    found = []
    for row in rows:
        kind, quantity = text(row, "assetClass"), number(row, "position")
        description, conid = text(row, "contractDesc"), whole(row, "conid")
        if kind is None or quantity is None or description is None or conid is None:
            raise UnreadablePayload("a position without its contract or its size")
        if kind not in {_SHARES, _OPTIONS} or not quantity:
            continue
        symbol = _symbol_said(row) or symbol_of(conid)
        cost = number(row, "avgCost")
        basis = None if cost is None else abs(cost * quantity)
        found.append(Position(symbol=symbol, quantity=quantity, cost_basis=basis))
    return tuple(found)


def _symbol_said(row: Node) -> str | None:
    """Return what a position says that it is of: a ticker, or an option's description."""
    description = text(row, "contractDesc") or ""
    if text(row, "assetClass") == _SHARES:
        return spell_ticker(text(row, "ticker") or description)
    return described_symbol(description)


def parse_balance(body: object) -> Balance:
    """Read the account's money; options are bought out of the available funds."""
    summary = as_node(body, "a summary")
    cash = _amount(summary, "totalcashvalue")
    if cash is None:
        raise UnreadablePayload("a summary without its cash")
    return Balance(
        equity=_amount(summary, "netliquidation"),
        cash=cash,
        buying_power=_amount(summary, "availablefunds"),
    )


def parse_accounts(body: object, account_id: str, mode: BrokerMode) -> ConnectionReport:
    """Say whether the access token has this account of a kind of money; an empty one means the only one."""
    rows = rows_of(body, "accounts")
    known = {text(row, "accountId") or text(row, "id"): row for row in rows}
    named = account_id or (next(iter(known)) if len(known) == 1 else None)
    row = None if named is None else known.get(named)
    if row is None or named is None:
        return not_accepted(account_id or None, NOT_THIS_ACCOUNT if account_id else WHICH_ACCOUNT)
    reason = None
    if not is_account_of(named, mode):
        reason = OTHER_MONEY[mode]
    elif row.get("brokerageAccess") is False or row.get("noClientTrading") is True:
        reason = "These credentials may look at the account and not trade in it"
    return ConnectionReport(
        ok=reason is None,
        account_id=named,
        account_type=text(row, "tradingType"),
        status="active" if (text(row, "clearingStatus") or "O") == "O" else "closed",
        options_level=None,
        reason=reason,
    )


def not_accepted(account_id: str | None, reason: str) -> ConnectionReport:
    """Return the report of credentials that are of no use."""
    return ConnectionReport(
        ok=False, account_id=account_id, account_type=None, status=None, options_level=None, reason=reason
    )


def _amount(summary: Node, name: str) -> Decimal | None:
    row = summary.get(name)
    if row is None:
        return None
    node = as_node(row, name)
    if node.get("isNull") is True or text(node, "currency") not in {_DOLLARS, None}:
        return None
    return number(node, "amount")

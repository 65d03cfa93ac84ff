"""What Binance says an account holds, and what that is worth; pure (wire/binance.md, 7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from chalicelib.brokers.binance.parse import QUOTE
from chalicelib.brokers.binance.payloads import must_number, must_text, rows
from chalicelib.brokers.interface import Asset, Balance, ConnectionReport, Position
from chalicelib.domain.money import ZERO, to_cents
from chalicelib.vendors.wire import Node, as_node, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What there is of one asset, and what of it orders do not hold back."""

    total: Decimal
    free: Decimal


def parse_holdings(body: object) -> Mapping[str, Holding]:
    """Read an account's balances by asset; those that are nothing are left out."""
    found = {}
    for row in rows(as_node(body, "the account").get("balances"), "balances"):
        free, locked = must_number(row, "free"), must_number(row, "locked")
        if free + locked:
            found[must_text(row, "asset")] = Holding(total=free + locked, free=free)
    return found


def positions_of(holdings: Mapping[str, Holding]) -> tuple[Position, ...]:
    """Return what is held as pairs against USDT; what there is of that is money."""
    return tuple(
        Position(symbol=f"{asset}{QUOTE}", quantity=held.total, cost_basis=None)
        for asset, held in holdings.items()
        if asset != QUOTE
    )


def balance_of(holdings: Mapping[str, Holding], prices: Mapping[str, Decimal]) -> Balance:
    """Value an account in USDT; an asset that has no pair against it counts for nothing."""
    money = holdings.get(QUOTE, Holding(total=ZERO, free=ZERO))
    assets = tuple(
        Asset(symbol=pair, quantity=held.total, worth=held.total * prices[pair] if pair in prices else None)
        for asset, held in holdings.items()
        if (pair := f"{asset}{QUOTE}") and asset != QUOTE
    )
    others = sum((one.worth for one in assets if one.worth is not None), ZERO)
    return Balance(
        equity=to_cents(money.total + others),
        cash=to_cents(money.total),
        buying_power=to_cents(money.free),
        assets=assets,
    )


def parse_prices(body: object) -> Mapping[str, Decimal]:
    """Read last prices by pair."""
    return {must_text(row, "symbol"): must_number(row, "price") for row in rows(body, "prices")}


def report_of(body: object, account_id: str | None) -> ConnectionReport:
    """Say what the exchange says of an account: its number is the key's own."""
    row: Node = as_node(body, "the account")
    own, may_trade = text(row, "uid"), row.get("canTrade") is True
    is_other = account_id is not None and own is not None and own != account_id
    reason = None
    if is_other:
        reason = "The key belongs to another account"
    elif not may_trade:
        reason = "The key may not trade: switch spot trading on for it"
    return ConnectionReport(
        ok=reason is None,
        account_id=account_id if is_other else own or account_id,
        account_type=text(row, "accountType"),
        status="active" if may_trade else "restricted",
        options_level=None,
        reason=reason,
    )

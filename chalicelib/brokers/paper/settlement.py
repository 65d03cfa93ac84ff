"""What the clearing house does to a paper account: expiry, assignment, dividends (W-05).

Pure but for the ledger that it moves. Each event has a key, so that what is asked for twice is done once.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from chalicelib.brokers.errors import Refused
from chalicelib.brokers.paper.collateral import contract_of, multiplier_of, terms_of
from chalicelib.brokers.paper.execution import follow_alternatives
from chalicelib.brokers.paper.groups import Groups, PositionGroup, without
from chalicelib.brokers.paper.ledger import EventKind, Holding, Ledger, PaperEvent
from chalicelib.brokers.paper.positions_asked import closable
from chalicelib.domain.instruments.symbols import OptionType
from chalicelib.domain.money import CENT, ZERO
from chalicelib.domain.structures.exposure import intrinsic
from chalicelib.domain.trading.orders import OrderStatus

CLOSED_BY_ASSIGNMENT: Final = "what it was to close has been assigned"


def settle_expired(ledger: Ledger, prices: Mapping[str, Decimal], now: datetime) -> None:
    """Take expired contracts off the books: in cash at intrinsic value, or by shares where a group delivers.

    `prices` maps the contracts to the price of their underlying that they settle on. In the money is by a
    cent or more.
    """
    for symbol, price in prices.items():
        holding = ledger.holdings.get(symbol)
        if holding is None:
            continue
        (leg,) = terms_of({symbol: holding.quantity})
        value = intrinsic(leg, price)
        if value >= CENT:
            delivering = [group for group in ledger.groups if group.delivers]
            contracts = -sum((group.quantities.get(symbol, ZERO) for group in delivering), ZERO)
            if contracts > 0:
                _assign(ledger, f"expiry:{symbol}:shares", symbol, contracts, now)
        holding = ledger.holdings.get(symbol)
        if holding is not None:
            _settle_in_cash(ledger, holding, value if value >= CENT else ZERO, now)
        ledger.groups = without(ledger.groups, symbol)


def _settle_in_cash(ledger: Ledger, holding: Holding, value: Decimal, now: datetime) -> None:
    cash = value * multiplier_of(holding.symbol) * holding.quantity
    _record(
        ledger,
        PaperEvent(
            key=f"expiry:{holding.symbol}:cash",
            kind=EventKind.SETTLED,
            symbol=holding.symbol,
            quantity=holding.quantity,
            price=value,
            cash=cash,
            happened_at=now,
        ),
    )
    ledger.move(holding, -holding.quantity, -cash, now)


def assign(ledger: Ledger, key: str, symbol: str, contracts: Decimal, now: datetime) -> PaperEvent:
    """Deliver shares against so many contracts of a short option; raises Refused where fewer are short.

    Working orders that were to close more than is left end.
    """
    known = ledger.events.get(key)
    if known is not None:
        return known
    if not 0 < contracts <= -ledger.held(symbol):
        raise Refused(f"{contracts.normalize():f} of {symbol} cannot be assigned")
    event = _assign(ledger, key, symbol, contracts, now)
    for order in ledger.live():
        if order.remaining > closable(ledger, order.parts):
            order.end(OrderStatus.CANCELED, now, CLOSED_BY_ASSIGNMENT)
            follow_alternatives(ledger, order)
    return event


def _assign(ledger: Ledger, key: str, symbol: str, contracts: Decimal, now: datetime) -> PaperEvent:
    """Exchange a short option for shares at its strike: a put brings them, a call takes them."""
    contract, holding = contract_of(symbol), ledger.holdings[symbol]
    assert contract is not None
    shares = contracts * multiplier_of(symbol) * (1 if contract.option_type is OptionType.PUT else -1)
    paid = shares * contract.strike
    event = PaperEvent(
        key=key,
        kind=EventKind.ASSIGNED,
        symbol=symbol,
        quantity=-contracts,
        price=contract.strike,
        cash=-paid,
        happened_at=now,
    )
    _record(ledger, event)
    ledger.groups = _groups_after(ledger.groups, symbol, contracts, shares / contracts)
    ledger.move(holding, contracts, ZERO, now)
    ledger.move(ledger.holding(holding.underlying, holding.underlying), shares, paid, now)
    return event


def _groups_after(groups: Groups, symbol: str, contracts: Decimal, shares_each: Decimal) -> Groups:
    """Return the groups once contracts became shares: those that deliver first, the oldest first."""
    changed: dict[int, PositionGroup] = {}
    for number, group in sorted(enumerate(groups), key=lambda one: not one[1].delivers):
        taken = min(contracts, max(ZERO, -group.quantities.get(symbol, ZERO)))
        contracts -= taken
        changed[number] = group.changed(symbol, taken).changed(group.underlying, taken * shares_each)
    left = (changed[number] for number in range(len(groups)))
    return tuple(group.without_idle_shares() for group in left if group.is_short)


def pay_dividend(
    ledger: Ledger, underlying: str, ex_date: date, per_share: Decimal, now: datetime
) -> PaperEvent | None:
    """Pay a dividend on the shares that are held, charge it on those that are short; None without any.

    For the eve of the ex-date, once trading has ended: who holds the shares then has it.
    """
    key = f"dividend:{underlying}:{ex_date}"
    shares = ledger.held(underlying)
    if key in ledger.events or shares == 0:
        return ledger.events.get(key)
    event = PaperEvent(
        key=key,
        kind=EventKind.DIVIDEND,
        symbol=underlying,
        quantity=shares,
        price=per_share,
        cash=shares * per_share,
        happened_at=now,
    )
    _record(ledger, event)
    ledger.cash += event.cash
    ledger.realize(event.cash, now)
    return event


def _record(ledger: Ledger, event: PaperEvent) -> None:
    ledger.events[event.key] = event

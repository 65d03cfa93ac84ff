"""What a session's open and close do to orders, and expiry to what is held."""

from collections.abc import Iterable
from datetime import datetime

from infra.local.emulators.brokerage.account import Account
from infra.local.emulators.brokerage.orders import Duration, Order, OrderClass, Status
from infra.local.emulators.market.feed import Feed
from infra.local.emulators.market.instruments import Kind
from infra.local.emulators.market.listing import last_session
from infra.local.emulators.market.occ import parse
from infra.local.emulators.market.sessions import Session, new_york_date


def open_orders(orders: Iterable[Order], session: Session) -> None:
    """Open what was pending for the session; exits that wait for their entry go on waiting."""
    for order in orders:
        waiting = order.legs[1:] if order.order_class in {OrderClass.OTO, OrderClass.OTOCO} else []
        for one in order.family():
            if one.status is Status.PENDING and one not in waiting:
                one.status, one.changed_at = Status.OPEN, session.open_at


def ends_with(order: Order, session: Session) -> bool:
    """Say whether the session's close ends an order: day orders, and those on options that expire today."""
    legs = list(order.trading_legs())
    contracts = [leg.contract for leg in legs]
    lasts = [last_session(contract) for contract in contracts if contract is not None]
    expiring = any(last is not None and last.day <= session.day for last in lasts)
    return expiring or legs[0].duration is not Duration.GTC


def settle_expired(account: Account, feed: Feed, at: datetime, *, delivers_shares: bool) -> None:
    """Take options that expired on an earlier New York day off the books.

    Those in the money bring shares where `delivers_shares` and there are any, else their value in cash.
    """
    for symbol in account.expired_symbols(new_york_date(at)):
        contract = parse(symbol)
        if contract is None:
            continue
        close = feed.settlement(contract)
        instrument = feed.market.instrument(contract.underlying)
        if close is not None:
            is_index = instrument is not None and instrument.kind is Kind.INDEX
            account.settle_expired(symbol, close, at, delivers=delivers_shares and not is_index)

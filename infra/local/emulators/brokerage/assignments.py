"""Short American options assigned early, over night: as told, and as a model of holders has it (W-05).

A notice of a day is carried out at its midnight in New York, for what is then still short. Working orders
that would close more than is left go with it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from infra.local.emulators.brokerage.account import Account
from infra.local.emulators.brokerage.order_book import OrderBook
from infra.local.emulators.brokerage.orders import Order, Status
from infra.local.emulators.market.calendars import Calendars
from infra.local.emulators.market.feed import Feed
from infra.local.emulators.market.instruments import Kind
from infra.local.emulators.market.occ import Contract, Right, parse
from infra.local.emulators.market.sessions import (
    NEW_YORK,
    ONE_DAY,
    Session,
    new_york_date,
    session_after,
    session_on,
)

#: Dollars per share that a holder loses by selling what exercise would bring more for.
DISCOUNT: Final = 0.05
NEAR_EXPIRY: Final = timedelta(days=4)
DEEP: Final = 0.05
_LAST_SECOND: Final = timedelta(seconds=1)


class NotAssignable(ValueError):
    """Nobody can assign that; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Contracts of a short position that are assigned in the night after a New York date."""

    account_id: str
    symbol: str
    quantity: int
    day: date


class Assignments:
    """The notices of one environment; `by_model` has holders exercise by themselves too."""

    def __init__(self, feed: Feed, book: OrderBook, calendars: Calendars, *, by_model: bool) -> None:
        self._feed = feed
        self._book = book
        self._calendars = calendars
        self._by_model = by_model
        self._notices: list[Notice] = []
        self._next_night = new_york_date(feed.market.now())

    def tell(self, account: Account, symbol: str, quantity: int) -> None:
        """Have short contracts assigned in the coming night. Raises NotAssignable."""
        contract = parse(symbol)
        if contract is None or not self._is_american(contract):
            raise NotAssignable("only American options are assigned early")
        told = sum(one.quantity for one in self._notices_of(account, symbol))
        if quantity < 1 or quantity + told > -account.held(symbol):
            raise NotAssignable(f"the account is short of {max(-account.held(symbol) - told, 0)} {symbol}")
        day = new_york_date(self._feed.market.now())
        self._notices.append(Notice(account_id=account.account_id, symbol=symbol, quantity=quantity, day=day))

    def pass_nights(self, accounts: Iterable[Account], at: datetime) -> None:
        """Carry out what the nights up to an instant bring, one after the other."""
        books = list(accounts)
        while self._next_night < new_york_date(at):
            day = self._next_night
            session = session_on(day) if self._by_model else None
            for account in books:
                due = list(self._notices_due(account, day))
                if session is not None:
                    due += self._exercised(account, session)
                for symbol, quantity in due:
                    self._assign(account, symbol, quantity, _midnight_after(day))
            self._notices = [one for one in self._notices if one.day > day]
            self._next_night = day + ONE_DAY

    def state(self) -> list[Notice]:
        """Return what is still to be carried out."""
        return list(self._notices)

    def restore(self, notices: Iterable[Notice], next_night: date) -> None:
        """Carry out what a former run left, from a night on."""
        self._notices, self._next_night = list(notices), next_night

    def _notices_of(self, account: Account, symbol: str) -> Iterator[Notice]:
        return (one for one in self._notices if (one.account_id, one.symbol) == (account.account_id, symbol))

    def _notices_due(self, account: Account, day: date) -> Iterator[tuple[str, int]]:
        for one in self._notices:
            if one.account_id == account.account_id and one.day <= day:
                yield one.symbol, one.quantity

    def _exercised(self, account: Account, session: Session) -> Iterator[tuple[str, int]]:
        """Yield the short positions whose holders exercise after a session."""
        for position in list(account.positions.values()):
            contract = parse(position.symbol)
            if contract is not None and position.quantity < 0 and self._is_exercised(contract, session):
                yield position.symbol, -position.quantity

    def _is_exercised(self, contract: Contract, session: Session) -> bool:
        if contract.expiry <= session.day or not self._is_american(contract):
            return False
        last = session.close_at - _LAST_SECOND
        chain = self._feed.market.chain(contract.underlying, contract.expiry, last, contract.root)
        row = None if chain is None else chain.row_of(contract)
        if chain is None or row is None:
            return False
        is_call = contract.right is Right.CALL
        inside = chain.spot - contract.strike if is_call else contract.strike - chain.spot
        if inside <= 0:
            return False
        side = chain.side(contract.right)
        bid, ask = float(side.bid[row]), float(side.ask[row])
        is_near = contract.expiry - session.day <= NEAR_EXPIRY
        if is_near and inside > DEEP * contract.strike and bid < inside - DISCOUNT:
            return True
        return is_call and self._dividend_after(contract, session) > max((bid + ask) / 2 - inside, 0.0)

    def _dividend_after(self, contract: Contract, session: Session) -> float:
        """Return the dollars per share that a holder of the next session's open has no more claim to."""
        instrument = self._feed.market.instrument(contract.underlying)
        following = session_after(session.day).day
        paid = None if instrument is None else self._calendars.dividends(instrument, session.day)
        return sum(one.amount for one in paid or () if session.day < one.ex_date <= following)

    def _is_american(self, contract: Contract) -> bool:
        instrument = self._feed.market.instrument(contract.underlying)
        return instrument is not None and instrument.kind is not Kind.INDEX

    def _assign(self, account: Account, symbol: str, quantity: int, at: datetime) -> None:
        short = -account.held(symbol)
        assigned = min(quantity, short)
        if assigned < 1:
            return
        account.assign(symbol, assigned, at)
        left = short - assigned
        for order in self._book.working_of(account.account_id):
            closes = _closes(order, symbol)
            if closes > left:
                order.end(Status.CANCELED, at)
                self._book.retire(order)
            else:
                left -= closes


def _closes(order: Order, symbol: str) -> int:
    """Return the contracts of a short that an order would still buy back."""
    buying = (leg for leg in order.trading_legs() if leg.instrument == symbol and leg.buys)
    return max((leg.remaining for leg in buying), default=0)


def _midnight_after(day: date) -> datetime:
    return datetime.combine(day + ONE_DAY, time(), NEW_YORK).astimezone(UTC)

"""One account's cash and positions, moved only by fills and expiries."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from infra.local.emulators.brokerage.orders import SHARES_PER_CONTRACT, ZERO
from infra.local.emulators.market.occ import Right, parse
from infra.local.emulators.market.sessions import new_york_date

FIRST_POSITION: Final = 4_000_001


@dataclass(slots=True, kw_only=True)
class Position:
    """What is held of one symbol: signed quantity, cost in dollars (negative when short)."""

    position_id: int
    symbol: str
    quantity: int
    cost: Decimal
    acquired_at: datetime

    @property
    def multiplier(self) -> int:
        """Shares per unit of quantity."""
        return 1 if parse(self.symbol) is None else SHARES_PER_CONTRACT


@dataclass(frozen=True, slots=True, kw_only=True)
class Fees:
    """What a broker takes in dollars per option contract: to open, to close, at most of opening one leg."""

    to_open: Decimal
    to_close: Decimal | None = None
    leg_max: Decimal | None = None


@dataclass(slots=True, kw_only=True)
class Account:
    """An account; `commission` is dollars per option contract.

    `commission_to_close` where closing costs another, `commission_max` the most of opening an order's leg.
    """

    account_id: str
    token: str
    cash: Decimal
    account_type: str
    option_level: int
    status: str
    opened_at: datetime
    commission: Decimal
    positions: dict[str, Position] = field(default_factory=dict)
    realised_on: date | None = None
    realised: Decimal = ZERO
    next_position: int = FIRST_POSITION
    taken: dict[str, int] = field(default_factory=dict)
    commission_to_close: Decimal | None = None
    commission_max: Decimal | None = None

    def held(self, symbol: str) -> int:
        """Return the signed quantity held of a symbol."""
        position = self.positions.get(symbol)
        return 0 if position is None else position.quantity

    def fees(self, symbol: str, quantity: int, *, closes: bool = False) -> Decimal:
        """Return the commission of so many of one order's leg: per option contract, none on shares."""
        if parse(symbol) is None:
            return ZERO
        if closes and self.commission_to_close is not None:
            return self.commission_to_close * quantity
        commission = self.commission * quantity
        return commission if self.commission_max is None else min(commission, self.commission_max)

    def trade(
        self, symbol: str, quantity: int, price: Decimal, at: datetime, *, closes: bool, filled_before: int
    ) -> None:
        """Book a fill: signed quantity, price per share; its order had filled so much of the leg before."""
        multiplier = 1 if parse(symbol) is None else SHARES_PER_CONTRACT
        filled = filled_before + abs(quantity)
        fees = self.fees(symbol, filled, closes=closes) - self.fees(symbol, filled_before, closes=closes)
        self.cash -= price * quantity * multiplier + fees
        self._move(symbol, quantity, price * multiplier, at)

    def settle_expired(self, symbol: str, official_close: float, at: datetime, *, delivers: bool) -> None:
        """Take an expired option off the books: its intrinsic value in cash, or shares for the strike.

        Shares come in at the close, so that what the option earned is not counted twice.
        """
        position, contract = self.positions.get(symbol), parse(symbol)
        if position is None or contract is None:
            return
        strike = Decimal(contract.strike_thousandths) / 1000
        close = Decimal(str(official_close))
        inside = close - strike if contract.right is Right.CALL else strike - close
        worth = max(inside, ZERO) * SHARES_PER_CONTRACT
        held = position.quantity
        shares = held * SHARES_PER_CONTRACT * (1 if contract.right is Right.CALL else -1)
        self._move(symbol, -held, worth, at)
        if delivers and inside > 0:
            self.cash -= strike * shares
            self._move(contract.underlying, shares, close, at)
        else:
            self.cash += worth * held

    def assign(self, symbol: str, quantity: int, at: datetime) -> None:
        """Take assigned contracts of a short option off the books, and deal in shares at the strike.

        What was received for the option stays earned, and is counted as realised.
        """
        contract = parse(symbol)
        assert contract is not None, "only options are assigned"
        strike = Decimal(contract.strike_thousandths) / 1000
        shares = quantity * SHARES_PER_CONTRACT * (-1 if contract.right is Right.CALL else 1)
        self._move(symbol, quantity, ZERO, at)
        self.cash -= strike * shares
        self._move(contract.underlying, shares, strike, at)

    def take_away(self, symbol: str, quantity: int, at: datetime) -> None:
        """Move a position by no fill, at no price; cash stays."""
        self._move(symbol, -quantity, ZERO, at)
        self.taken[symbol] = self.taken.get(symbol, 0) + quantity

    def expired_symbols(self, before: date) -> Iterator[str]:
        """Yield the options held that expired before a date."""
        for symbol in list(self.positions):
            contract = parse(symbol)
            if contract is not None and contract.expiry < before:
                yield symbol

    def _move(self, symbol: str, quantity: int, worth: Decimal, at: datetime) -> None:
        """Change a position by a signed quantity, each unit worth so many dollars."""
        position = self.positions.get(symbol)
        if position is None:
            self.positions[symbol] = Position(
                position_id=self.next_position,
                symbol=symbol,
                quantity=quantity,
                cost=worth * quantity,
                acquired_at=at,
            )
            self.next_position += 1
            return
        if position.quantity * quantity > 0:
            position.cost += worth * quantity
        else:
            closed = min(abs(quantity), abs(position.quantity))
            sign = 1 if position.quantity > 0 else -1
            basis = position.cost * closed / abs(position.quantity)
            self._realise(worth * closed * sign - basis, at)
            left = abs(quantity) - closed
            position.cost = position.cost - basis if not left else worth * (-sign * left)
        position.quantity += quantity
        if position.quantity == 0:
            del self.positions[symbol]

    def _realise(self, gain: Decimal, at: datetime) -> None:
        day = new_york_date(at)
        if self.realised_on != day:
            self.realised_on, self.realised = day, ZERO
        self.realised += gain

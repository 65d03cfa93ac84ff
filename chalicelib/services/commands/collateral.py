"""What an entry needs of its account beside the price: cash for a short put, shares for a call (W-01).

Cash is what the broker says is free, less what was promised since it said so. Shares are those in the same
account's books, less what other calls there have been promised. Both are counted under the user's turn, so
that two entries at once promise them once, and none is promised while it is sold.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection

from chalicelib.brokers.interface import Broker
from chalicelib.domain.accounts import AccountRef
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.money import ZERO
from chalicelib.domain.structures.collateral import collateral_of
from chalicelib.domain.structures.exposure import uncovered_units
from chalicelib.domain.trading.commands import PlaceTrade
from chalicelib.domain.trading.limits import Breach
from chalicelib.domain.trading.trades import ENTERING, Trade
from chalicelib.services.commands.listed import Listed
from chalicelib.services.environment import Environment
from chalicelib.services.errors import FieldError, Invalid, RiskLimitReached, Unavailable
from chalicelib.store.trades.promised import read_uncounted
from chalicelib.store.trades.trades import load_trades, load_working_trades
from chalicelib.store.turns import take_turn
from chalicelib.vendors.errors import VendorError

COLLATERAL: Final = "collateral"


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeCash:
    """What a broker said is free in an account, dollars, and when it was asked."""

    amount: Decimal
    read_at: datetime


def read_free_cash(env: Environment, broker: Broker, listed: Listed, qty: Decimal) -> FreeCash | None:
    """Read what is free in the account where an entry puts cash aside; None where it does not.

    Raises Unavailable: without the figure nothing is entered.
    """
    if listed.collateral(qty).reserve == 0:
        return None
    read_at = env.clock.now()
    try:
        balance = broker.balance()
    except VendorError as error:
        raise Unavailable(error.reason, retry_after_seconds=5) from error
    free = balance.buying_power if balance.buying_power is not None else balance.cash
    if free is None:
        raise Unavailable("The broker does not say what cash is free.", retry_after_seconds=5)
    return FreeCash(amount=free, read_at=read_at)


def check_collateral(
    connection: Connection,
    account: AccountRef,
    command: PlaceTrade,
    listed: Listed,
    free_cash: FreeCash | None,
) -> None:
    """Raise RiskLimitReached when cash or shares are not there; in the transaction that stores the entry.

    Raises Invalid for a naked call.
    """
    needed = listed.collateral(command.qty)
    if free_cash is not None:
        free = max(free_cash.amount - _promised_cash(connection, account, free_cash.read_at), ZERO)
        if needed.cash > free:
            raise RiskLimitReached(COLLATERAL, needed.cash, free)
    lacking = lacking_shares(connection, account, command, listed)
    if lacking is not None:
        raise RiskLimitReached(lacking.limit, lacking.value, lacking.allowed)


def _promised_cash(connection: Connection, account: AccountRef, read_at: datetime) -> Decimal:
    """Return what entries need that the broker did not know of, those of other strategies among them."""
    uncounted = read_uncounted(connection, account, read_at)
    trades = load_trades(connection, uncounted) if uncounted else []
    return sum((_needed_cash(one) for one in trades), ZERO)


def _needed_cash(trade: Trade) -> Decimal:
    """Return the cash that a trade's entry needs, at the worst price that it may walk to."""
    worst = None if trade.walk is None else trade.walk.worst
    prices = (worst, trade.limit_price, trade.asked_price, trade.entry_price)
    price = next((one for one in prices if one is not None), ZERO)
    return collateral_of([leg.terms for leg in trade.legs], price, trade.qty).cash


def lacking_shares(
    connection: Connection, account: AccountRef, command: PlaceTrade, listed: Listed
) -> Breach | None:
    """Return what shares a call lacks of those that the account's books hold free; None where it has them.

    Raises Invalid where no shares are held at all: that is no covered call short of shares, but a naked one.
    """
    needed = listed.collateral(command.qty)
    if needed.shares > 0:
        trades = [one for one in load_working_trades(connection, account) if one.ticker == command.ticker]
        if not any(held_shares(one) > 0 for one in trades):
            message = "The loss of a call without its shares has no limit: the account holds none."
            raise Invalid([FieldError(field="legs", message=message)])
        free = free_shares(trades)
        if needed.shares > free:
            return Breach(limit=COLLATERAL, value=needed.shares, allowed=max(free, ZERO))
    return None


def check_shares_kept(connection: Connection, trade: Trade, closed: Decimal) -> None:
    """Raise RiskLimitReached for a close of shares that a short call of the account has been promised.

    It would leave that call naked (W-01). Shares that leave together with their own call are free to.
    """
    if trade.open_qty == 0:
        return  # sold already, though an order of it is still shown at work
    leaving = (held_shares(trade) - _promised(trade)) * closed / trade.open_qty
    if leaving <= 0:
        return
    take_turn(connection, trade.username)
    trades = [one for one in load_working_trades(connection, trade.account) if one.ticker == trade.ticker]
    free = free_shares(trades)
    if leaving > free:
        raise RiskLimitReached(COLLATERAL, leaving, max(free, ZERO))


def free_shares(trades: Iterable[Trade]) -> Decimal:
    """Return how many shares an account's trades of one ticker hold that no short call has been promised."""
    return sum((held_shares(trade) - _promised(trade) for trade in trades), ZERO)


def held_shares(trade: Trade) -> Decimal:
    """Return the shares of a trade that stay: none of those that a close is about to sell."""
    stays = trade.sellable_qty
    if trade.close_requested_at is not None:
        stays = ZERO if trade.closing_qty is None else max(stays - trade.closing_qty, ZERO)
    return sum(
        (
            (ZERO if stays == 0 else leg.held(stays)) * leg.side.sign
            for leg in trade.legs
            if leg.instrument is Instrument.EQUITY
        ),
        ZERO,
    )


def _promised(trade: Trade) -> Decimal:
    """Return what shares the calls of a trade need beside its own legs; what may still fill counts."""
    options = [leg for leg in trade.legs if leg.instrument is Instrument.OPTION]
    structures = trade.qty if trade.status in ENTERING else trade.open_qty
    return uncovered_units([leg.terms for leg in options]) * structures if options else ZERO

"""An option that was assigned or exercised before its expiry, as positions show it (W-05).

Never guessed from a position that is gone: shares must have come for it, or gone, at the strike, and no order
in the account may explain it. Everything else is missing like what was sold by hand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection

from chalicelib.brokers.interface import OrderList, Position
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.symbols import OptionType
from chalicelib.domain.money import CENT, ZERO
from chalicelib.domain.trading.legs import Leg
from chalicelib.domain.trading.trades import HOLDING
from chalicelib.services.lifecycle.settle_legs import book_early
from chalicelib.services.lifecycle.stood import Stood
from chalicelib.services.sync.account_round import AccountRound
from chalicelib.services.sync.listed_trades import closes, trading

_RULE: Final = "assignment"


@dataclass(slots=True, kw_only=True)
class _Shares:
    """Shares of one underlying that came (above 0) or went, and that no trade of ours explains."""

    beyond: Decimal
    paid: Decimal | None
    """Dollars per share of all that the account holds, None where that says nothing of these."""


def book_assigned(
    look: AccountRound,
    connection: Connection,
    listed: OrderList,
    positions: Sequence[Position],
    stood: Sequence[Stood],
    believed: Mapping[str, Decimal],
) -> frozenset[str]:
    """Book what positions show as assigned or exercised; `believed` is what is off, by symbol.

    Returns the symbols that this explains, those of the shares included.
    """
    if not positions:
        return frozenset()  # nothing held at all may be an answer that lacks it: it shows no delivery (I-06)
    explained: set[str] = set()
    for symbol, off in believed.items():
        if off >= 0:
            continue
        holders = [one.trade for one in stood if one.trade.status in HOLDING and symbol in one.trade.symbols]
        left = -off
        for trade in holders:
            leg = trade.leg_of(symbol)
            if leg.instrument is not Instrument.OPTION or _was_traded(listed, leg):
                break
            lost = min(left, leg.held(trade.open_qty) - trade.missing_of(leg))
            shares = _shares_beyond(positions, stood, trade.ticker)
            count = min(lost, _contracts_in(shares, leg))
            if count <= 0:
                continue
            book_early(look.keeper.env, connection, trade.id, symbol, count, _RULE)
            look.wrote = True
            left -= count
            # What is left unexplained is seen anew, beside books that know of these.
            explained |= {symbol, trade.ticker}
    return frozenset(explained)


def _was_traded(listed: OrderList, leg: Leg) -> bool:
    """Say whether an order of today closed some of it, whoever placed it."""
    return any(closes(one, leg) for _, one in trading(listed.orders))


def _shares_beyond(positions: Sequence[Position], stood: Sequence[Stood], ticker: str) -> _Shares:
    held = [one for one in positions if one.symbol == ticker]
    quantity = sum((one.quantity for one in held), ZERO)
    explained = sum((one.trade.position_in(ticker) for one in stood if not one.trade.is_ended), ZERO)
    cost = held[0].cost_basis if len(held) == 1 else None
    tells = cost is not None and quantity != 0 and explained == 0
    paid = abs(cost / quantity) if tells and cost is not None else None
    return _Shares(beyond=quantity - explained, paid=paid)


def _contracts_in(shares: _Shares, leg: Leg) -> Decimal:
    """Return how many contracts of a leg these shares came of."""
    buys = 1 if leg.option_type is OptionType.CALL else -1
    one = buys * leg.side.sign * leg.multiplier
    assert leg.strike is not None
    if shares.beyond * one <= 0 or (shares.paid is not None and abs(shares.paid - leg.strike) > CENT):
        return ZERO
    return shares.beyond // one

"""An option that was assigned or exercised before its expiry, as positions show it (W-05).

Never guessed from a position that is gone: shares must have come for it, or gone, at the strike, and no order
in the account may explain it. Everything else is missing like what was sold by hand.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection

from chalicelib.brokers.interface import OrderList, Position
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.money import ZERO
from chalicelib.domain.trading.deliveries import Gone, Shares, delivered
from chalicelib.domain.trading.trades import HOLDING
from chalicelib.services.lifecycle.settle_legs import book_early
from chalicelib.services.lifecycle.stood import Stood
from chalicelib.services.sync.account_round import AccountRound
from chalicelib.services.sync.books.listed_trades import closed_by_others

_RULE: Final = "assignment"


def book_assigned(
    look: AccountRound,
    connection: Connection,
    listed: OrderList,
    positions: Sequence[Position],
    stood: Sequence[Stood],
    believed: Mapping[str, Decimal],
) -> frozenset[str]:
    """Book what positions show as assigned or exercised; `believed` is what is off, by symbol.

    Returns the symbols that this explains, those of the shares included; what is left of them unexplained is
    seen anew, beside books that know of these.
    """
    if not positions:
        return frozenset()  # nothing held at all may be an answer that lacks it: it shows no delivery (I-06)
    explained: set[str] = set()
    gone: dict[str, list[Gone]] = {}
    for symbol, off in sorted(believed.items()):
        if off < 0:
            for ticker, one in _gone(look, connection, listed, stood, symbol, -off):
                gone.setdefault(ticker, []).append(one)
    for ticker, of_ticker in gone.items():
        came = delivered(of_ticker, _shares_beyond(positions, stood, ticker))
        # What brings shares first: what takes some is then delivered out of them (W-01).
        for one, count in sorted(came, key=lambda each: -each[0].shares_of_one):
            book_early(look.keeper.env, connection, one.trade_id, one.leg.symbol, count, _RULE)
            look.wrote = True
            explained |= {one.leg.symbol, ticker}
    return frozenset(explained)


def _gone(
    look: AccountRound,
    connection: Connection,
    listed: OrderList,
    stood: Sequence[Stood],
    symbol: str,
    missing: Decimal,
) -> list[tuple[str, Gone]]:
    """Return, with their underlying, which legs lost what is missing of an option and no order explains."""
    holders = [one.trade for one in stood if one.trade.status in HOLDING and symbol in one.trade.symbols]
    if not holders or holders[0].leg_of(symbol).instrument is not Instrument.OPTION:
        return []
    traded = closed_by_others(connection, look.account, holders[0].leg_of(symbol), listed)
    left = missing - sum((sale.quantity for sale in traded), ZERO)
    found = []
    for trade in holders:
        leg = trade.leg_of(symbol)
        lost = min(left, leg.held(trade.open_qty) - trade.missing_of(leg))
        if lost > 0:
            found.append((trade.ticker, Gone(trade_id=trade.id, leg=leg, quantity=lost)))
            left -= lost
    return found


def _shares_beyond(positions: Sequence[Position], stood: Sequence[Stood], ticker: str) -> Shares:
    held = [one for one in positions if one.symbol == ticker]
    quantity = sum((one.quantity for one in held), ZERO)
    explained = sum((one.trade.position_in(ticker) for one in stood if not one.trade.is_ended), ZERO)
    cost = held[0].cost_basis if len(held) == 1 else None
    tells = cost is not None and quantity != 0 and explained == 0
    paid = abs(cost / quantity) if tells and cost is not None else None
    return Shares(beyond=quantity - explained, paid=paid)

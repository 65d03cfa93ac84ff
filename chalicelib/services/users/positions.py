"""What a user holds, position by position, with its sums: over all accounts, from our own marks alone."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection

from chalicelib.domain.market.session_time import is_fresh
from chalicelib.domain.money import to_cents
from chalicelib.domain.trading.account_figures import PricedTrade
from chalicelib.domain.trading.position_book import Position, PositionBook, make_book
from chalicelib.services.environment import Environment
from chalicelib.services.market_hours import calendar_of
from chalicelib.services.users.account import BOOKEND_AFTER_MAX, last_close
from chalicelib.store.trades.position_facts import (
    PositionFacts,
    accounts_with_positions,
    read_position_facts,
)
from chalicelib.store.trades.priced_trades import priced_trades


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldNow:
    """The book as of an instant of product time."""

    book: PositionBook
    as_of: datetime


def read_positions(env: Environment, username: str) -> HeldNow:
    """Read what is held; `day_pnl` is since the last close, as the account's."""
    return env.database.run(lambda connection: _read(env, connection, username), username=username)


def _read(env: Environment, connection: Connection, username: str) -> HeldNow:
    now = env.clock.now()
    calendar = calendar_of(env, connection)
    closed_at = last_close(calendar, now)
    held = [
        trade
        for account in accounts_with_positions(connection, username)
        for trade in priced_trades(
            connection,
            account,
            instants={closed_at: closed_at + BOOKEND_AFTER_MAX},
            now=now,
            is_fresh=lambda mark_at, at, delayed: is_fresh(calendar, mark_at, at, delayed=delayed),
        )
        if trade.is_held
    ]
    facts = read_position_facts(connection, [trade.trade_id for trade in held]) if held else {}
    positions = [_position(trade, facts[trade.trade_id], closed_at) for trade in held]
    return HeldNow(book=make_book(positions), as_of=now)


def _position(trade: PricedTrade, known: PositionFacts, closed_at: datetime) -> Position:
    is_priced = trade.mark is not None and trade.worth is not None
    return Position(
        trade_id=trade.trade_id,
        ticker=known.ticker,
        is_priced=is_priced,
        open_pnl=trade.unrealized_pnl if is_priced else None,
        day_pnl=trade.change_since(closed_at),
        cost=None if known.entry_price is None else known.entry_price * trade.per_point,
        basis=known.basis,
        strategy_stop=trade.strategy_stop if trade.sl_price is None else None,
        exit_pnl=_exit_pnl(trade, known) if is_priced else None,
        bid=known.bid,
        ask=known.ask,
        underlying=known.underlying,
        greeks=known.greeks,
    )


def _exit_pnl(trade: PricedTrade, known: PositionFacts) -> Decimal | None:
    leaves_at = known.bid if trade.per_point > 0 else known.ask
    if leaves_at is None or known.entry_price is None:
        return None
    return to_cents((leaves_at - known.entry_price) * trade.per_point)

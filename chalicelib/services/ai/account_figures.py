"""The account of coins as its owner reads it (C-13): equity, the day, falls, and what models cost."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from sqlalchemy import Connection

from chalicelib.brokers.coins.account import STARTING_USDT
from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.ai.rules.drawdown import total_pct
from chalicelib.domain.clocks.instrument_calendars import ALWAYS_OPEN
from chalicelib.domain.money import ZERO, to_cents
from chalicelib.marketdata.interface import MarketDataError, Purpose
from chalicelib.services.ai.deciding.standing import (
    ACCOUNT,
    CoinsSeen,
    Funds,
    Standing,
    read_funds,
    read_standing,
)
from chalicelib.services.environment import Environment
from chalicelib.services.users.settings import load
from chalicelib.store.ai import costs
from chalicelib.store.ai.starts import Start, read_starts


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFigures:
    """Money in USDT, None where it is not known; `resets` oldest first, each with what the account had."""

    equity: Decimal | None = None
    free: Decimal | None = None
    start: Decimal | None = None
    resets: tuple[Start, ...] = ()
    today_pnl: Decimal | None = None
    peak: Decimal | None = None
    drawdown_pct: Decimal | None = None
    ai_cost_usd_today: Decimal = ZERO


def read_account(env: Environment, username: str, mode: BrokerMode) -> AccountFigures:
    """Read the account of coins in a mode; nothing is known of one that is not connected, or silent."""
    today = ALWAYS_OPEN.day_of(env.clock.now())
    rules = load(env, username)
    funds = read_funds(env, rules, mode)

    def read(connection: Connection) -> tuple[Standing, list[Start], Decimal]:
        cost = costs.spent_on(connection, username, today)
        starts = read_starts(connection, username) if mode.is_simulated else []
        return read_standing(connection, rules, mode), starts, cost

    standing, starts, cost = env.database.run(read, username=username)
    if funds is None:
        return AccountFigures(ai_cost_usd_today=cost)
    found = _figures(env, standing, funds, cost)
    if not mode.is_simulated:
        return found
    start = starts[-1].start_equity if starts else STARTING_USDT
    return replace(found, start=start, resets=tuple(starts))


def _figures(env: Environment, standing: Standing, funds: Funds, cost: Decimal) -> AccountFigures:
    seen = CoinsSeen(prices=_prices(env, standing), hours={})
    fall = standing.after_look(env.clock.now(), seen, funds).get(ACCOUNT)
    pnl = standing.pnl(seen.prices)[ACCOUNT]
    return AccountFigures(
        equity=funds.equity,
        free=funds.free,
        today_pnl=None if fall is None or pnl is None else to_cents(pnl - fall.at_midnight),
        peak=None if fall is None or fall.peak is None else fall.portfolio_at_start + fall.peak,
        drawdown_pct=_shown(None if fall is None else total_pct(fall, pnl)),
        ai_cost_usd_today=cost,
    )


def _shown(per_cent: Decimal | None) -> Decimal | None:
    return None if per_cent is None else per_cent.quantize(Decimal("0.0001"))


def _prices(env: Environment, standing: Standing) -> Mapping[str, Decimal]:
    symbols = sorted({one.symbol for one in standing.coins.open})
    if not symbols:
        return {}
    try:
        found = env.coin_market.within(None, Purpose.PAGE).prices(symbols)
    except MarketDataError:
        return {}
    return {name: one.price for name, one in found.items()}

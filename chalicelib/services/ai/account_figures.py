"""The account of coins as its owner reads it (C-13): equity, the day, falls, and what models cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection

from chalicelib.brokers.coins.account import STARTING_USDT
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
from chalicelib.services.users.settings import require
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


def read_account(env: Environment, username: str, *, is_live: bool) -> AccountFigures:
    """Read the account on paper; of the live one nothing is known while none can be connected."""
    if is_live:
        return AccountFigures()
    today = ALWAYS_OPEN.day_of(env.clock.now())
    funds = read_funds(env, username)

    def read(connection: Connection) -> tuple[Standing, list[Start], Decimal]:
        rules = require(connection, username)
        cost = costs.spent_on(connection, username, today)
        return read_standing(connection, rules), read_starts(connection, username), cost

    standing, starts, cost = env.database.run(read, username=username)
    if funds is None:
        return AccountFigures(ai_cost_usd_today=cost)
    return _figures(env, standing, starts, funds, cost)


def _figures(
    env: Environment, standing: Standing, starts: list[Start], funds: Funds, cost: Decimal
) -> AccountFigures:
    seen = CoinsSeen(prices=_prices(env, standing), hours={})
    fall = standing.after_look(env.clock.now(), seen, funds).get(ACCOUNT)
    pnl = standing.pnl(seen.prices)[ACCOUNT]
    return AccountFigures(
        equity=funds.equity,
        free=funds.free,
        start=starts[-1].start_equity if starts else STARTING_USDT,
        resets=tuple(starts),
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

"""How an account stands as decisions are judged by it: read at a decision, and again at the door (C-03)."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.accounts import AccountRef, BrokerMode
from chalicelib.domain.ai.correlation import is_correlated
from chalicelib.domain.ai.rules.drawdown import Fall, daily_pct, looked, total_pct
from chalicelib.domain.ai.traders.trader import TraderMode
from chalicelib.domain.ai.validation.facts import Account, Drawdown
from chalicelib.domain.clocks.instrument_calendars import ALWAYS_OPEN
from chalicelib.domain.desk.kill_switch.rows import stopping
from chalicelib.domain.market.coins import CoinCandle
from chalicelib.domain.money import ZERO
from chalicelib.domain.people import Tier
from chalicelib.domain.trading.trades import Originator
from chalicelib.services.commands.check_switch import why_stopped
from chalicelib.services.environment import CredentialsUnreadable, Environment
from chalicelib.store.ai import falls as falls_store
from chalicelib.store.ai.standing import CoinsStanding, OpenCoin, coins_ahead, read_coins
from chalicelib.store.ai.switches import are_entries_on
from chalicelib.store.ai.traders import TraderRow, count_live_trades
from chalicelib.store.desk.kill_switch import read_rows_of, rows_ahead
from chalicelib.store.trades.promised import read_uncounted, uncounted_ahead
from chalicelib.store.users.settings import UserSettings
from chalicelib.vendors.errors import VendorError

_LOG: Final = logging.getLogger("papertape.ai")
ENTRIES_OFF: Final = "the operator lets no trader enter"
#: Drawdowns are measured apart in each mode: another account's money is at stake.
_MEASURED_AS: Final[Mapping[BrokerMode, str]] = {
    BrokerMode.PAPER: "paper",
    BrokerMode.BINANCE_TESTNET: "testnet",
    BrokerMode.BINANCE_LIVE: "live",
}
#: Under this key what is the account's own, over all traders.
ACCOUNT: Final = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Funds:
    """What an exchange says of an account, in USDT; `read_at` is when it was asked."""

    account: AccountRef
    equity: Decimal
    free: Decimal
    read_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Experience:
    """How many trades with real money a trader has had, and whether its owner lifted their cap (C-08)."""

    live_trades: int
    is_cap_lifted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CoinsSeen:
    """Prices of now and hourly candles of thirty days, by symbol; what could not be read is not there."""

    prices: Mapping[str, Decimal]
    hours: Mapping[str, Sequence[CoinCandle]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What our own rows say of a user's coins in one mode, in one transaction.

    `promised` is what entries take that the exchange could not know of when it was asked; `is_live`: it is
    real money.
    """

    tier: Tier
    stopped_by: str
    coins: CoinsStanding
    falls: Mapping[UUID | None, Fall]
    promised: Decimal = ZERO
    is_live: bool = False

    def trades_of(self, trader_id: UUID) -> tuple[OpenCoin, ...]:
        """Return the trades of a trader that have not ended, in whatever account."""
        found = (*self.coins.open, *self.coins.elsewhere)
        return tuple(one for one in found if one.trader_id == trader_id)

    def trade_in(self, trader_id: UUID, symbol: str) -> OpenCoin | None:
        """Return a trader's trade in a symbol that has not ended."""
        return next((one for one in self.trades_of(trader_id) if one.symbol == symbol), None)

    @property
    def of_traders(self) -> tuple[OpenCoin, ...]:
        """Return the trades of all traders in this mode that have not ended."""
        return tuple(one for one in self.coins.open if one.originator is Originator.AI)

    def pnl(self, prices: Mapping[str, Decimal]) -> dict[UUID | None, Decimal | None]:
        """Return P&L of each trader that ever traded here, and of all; None: something has no price."""
        found: dict[UUID | None, Decimal | None] = dict(self.coins.realised.items())
        for one in self.of_traders:
            before, now = found.get(one.trader_id, ZERO), one.pnl(prices.get(one.symbol))
            found[one.trader_id] = None if before is None or now is None else before + now
        known = [one for one in found.values() if one is not None]
        found[ACCOUNT] = sum(known, ZERO) if len(known) == len(found) else None
        return found

    def after_look(self, now: datetime, seen: CoinsSeen, funds: Funds | None) -> dict[UUID | None, Fall]:
        """Return how far P&L has fallen, looked at now; what cannot be priced is left out."""
        if funds is None:
            return {}
        today = ALWAYS_OPEN.day_of(now)
        return {
            whose: looked(self.falls.get(whose), today, pnl, funds.equity)
            for whose, pnl in self.pnl(seen.prices).items()
            if pnl is not None
        }


def measured_as(mode: BrokerMode) -> str:
    """Return the name under which drawdowns of a mode are kept."""
    return _MEASURED_AS[mode]


def mode_of_money(name: str) -> BrokerMode:
    """Return the mode that is measured under this name."""
    return next(mode for mode, told in _MEASURED_AS.items() if told == name)


def read_standing(
    connection: Connection, rules: UserSettings, mode: BrokerMode, funds: Funds | None = None
) -> Standing:
    """Read how a user stands in a mode; with `funds`, what was promised since they were told."""
    username = rules.username
    coins_ahead(connection, username, mode)
    rows_ahead(connection, username)
    if funds is not None:
        uncounted_ahead(connection, funds.account, funds.read_at)
    coins = read_coins(connection, username, mode)
    return Standing(
        tier=rules.tier or Tier.FREE,
        stopped_by=_stopped_by(connection, username),
        coins=coins,
        falls=falls_store.read_falls(connection, username, measured_as(mode)),
        promised=ZERO if funds is None else _promised(connection, coins, funds),
        is_live=mode.is_live,
    )


def read_experience(connection: Connection, row: TraderRow) -> Experience:
    """Read what a trader has behind it; on paper nobody asks."""
    is_live = row.trading.get("mode") == TraderMode.LIVE.value
    return Experience(
        live_trades=count_live_trades(connection, row.username, row.id) if is_live else 0,
        is_cap_lifted=row.live_cap_lifted_at is not None,
    )


def save_look(
    env: Environment,
    connection: Connection,
    username: str,
    mode: BrokerMode,
    falls: Mapping[UUID | None, Fall],
) -> None:
    """Keep what a look at P&L saw."""
    now = env.clock.now()
    ids = {whose: env.randomness.uuid7(now) for whose in falls}
    falls_store.save_falls(connection, username, measured_as(mode), falls, ids)


def read_funds(env: Environment, rules: UserSettings, mode: BrokerMode) -> Funds | None:
    """Ask the exchange of coins what a user's account has; None where there is none, or it does not say."""
    account, read_at = rules.account_of_coins(mode), env.clock.now()
    if account is None:
        return None
    try:
        balance = env.brokers.broker_for(account, stored=rules).balance()
    except VendorError as error:
        _LOG.warning("an account of coins cannot be read: %s", error.reason)
        return None
    except CredentialsUnreadable as error:
        _LOG.warning("an account of coins cannot be read: %s", error)
        return None
    if balance.equity is None or balance.buying_power is None:
        return None
    return Funds(account=account, equity=balance.equity, free=balance.buying_power, read_at=read_at)


def account_facts(
    standing: Standing,
    *,
    trader_id: UUID,
    symbol: str,
    seen: CoinsSeen,
    funds: Funds | None,
    now: datetime,
    experience: Experience,
) -> Account:
    """Return the account as an entry of a trader in a symbol is judged by it."""
    falls, pnl = standing.after_look(now, seen, funds), standing.pnl(seen.prices)
    today = ALWAYS_OPEN.day_of(now)
    # A trader that has not traded yet has lost nothing.
    fresh = None if funds is None else looked(None, today, ZERO, funds.equity)
    own = falls.get(trader_id, fresh if trader_id not in pnl else None)
    return Account(
        tier=standing.tier,
        stopped_by=standing.stopped_by,
        portfolio=None if funds is None else funds.equity,
        free_balance=None if funds is None else max(funds.free - standing.promised, ZERO),
        correlated=_correlated(standing, symbol, seen),
        open_of_trader=len(standing.trades_of(trader_id)),
        open_of_account=len(standing.of_traders) + len(standing.coins.elsewhere),
        trader_drawdown=_drawdown(own, pnl.get(trader_id, ZERO)),
        account_drawdown=_drawdown(falls.get(ACCOUNT), pnl[ACCOUNT]),
        is_symbol_held=standing.trade_in(trader_id, symbol) is not None,
        live_trades=experience.live_trades,
        live_positions=len(standing.of_traders) if standing.is_live else 0,
        is_live_cap_lifted=experience.is_cap_lifted,
    )


def _drawdown(fall: Fall | None, pnl: Decimal | None) -> Drawdown:
    if fall is None:
        return Drawdown(daily_pct=None, total_pct=None)
    return Drawdown(daily_pct=daily_pct(fall, pnl), total_pct=total_pct(fall, pnl))


def _correlated(standing: Standing, symbol: str, seen: CoinsSeen) -> Decimal | None:
    """Return the notional of all that moves with a symbol; None where something of it has no price."""
    worths = list(_correlated_worths(standing, symbol, seen))
    known = [one for one in worths if one is not None]
    return sum(known, ZERO) if len(known) == len(worths) else None


def _correlated_worths(standing: Standing, symbol: str, seen: CoinsSeen) -> Iterator[Decimal | None]:
    own = seen.hours.get(symbol, ())
    for one in standing.coins.open:
        if one.symbol == symbol or is_correlated(own, seen.hours.get(one.symbol, ())):
            yield one.worth(seen.prices.get(one.symbol))


def _stopped_by(connection: Connection, username: str) -> str:
    row = stopping(read_rows_of(connection, username), Originator.AI)
    if row is not None:
        return why_stopped(row)
    return "" if are_entries_on(connection) else ENTRIES_OFF


def _promised(connection: Connection, coins: CoinsStanding, funds: Funds) -> Decimal:
    """Return what entries take that left after the exchange was asked, or have not left yet."""
    uncounted = set(read_uncounted(connection, funds.account, funds.read_at))
    waiting = [one for one in coins.open if one.id in uncounted]
    return sum((one.qty * (one.asked_price or ZERO) for one in waiting), ZERO)

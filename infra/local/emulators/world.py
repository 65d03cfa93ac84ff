"""The whole outside world of one stack: a market, the vendors over it, and their faults."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Final

from infra.local.emulators.binance.app import BinanceEmulator
from infra.local.emulators.brokerage.venue import BrokerageEmulator
from infra.local.emulators.channels.discord import DiscordEmulator
from infra.local.emulators.channels.telegram import TelegramEmulator
from infra.local.emulators.coingecko.app import CoinGeckoEmulator
from infra.local.emulators.ibkr.app import IbkrEmulator
from infra.local.emulators.market.calendars import Calendars
from infra.local.emulators.market.coins import CoinPrices
from infra.local.emulators.market.crypto import CryptoPrices
from infra.local.emulators.market.feed import Feed
from infra.local.emulators.market.market import SimulatedMarket
from infra.local.emulators.market.quotes import Market
from infra.local.emulators.market.sessions import new_york_date
from infra.local.emulators.openrouter.app import OpenRouterEmulator
from infra.local.emulators.orats.app import OratsEmulator
from infra.local.emulators.replaying.coins import RecordedCoins
from infra.local.emulators.replaying.replay import ReplayMarket
from infra.local.emulators.schwab.app import SchwabEmulator
from infra.local.emulators.serving.faults import FaultBook
from infra.local.emulators.serving.vendor import VendorEmulator
from infra.local.emulators.tastytrade.app import Environment as TastytradeEnvironment
from infra.local.emulators.tastytrade.app import TastytradeEmulator
from infra.local.emulators.tradier.app import TradierEmulator
from infra.local.emulators.tradier.environment import Environment
from infra.local.emulators.tradier.quirks import Quirks

DELAY: Final = timedelta(minutes=15)
NO_DELAY: Final = timedelta(0)
COMMISSION: Final = Decimal("0.35")


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """One market and the vendors that speak of it, all under one lock.

    `market` is a SimulatedMarket unless recorded quotes are replayed; only the former can be moved by hand.
    """

    market: Market
    sandbox: TradierEmulator
    live: TradierEmulator
    tastytrade_cert: TastytradeEmulator
    tastytrade_live: TastytradeEmulator
    schwab: SchwabEmulator
    ibkr: IbkrEmulator
    """One host for both kinds of money; its paper accounts see what live ones see."""
    orats: OratsEmulator
    telegram: TelegramEmulator
    discord: DiscordEmulator
    binance: BinanceEmulator
    binance_testnet: BinanceEmulator
    coingecko: CoinGeckoEmulator
    openrouter: OpenRouterEmulator
    calendars: Calendars
    faults: FaultBook
    quirks: Quirks

    @classmethod
    def create(
        cls,
        seed: int,
        clock: Callable[[], datetime],
        wait: Callable[[float], None],
        *,
        delayed: bool = False,
        replay: Path | None = None,
        commission: Decimal = COMMISSION,
        assigns_early: bool = False,
        replay_coins: Path | None = None,
        wait_really: Callable[[float], None] = time.sleep,
    ) -> "World":
        """Build a world by a clock of product time (aware UTC).

        `wait` spends a vendor's seconds, divided by the speed, `wait_really` real ones; `delayed` quotes of
        sandboxes and ORATS are 15 minutes old; `replay` and `replay_coins` are directories of recorded ones;
        `assigns_early`: short American options are exercised where that pays (W-05).
        """
        lock = threading.RLock()
        market: Market = SimulatedMarket(seed, clock, lock) if replay is None else ReplayMarket(replay, clock)
        coins = _coins(seed, market, replay_coins)
        faults, quirks, calendars = FaultBook(), Quirks(seed=seed), Calendars(lambda: _began_on(market))
        shown, fresh = Feed(market, DELAY if delayed else NO_DELAY), Feed(market, NO_DELAY)
        tradier = _tradier(wait, commission, faults, lock, quirks, calendars, assigns_early=assigns_early)
        tastytrade = _tastytrade(wait, faults, lock, calendars, assigns_early=assigns_early)
        return cls(
            market=market,
            sandbox=tradier(Environment.SANDBOX, shown),
            live=tradier(Environment.LIVE, fresh),
            tastytrade_cert=tastytrade(TastytradeEnvironment.CERT, shown),
            tastytrade_live=tastytrade(TastytradeEnvironment.LIVE, fresh),
            schwab=SchwabEmulator(fresh, faults, lock, wait, calendars, assigns_early=assigns_early),
            ibkr=IbkrEmulator(fresh, faults, lock, wait, calendars, assigns_early=assigns_early),
            orats=OratsEmulator(shown, faults, lock, wait),
            telegram=TelegramEmulator(faults, lock, clock, wait),
            discord=DiscordEmulator(faults, lock, clock, wait),
            binance=BinanceEmulator(coins, faults, lock, clock, wait),
            binance_testnet=BinanceEmulator(coins, faults, lock, clock, wait),
            coingecko=CoinGeckoEmulator(coins, faults, lock, clock, wait),
            openrouter=OpenRouterEmulator(faults, lock, clock, wait, wait_really),
            calendars=calendars,
            faults=faults,
            quirks=quirks,
        )

    @property
    def simulated(self) -> SimulatedMarket:
        """The market as one that can be moved. Raises TypeError while recorded quotes are replayed."""
        if not isinstance(self.market, SimulatedMarket):
            raise TypeError("recorded quotes cannot be moved")
        return self.market

    def catch_up(self) -> None:
        """Let every fill and expiry happen that is due; to be called by who moves the clock."""
        for broker in self.brokers.values():
            broker.catch_up()
        self.binance.catch_up()
        self.binance_testnet.catch_up()

    @property
    def brokers(self) -> Mapping[str, BrokerageEmulator]:
        """Return every emulated broker of US instruments by a mode that the product has for it."""
        return {
            "TRADIER_SANDBOX": self.sandbox,
            "TRADIER_LIVE": self.live,
            "TASTYTRADE_CERT": self.tastytrade_cert,
            "TASTYTRADE_LIVE": self.tastytrade_live,
            "SCHWAB_LIVE": self.schwab,
            "IBKR_PAPER": self.ibkr,
        }

    def hosts(self) -> Mapping[str, VendorEmulator]:
        """Return the vendors by the host names of real life, for the in-process transport."""
        return {
            "sandbox.tradier.com": self.sandbox,
            "api.tradier.com": self.live,
            "api.cert.tastyworks.com": self.tastytrade_cert,
            "api.tastyworks.com": self.tastytrade_live,
            "api.schwabapi.com": self.schwab,
            "api.ibkr.com": self.ibkr,
            "api.orats.io": self.orats,
            "api.telegram.org": self.telegram,
            "discord.com": self.discord,
            "data-api.binance.vision": self.binance,
            "api.binance.com": self.binance,
            "testnet.binance.vision": self.binance_testnet,
            "api.coingecko.com": self.coingecko,
            "openrouter.ai": self.openrouter,
        }


def _tradier(
    wait: Callable[[float], None],
    commission: Decimal,
    faults: FaultBook,
    lock: threading.RLock,
    quirks: Quirks,
    calendars: Calendars,
    *,
    assigns_early: bool,
) -> Callable[[Environment, Feed], TradierEmulator]:
    """Return what opens one of Tradier's environments over a feed."""
    return partial(
        TradierEmulator,
        faults=faults,
        lock=lock,
        wait=wait,
        commission=commission,
        quirks=quirks,
        calendars=calendars,
        assigns_early=assigns_early,
    )


def _tastytrade(
    wait: Callable[[float], None],
    faults: FaultBook,
    lock: threading.RLock,
    calendars: Calendars,
    *,
    assigns_early: bool,
) -> Callable[[TastytradeEnvironment, Feed], TastytradeEmulator]:
    """Return what opens one of tastytrade's environments over a feed."""
    return partial(
        TastytradeEmulator,
        faults=faults,
        lock=lock,
        wait=wait,
        calendars=calendars,
        assigns_early=assigns_early,
    )


def _coins(seed: int, market: Market, recorded: Path | None) -> CoinPrices:
    """Return what coins trade at: as recorded, as the market's hand moves them, or by the seed alone."""
    if recorded is not None:
        return RecordedCoins(recorded)
    return market.crypto if isinstance(market, SimulatedMarket) else CryptoPrices(seed)


def _began_on(market: Market) -> date:
    """Return the date from which calendars count; of recorded quotes that of their clock."""
    return market.began_on if isinstance(market, SimulatedMarket) else new_york_date(market.now())

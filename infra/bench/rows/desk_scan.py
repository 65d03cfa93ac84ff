"""A scan of 200 strategies of many users on 20 underlyings, every stage judged; vendors answer at once."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from string import ascii_uppercase
from typing import Final
from uuid import UUID

import httpx

from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.desk.pipeline.facts import MacroWindow
from chalicelib.domain.desk.strategies.proposals import proposed_body
from chalicelib.domain.desk.strategies.reading import read_strategy
from chalicelib.domain.desk.strategies.settings import DeskSettings
from chalicelib.domain.desk.strategies.strategy import Strategy
from chalicelib.domain.desk.strategies.strategy_types import StrategyType
from chalicelib.services.desk.scanning.scan import scan_desks
from chalicelib.services.desk.scanning.scanned_desks import read_desks
from chalicelib.services.environment import Environment
from chalicelib.store.desk import settings, strategies
from chalicelib.store.desk.macro_windows import ToldWindow, replace_windows
from chalicelib.store.desk.settings import BotSwitch
from chalicelib.store.users import settings as users
from chalicelib.system import Threads
from infra.bench.canned_scan import CannedScan
from infra.bench.ground import MORNING, Database, Ground, Product, counted_product
from infra.bench.measure import timed
from infra.bench.relay import talk_of
from infra.bench.result import Bar, Bound, Outcome, Row
from infra.bench.seeding import seed_broker_tokens
from infra.bench.statements import noted
from infra.bench.vendors import TimedTransport, VendorTime

STRATEGIES: Final = 200
UNDERLYINGS: Final = 20
MILLISECONDS_MAX: Final = 1000.0
_A_USER: Final = 4
_EXPIRIES: Final = 5
_KINDS: Final = (
    StrategyType.IRON_CONDOR,
    StrategyType.CREDIT_PUT_SPREAD,
    StrategyType.CREDIT_CALL_SPREAD,
    StrategyType.IRON_FLY,
    StrategyType.CASH_SECURED_PUT,
)
_BALANCES: Final = {
    "balances": {
        "total_equity": 1_000_000_000,
        "total_cash": 1_000_000_000,
        "account_type": "margin",
        "margin": {"option_buying_power": 1_000_000_000, "stock_buying_power": 1_000_000_000},
    }
}


class _Scans:
    """Scans one after the other: each stands for the minute after the one before."""

    def __init__(self, env: Environment, count: int) -> None:
        self._env = env
        self._at = MORNING
        self._count = count

    def next(self) -> None:
        """Scan all strategies."""
        self._at += timedelta(minutes=1)
        calendar = MarketCalendar()
        found = scan_desks(self._env, self._at, calendar, read_desks(self._env, self._at, calendar, None))
        assert (found.strategies, found.rejected) == (self._count, self._count), found


def measure(ground: Ground) -> list[Outcome]:
    """Measure; the book's caps end each evaluation at its last stage but one, so that nothing is entered."""
    count = min(STRATEGIES, ground.sizes.legs)
    tickers = [f"T{letter}" for letter in ascii_uppercase[: min(UNDERLYINGS, count)]]
    market, vendor = CannedScan(MORNING, tickers, expiries=_EXPIRIES), VendorTime()
    with ground.database() as database:
        transport = TimedTransport(httpx.MockTransport(_balances), vendor)
        with ground.product(database, transport=transport, side_by_side=Threads()) as product:
            _seed(product, database, tickers, count)
            scans = _Scans(replace(product.container.jobs_environment(), market_data=market), count)
            scans.next()  # what is asked once a day
            market.asked.clear()
            with noted() as statements:
                scans.next()
            calls = dict(market.asked)
            vendor.calls, vendor.seconds = 0, 0.0
            taken = timed(scans.next, rounds=ground.sizes.rounds, warm=0)
            vendor_ms = vendor.seconds / ground.sizes.rounds * 1000
        with counted_product(ground, database, transport=transport) as (counted, relay):
            far = _Scans(replace(counted.container.jobs_environment(), market_data=market), count)
            far.next()
            talk = talk_of(relay, far.next)
    return [
        Row(
            name="desk_scan",
            what=f"scan of {count} strategies on {len(tickers)} underlyings, own time",
            value=taken.wall_ms - vendor_ms,
            unit="ms",
            cpu_ms=taken.cpu_ms,
            bar=Bar(bound=Bound.VALUE_MOST, limit=MILLISECONDS_MAX),
            detail={
                **talk,
                "contracts": market.contracts,
                "chain_calls": calls.get("chain", 0),
                "expiries": _EXPIRIES * len(tickers),
                "vendor_calls": sum(calls.values()),
                "statements": len(statements),
            },
        )
    ]


def _balances(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, content=json.dumps(_BALANCES).encode(), request=request)


def _seed(product: Product, database: Database, tickers: Sequence[str], count: int) -> None:
    """Make users with four strategies each, told of the month's releases, under a cap that refuses all."""
    names = [f"user{number}" for number in range(-(-count // _A_USER))]
    env = product.container.api_environment()
    capped = DeskSettings(portfolio_max_abs_vega=Decimal("0.0001"))
    for index, name in enumerate(names):
        with env.database.transaction(name) as connection:
            users.ensure(connection, name, f"sub-{name}")
            settings.read_for_change(connection, name)
            settings.write(connection, name, capped)
            settings.switch_bot(connection, name, BotSwitch(on=True, since=MORNING))
            for number in range(index * _A_USER, min((index + 1) * _A_USER, count)):
                strategies.add(connection, name, _strategy(number, tickers))
    seed_broker_tokens(database, names, secrets.token_bytes)
    window = MacroWindow.around("CPI", datetime.fromisoformat("2026-02-11T13:30:00+00:00"))
    with env.database.transaction("olga") as connection:
        replace_windows(connection, [ToldWindow(id=UUID(int=1), window=window, source="bench")])


def _strategy(number: int, tickers: Sequence[str]) -> Strategy:
    """Return one of five kinds and of ten deltas, so that hardly two look for the same."""
    kind = _KINDS[number % len(_KINDS)]
    body = proposed_body(kind, tickers[number % len(tickers)])
    entry = dict(body["entry_conditions"]) if isinstance(body["entry_conditions"], dict) else {}
    if kind.is_sold_by_delta:
        entry["short_delta"] = 0.10 + (number // len(_KINDS)) % 10 / 100
    entry["dte_min"] = 25
    found = read_strategy({**body, "entry_conditions": entry}, UUID(int=number + 1), 1)
    assert isinstance(found, Strategy), found
    return found

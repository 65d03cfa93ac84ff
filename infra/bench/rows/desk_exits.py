"""An exit scan of 500 open structures: read, judged and stored; vendors answer at once (issue 11)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.market.quotes import OptionQuote
from chalicelib.marketdata.interface import UnderlyingQuote
from chalicelib.services.desk.leaving.leave import leave, read_open
from chalicelib.services.environment import Environment
from infra.bench.canned_market import SOURCE, CannedMarket, quote_of
from infra.bench.ground import MORNING, Ground, counted_product
from infra.bench.measure import timed
from infra.bench.relay import talk_of
from infra.bench.result import Bar, Bound, Outcome, Row
from infra.bench.seeding import seed_desk, seed_structures

STRUCTURES: Final = 500
UNDERLYINGS: Final = 20
MILLISECONDS_MAX: Final = 300.0
_USERS: Final = 10
_LEGS_OF_A_CONDOR: Final = 4
_EVERY: Final = timedelta(seconds=60)


class _WithVix(CannedMarket):
    """The same with VIX, which stands."""

    def underlying_quotes(self, symbols: Sequence[str]) -> tuple[UnderlyingQuote, ...]:
        """Return VIX, whatever is asked for, and count the call."""
        self.calls += 1
        return tuple(
            UnderlyingQuote(
                symbol=symbol,
                last=Decimal(16),
                bid=None,
                ask=None,
                change_pct=None,
                as_of=MORNING,
                delay_seconds=0,
                source=SOURCE,
            )
            for symbol in symbols
        )


class _Scans:
    """Scans one after the other: each stands for the minute after the one before."""

    def __init__(self, env: Environment) -> None:
        self._env = env
        self._at = MORNING

    def next(self) -> None:
        """Scan all that the desk holds."""
        self._at += _EVERY
        found = leave(self._env, read_open(self._env), MarketCalendar(), self._at)
        assert (found.unmarked, found.exits) == (0, 0), found


def measure(ground: Ground) -> list[Outcome]:
    """Measure; nothing is left in it, so that what is measured is the scan itself."""
    count = min(STRUCTURES, ground.sizes.legs // _LEGS_OF_A_CONDOR)
    with ground.database() as database, ground.product(database) as product:
        seed_structures(database, users=_USERS, each=count // _USERS, chains=UNDERLYINGS)
        seed_desk(database)
        env = product.container.jobs_environment()
        market = _market(env, MORNING)
        scans = _Scans(replace(env, market_data=market))
        scans.next()
        market.calls = 0
        scans.next()
        calls = market.calls
        with counted_product(ground, database) as (counted, relay):
            far = _Scans(replace(counted.container.jobs_environment(), market_data=market))
            far.next()
            talk = talk_of(relay, far.next)
        taken = timed(scans.next, rounds=ground.sizes.rounds)
    return [
        Row(
            name="desk_exits",
            what=f"exit scan of {count:,} open structures on {UNDERLYINGS} underlyings",
            value=taken.wall_ms,
            unit="ms",
            cpu_ms=taken.cpu_ms,
            bar=Bar(bound=Bound.VALUE_MOST, limit=MILLISECONDS_MAX),
            detail={**talk, "vendor_calls": calls},
        )
    ]


def _market(env: Environment, at: datetime) -> _WithVix:
    quotes: dict[str, dict[str, OptionQuote]] = {}
    for row in read_open(env).trades:
        of_one = quotes.setdefault(row.ticker, {})
        for symbol in row.symbols:
            of_one.setdefault(symbol, quote_of(symbol, len(of_one), at))
    return _WithVix(quotes, Decimal("512.34"))

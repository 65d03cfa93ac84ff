"""The own part of placing a bracketed order at the emulated sandbox, the vendors' time left out."""

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from statistics import median
from typing import Final

from chalicelib.domain.instruments.symbols import OptionContract, OptionType
from chalicelib.services.environment import Environment
from infra.bench.function import Event, Function, event_of
from infra.bench.ground import Database, Ground, Product, run_sql, standing_clock
from infra.bench.relay import Relay, relayed
from infra.bench.result import Bar, Bound, Outcome, Peer, Row
from infra.bench.seeding import seed_broker_tokens, seed_open_trades
from infra.bench.statements import noted
from infra.bench.vendors import TimedTransport, VendorTime
from infra.local.clockwork.clock import ProductClock
from infra.local.emulators.serving.transport import EmulatorTransport
from infra.local.emulators.world import World

USERNAME: Final = "user0"
_SEED: Final = 7
_WARM: Final = 2
#: Between a function and a database in one region (performance.md).
SECONDS_AWAY: Final = 0.0015
#: A minute later the token's budget of calls is full again.
_BETWEEN: Final = timedelta(minutes=1)
_BRACKET: Final = frozenset({"sl_price", "tp_price"})
_CENT: Final = Decimal("0.01")


def measure(ground: Ground) -> list[Outcome]:
    """Place one order after the other, beside the database and as far from it as a function is."""
    return [*_beside(ground), _far_away(ground)]


def _beside(ground: Ground) -> list[Outcome]:
    clock, spent = standing_clock(), VendorTime()
    world = emulated_world(clock)
    transport = TimedTransport(EmulatorTransport(world.hosts()), spent)
    with (
        ground.database() as database,
        relayed(database.urls, ground.directory / "wire") as (urls, relay),
        ground.product(replace(database, urls=urls), transport=transport, clock=clock) as product,
    ):
        settle_in(database)
        ticket = ticket_of(product.container.api_environment())
        bare = {name: value for name, value in ticket.items() if name not in _BRACKET}
        condor = condor_of(product.container.api_environment())
        plain, bracketed, combined = (
            _Orders(product, world, clock, spent, body) for body in (bare, ticket, condor)
        )
        single = _row(ground, relay, "order", "own part of placing an order, warm", plain, 30.0)
        four = _row(ground, relay, "order-combined", "… of four legs as one order", combined)
        return [
            single,
            replace(
                four,
                peer=Peer(name="an order over one contract", value=single.value),
                bar=Bar(bound=Bound.RATIO_MOST, limit=1.2),
            ),
            _row(ground, relay, "order-bracketed", "… and its bracket, a second order", bracketed),
        ]


def _row(
    ground: Ground, relay: Relay, name: str, what: str, orders: "_Orders", limit: float | None = None
) -> Row:
    for _ in range(_WARM):
        orders.place()
    before = relay.round_trips
    with noted() as statements:
        orders.place()
    count, round_trips = len(statements), relay.round_trips - before
    found = [orders.place() for _ in range(ground.sizes.rounds)]
    return Row(
        name=name,
        what=what,
        value=median(own for own, _ in found),
        unit="ms",
        cpu_ms=median(cpu for _, cpu in found),
        bar=None if limit is None else Bar(bound=Bound.VALUE_MOST, limit=limit),
        detail={"vendor_calls": orders.calls, "statements": count, "round_trips": round_trips},
    )


def _far_away(ground: Ground) -> Row:
    clock, spent = standing_clock(), VendorTime()
    world = emulated_world(clock)
    transport = TimedTransport(EmulatorTransport(world.hosts()), spent)
    with (
        ground.database() as database,
        relayed(database.urls, ground.directory / "far", seconds_more=SECONDS_AWAY) as (urls, relay),
        ground.product(replace(database, urls=urls), transport=transport, clock=clock) as product,
    ):
        settle_in(database)
        ticket = ticket_of(product.container.api_environment())
        what = "… with 1.5 ms more for each round trip to the database"
        return _row(ground, relay, "order-far", what, _Orders(product, world, clock, spent, ticket), 80.0)


def emulated_world(clock: ProductClock) -> World:
    world = World.create(_SEED, clock.now, lambda _: None)
    world.orats.add_token("of-a-vendor-that-is-not-asked")
    world.sandbox.add_account("VA0", f"token-of-{USERNAME}", cash=Decimal(10_000_000))
    return world


def settle_in(database: Database) -> None:
    seed_open_trades(database, users=1, each=1, chains=1)
    seed_broker_tokens(database, [USERNAME], secrets.token_bytes)
    run_sql(database, "update user_settings set heat_limit_pct = 1000")


class _Orders:
    """Orders for one contract near the money, one call a time."""

    def __init__(
        self,
        product: Product,
        world: World,
        clock: ProductClock,
        spent: VendorTime,
        ticket: Mapping[str, object],
    ) -> None:
        self._function = Function(product.context)
        self._token = product.sign_in.access_token(USERNAME)
        self._world, self._clock, self._spent = world, clock, spent
        self._body = json.dumps(ticket)
        self.calls = 0

    def place(self) -> tuple[float, float]:
        """Place one order; return the own milliseconds of wall and of processor, the vendors' left out."""
        self._clock.move(self._clock.now() + _BETWEEN)
        self._world.catch_up()
        self._spent.calls, self._spent.seconds = 0, 0.0
        asked = event_of("POST", "/api/trades", token=self._token, body=self._body)
        cpu, wall = time.process_time(), time.perf_counter()
        answered: Event = self._function.answer(asked)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        if answered["statusCode"] != 201:
            raise AssertionError(f"the order was not placed: {answered['body']}")
        self.calls = self._spent.calls
        return (wall - self._spent.seconds) * 1000, (cpu - self._spent.seconds) * 1000


def ticket_of(env: Environment) -> dict[str, object]:
    """Return a market order with a stop well under and a target well over the market."""
    source = env.market_data.for_user(USERNAME)
    chain = source.chain("AAPL", [source.expirations("AAPL")[2]])
    assert chain.underlying_price is not None
    spot = chain.underlying_price
    calls = [OptionContract.parse_occ(symbol) for symbol in chain.quotes]
    contract = min(
        (one for one in calls if one.option_type is OptionType.CALL), key=lambda one: abs(one.strike - spot)
    )
    quote = chain.quotes[contract.to_occ()]
    assert quote.bid is not None
    assert quote.ask is not None
    return {
        "ticker": "AAPL",
        "option_type": "CALL",
        "strike": float(contract.strike),
        "expiry": contract.expiry.isoformat(),
        "qty": 1,
        "order_type": "market",
        "sl_price": float((quote.bid / 4).quantize(_CENT)),
        "tp_price": float((quote.ask * 4).quantize(_CENT)),
    }


def condor_of(env: Environment) -> dict[str, object]:
    """Return an iron condor around the money, sold for whatever it brings."""
    source = env.market_data.for_user(USERNAME)
    chain = source.chain("AAPL", [source.expirations("AAPL")[2]])
    assert chain.underlying_price is not None
    spot = chain.underlying_price
    contracts = [OptionContract.parse_occ(symbol) for symbol in chain.quotes]
    strikes = sorted({one.strike for one in contracts})
    middle = min(range(len(strikes)), key=lambda place: abs(strikes[place] - spot))
    wanted = ((-4, "PUT", "LONG"), (-2, "PUT", "SHORT"), (2, "CALL", "SHORT"), (4, "CALL", "LONG"))
    return {
        "ticker": "AAPL",
        "legs": [
            {
                "option_type": right,
                "strike": float(strikes[middle + away]),
                "expiry": contracts[0].expiry.isoformat(),
                "side": side,
            }
            for away, right, side in wanted
        ],
        "order_type": "limit",
        "limit_price": -0.05,
    }

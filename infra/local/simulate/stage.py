"""One run's product: the real composition over the emulators, on virtual time, in a database of its own."""

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from unittest.mock import patch

import psycopg

from chalicelib.composition import Container
from chalicelib.config import Config
from chalicelib.domain.ports import SideBySide
from chalicelib.marketdata import kept_candles
from chalicelib.services.market.kept_answers import KeptAnswers
from infra.local.database.postgres import DatabaseUrls
from infra.local.day.gateway import Answer, Gateway
from infra.local.day.recording import RecordingVendor
from infra.local.day.rig import (
    BINANCE_HOST,
    MODEL_HOST,
    MODEL_KEY,
    ORATS_HOST,
    ORATS_TOKEN,
    SANDBOX_HOST,
    STARTING_CASH,
    SeededRandomness,
    config_of,
)
from infra.local.day.sign_in import SignIn
from infra.local.emulators.serving.transport import EmulatorTransport
from infra.local.emulators.world import DELAY, NO_DELAY, World
from infra.local.invariants import coin_truth
from infra.local.invariants.reading import Reader
from infra.local.invariants.times import HOMES, OF_LIVE
from infra.local.invariants.view import VendorCall
from infra.local.second_opinion import Get
from infra.local.simulate.closings import Decree
from infra.local.simulate.database_time import DatabaseTime
from infra.local.simulate.delivery import Delivery
from infra.local.simulate.engine import Engine
from infra.local.simulate.lies import Lies
from infra.local.simulate.seams import Seams, SteppedTransport, Work, open_stepped
from infra.local.simulate.trace import Trace
from infra.local.simulate.trouble import CALM
from infra.local.simulate.unreachable import AwayTransport, Manner

#: Where orders of coins go, by mode.
EXCHANGE_HOSTS: Final[Mapping[str, str]] = {
    coin_truth.TESTNET: "testnet.binance.vision",
    coin_truth.LIVE: "api.binance.com",
}
#: Where brokers whose login is in a browser send people back to.
SITE_ORIGIN: Final = "https://papertape.example"
#: An answer that says that nothing was done (api.md).
_NOTHING_DONE: Final = 503
#: The database goes away in the midst of calls in so many runs; how likely at each that told a broker.
_GOES: Final = 0.1
_GONE: Final = 0.4


@dataclass(slots=True, kw_only=True)
class Stage:
    """Everything of one run."""

    engine: Engine
    world: World
    container: Container
    delivery: Delivery
    seams: Seams
    sign_in: SignIn
    reader: Reader
    owners: dict[str, str]
    users: dict[str, str] = field(default_factory=dict)
    tell_closing: Callable[[Decree], None]
    switch_live: Callable[[str, bool], None]
    switch_account_live: Callable[[str, str, bool], None]
    superuser: psycopg.Connection[tuple[object, ...]]
    urls: DatabaseUrls
    with_orats: bool
    make_gateway: Callable[[], Gateway]
    calls: list[VendorCall]
    lies: Lies
    away: dict[str, Manner]
    """Who is away just now, by host."""
    surprises: list[str] = field(default_factory=list)
    api_calls: int = 0
    #: Whether the last answer could not be stored: the database had gone away.
    answer_is_lost: bool = False
    _idle_gateways: list[Gateway] = field(default_factory=list)

    @property
    def work(self) -> Work:
        """Return what passed the seams."""
        return self.seams.work

    @property
    def trace(self) -> Trace:
        """Return the run's trace."""
        return self.engine.trace

    def call(
        self,
        method: str,
        path: str,
        *,
        token: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Make one API call; a gateway serves one call at a time, as a function does in the cloud.

        So each keeps the answers of its own process: none waits for what another is asking.
        """
        gateway = self._idle_gateways.pop() if self._idle_gateways else self.make_gateway()
        self.api_calls += 1
        with self._watched(f"{method} {path}") as told:
            answer = gateway.call(method, path, token=token, body=body, headers=headers)
            told.append(answer.status)
        self._idle_gateways.append(gateway)  # one whose call was killed is gone with it
        return answer

    @contextmanager
    def _watched(self, what: str) -> Iterator[list[int]]:
        """I-34: no call is answered as if nothing had been done once a broker may have been told."""
        answered, actor = list[int](), self.engine.current()
        if actor is None:
            yield answered
            return
        actor.begin_call()
        try:
            yield answered
        finally:
            self.answer_is_lost = actor.end_call()
        if actor.told_broker is not None and answered[0] == _NOTHING_DONE:
            self.unexpected(f"I-34: {what} got {answered[0]} after {actor.told_broker}")

    def reads_as(self, broker_token: str) -> Get:
        """Return what reads the API as the owner of an account at the broker."""
        token = self.sign_in.access_token(self.users[broker_token])
        return lambda path: self.call("GET", path, token=token).body

    def switch_coins_live(self, username: str, allow_market: bool) -> None:
        """Have an account of coins been switched live before the run, as `switch_live` does."""
        change = "update public.connections set live_enabled = true where username = %s and broker_mode = %s"
        self.superuser.execute(change, (username, coin_truth.LIVE))
        change = "update public.user_settings set allow_market_live = %s where username = %s"
        self.superuser.execute(change, (allow_market, username))

    def switch_trader_live(self, trader_id: str) -> None:
        """Have a trader been switched live before the run: 50 trades on paper lie behind it."""
        self.superuser.execute(
            "update public.traders set live_enabled = true, disclaimer_at = %s, version = version + 1, "
            """trading = trading || '{"mode": "live"}' where id = %s""",
            (self.engine.now(), trader_id),
        )

    def unexpected(self, text: str) -> None:
        """Note what no invariant names and yet must not happen."""
        self.surprises.append(text)

    def open_account(self, account_id: str, token: str, owner: str) -> None:
        """Open an account at the emulated sandbox."""
        self.world.sandbox.add_account(account_id, token, cash=STARTING_CASH)
        self.note_owner(token, owner, owner)

    def open_live_account(self, account_id: str, token: str, owner: str) -> None:
        """Open an account at the emulated live broker."""
        self.world.live.add_account(account_id, token, cash=STARTING_CASH)
        self.note_owner(token, owner, owner + OF_LIVE)

    def note_owner(self, token: str, owner: str, shown_as: str) -> None:
        """Note whose a token is, and as whose the calls by it are written down."""
        self.users[token] = owner
        self.owners[token] = f"{shown_as}/{len(self.owners)}"  # budgets are by token


def stream(seed: int, name: str) -> random.Random:
    """Return a stream of choices of its own, so that more of one kind does not shift another."""
    return random.Random(f"{seed}:{name}")  # choices of a simulation, no secrets


def _tell(keeper: psycopg.Connection[tuple[object, ...]], decree: Decree) -> None:
    """Write the operator's row."""
    row = (decree.day, decree.closes, "decreed")
    keeper.execute("insert into public.market_closures (day, closes, reason) values (%s, %s, %s)", row)


def _switch_live(keeper: psycopg.Connection[tuple[object, ...]], username: str, allow_market: bool) -> None:
    """Have live been switched on before the run: the switch itself wants Cognito's second factor."""
    keeper.execute(
        "update public.user_settings set live_enabled = true, broker_mode = 'TRADIER_LIVE', "
        "allow_market_live = %s where username = %s",
        (allow_market, username),
    )


def _switch_account_live(
    keeper: psycopg.Connection[tuple[object, ...]], username: str, mode: str, allow_market: bool
) -> None:
    """The same for a broker whose accounts have switches of their own."""
    keeper.execute(
        "update public.connections set live_enabled = true where username = %s and broker_mode = %s",
        (username, mode),
    )
    keeper.execute(
        "update public.user_settings set broker_mode = %s, allow_market_live = %s where username = %s",
        (mode, allow_market, username),
    )


def _world(seed: int, engine: Engine, seams: Seams, *, delayed: bool, assigns_early: bool) -> World:
    """Build the vendors; `assigns_early` has holders of short American options exercise where that pays."""
    wait = seams.wait_for_vendor
    world = World.create(
        seed, engine.now, wait, delayed=delayed, assigns_early=assigns_early, wait_really=wait
    )
    world.orats.add_token(ORATS_TOKEN)
    world.openrouter.add_key(MODEL_KEY)
    return world


def _seams(seed: int, engine: Engine, keeper: psycopg.Connection[tuple[object, ...]]) -> Seams:
    follow = DatabaseTime(keeper, engine.now).follow
    losses = stream(seed, "database gone")
    return Seams(
        engine=engine,
        choices=stream(seed, "races"),
        work=Work(),
        set_database_time=follow,
        gone_chance=_GONE * (losses.random() < _GOES),
        losses=losses,
    )


def _delivery(seed: int, engine: Engine, surprises: list[str]) -> Delivery:
    choices = stream(seed, "deliveries")
    return Delivery(engine=engine, choices=choices, roughness=CALM, unexpected=surprises.append)


def _reader(
    urls: DatabaseUrls, world: World, calls: list[VendorCall], since: datetime, *, with_orats: bool
) -> Reader:
    delay = NO_DELAY if with_orats else DELAY
    return Reader(urls.backup, world, calls, since=since, starting_cash=STARTING_CASH, quote_delay=delay)


def _recorded(
    world: World, calls: list[VendorCall], owners: dict[str, str], engine: Engine
) -> EmulatorTransport:
    """Put the vendors behind their hosts, with every call to a broker or for quotes written down."""
    vendors = world.hosts()
    recorded = {
        host: RecordingVendor(host, vendors[host], calls, owners, engine.now)
        for host in (SANDBOX_HOST, ORATS_HOST, *HOMES.values())
    }
    coins = {BINANCE_HOST: world.binance, EXCHANGE_HOSTS[coin_truth.LIVE]: world.binance}
    coins[EXCHANGE_HOSTS[coin_truth.TESTNET]] = world.binance_testnet
    return EmulatorTransport({MODEL_HOST: world.openrouter, **coins, **recorded})


@contextmanager
def _composed(
    config: Config,
    seed: int,
    seams: Seams,
    delivery: Delivery,
    vendors: SteppedTransport,
    side_by_side: SideBySide | None,
) -> Iterator[Container]:
    """Compose the product as its own root does, over what stands in for the outside."""
    # One thread has all actors: whoever waited for a lock of another's would wait for good.
    with patch.object(kept_candles, "Lock", nullcontext), ExitStack() as ending:
        container = Container(
            config,
            clock=seams.engine,
            bus=delivery,
            randomness=SeededRandomness(seed),
            http_transport=vendors,
            open_database=lambda url: open_stepped(url, seams),
            side_by_side=side_by_side,
        )
        ending.enter_context(closing(container))
        delivery.container = container
        yield container


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a run is lived through in: `delayed` quotes are 15 minutes old, None counts no bearer's calls.

    `side_by_side` has accounts of one job looked at at once, as in the cloud; else in turn.
    """

    seed: int
    begins_at: datetime
    with_orats: bool
    delayed: bool
    requests_per_minute: int | None
    assigns_early: bool
    side_by_side: bool


@contextmanager
def staged(urls: DatabaseUrls, superuser_url: str, sign_in: SignIn, scene: Scene) -> Iterator[Stage]:
    """Compose the product for one run."""
    seed, with_orats = scene.seed, scene.with_orats
    with ExitStack() as ending:
        engine = Engine(start=scene.begins_at, choices=stream(seed, "switches"), trace=Trace())
        keeper = ending.enter_context(psycopg.connect(superuser_url, autocommit=True))
        seams, surprises = _seams(seed, engine, keeper), list[str]()
        delivery = _delivery(seed, engine, surprises)
        world = _world(seed, engine, seams, delayed=scene.delayed, assigns_early=scene.assigns_early)
        lies = Lies(world)
        owners, calls = {ORATS_TOKEN: "orats"}, list[VendorCall]()
        away = dict[str, Manner]()
        reached = AwayTransport(_recorded(world, calls, owners, engine), away, seams.wait_for_vendor)
        vendors = SteppedTransport(reached, seams, lies.heard)
        config = replace(config_of(urls, seed, with_orats=with_orats), site_origin=SITE_ORIGIN)
        together = engine if scene.side_by_side else None
        composed = _composed(config, seed, seams, delivery, vendors, together)
        container = ending.enter_context(composed)
        context = sign_in.in_front_of(container.api_context(), engine.monotonic, engine.now)
        context = replace(context, machine_time=engine.now, requests_per_minute=scene.requests_per_minute)
        yield Stage(
            engine=engine,
            world=world,
            container=container,
            delivery=delivery,
            seams=seams,
            sign_in=sign_in,
            reader=ending.enter_context(_reader(urls, world, calls, scene.begins_at, with_orats=with_orats)),
            owners=owners,
            tell_closing=lambda decree: _tell(keeper, decree),
            switch_live=lambda username, allow: _switch_live(keeper, username, allow),
            switch_account_live=lambda *named: _switch_account_live(keeper, *named),
            superuser=keeper,
            urls=urls,
            with_orats=with_orats,
            make_gateway=lambda: Gateway(replace(context, kept=KeptAnswers(engine))),
            calls=calls,
            lies=lies,
            away=away,
            surprises=surprises,
        )

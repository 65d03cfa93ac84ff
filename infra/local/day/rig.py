"""Everything of a day in one process: database, product, vendors, schedules, on one standing clock."""

import base64
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final
from uuid import UUID

from chalicelib import jobs
from chalicelib.composition import Container
from chalicelib.config import BROKER_URLS, Config
from chalicelib.domain.clocks.jobs import EASTERN_SCHEDULES, SCHEDULES
from chalicelib.domain.json_value import JsonValue
from chalicelib.marketdata.orats_client import OratsPlan
from chalicelib.models.settings import ModelSettings
from infra.local.aws.objects import MemoryObjects
from infra.local.clockwork.clock import ProductClock
from infra.local.clockwork.messages import MessageQueue
from infra.local.clockwork.scheduler import Ran, Scheduler
from infra.local.database.migrate import migrate
from infra.local.database.postgres import DatabaseUrls, temporary_cluster
from infra.local.day.gateway import Gateway
from infra.local.day.recording import RecordingVendor
from infra.local.day.sign_in import CLIENT_ID, ISSUER, SignIn
from infra.local.emulators.serving.transport import EmulatorTransport
from infra.local.emulators.world import World
from infra.local.invariants.reading import Reader
from infra.local.invariants.view import VendorCall, View

STARTING_CASH: Final = Decimal(100_000)
SANDBOX_HOST: Final = "sandbox.tradier.com"
LIVE_HOST: Final = "api.tradier.com"
TASTYTRADE_HOST: Final = "api.cert.tastyworks.com"
IBKR_HOST: Final = "api.ibkr.com"
ORATS_HOST: Final = "api.orats.io"
BINANCE_HOST: Final = "data-api.binance.vision"
MODEL_HOST: Final = "openrouter.ai"
ORATS_TOKEN: Final = "orats-token-of-the-day"
MODEL_KEY: Final = "sk-or-v1-key-of-the-day"


class SeededRandomness:
    """Identifiers and nonces that repeat with the seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._last = (0, 0)

    def uuid7(self, at: datetime) -> UUID:
        """Return a UUID v7 of this instant (RFC 9562, 5.7), above the last one of the same millisecond."""
        milliseconds = int(at.timestamp() * 1000) & ((1 << 48) - 1)
        noise = self._random.getrandbits(70)
        if milliseconds == self._last[0]:
            noise = self._last[1] + 1 + self._random.getrandbits(32)
        self._last = (milliseconds, noise)
        upper = (milliseconds << 16) | (0x7 << 12) | (noise >> 62)
        return UUID(int=(upper << 64) | (0b10 << 62) | (noise & ((1 << 62) - 1)))

    def token_bytes(self, count: int) -> bytes:
        """Return `count` bytes."""
        return self._random.randbytes(count)


@dataclass(slots=True)
class Waits:
    """Waits inside calls, counted and not waited."""

    count: int = 0
    seconds: float = 0.0

    def note(self, seconds: float) -> None:
        """Count one."""
        self.count += 1
        self.seconds += seconds


@dataclass(slots=True, kw_only=True)
class Rig:
    """One running product whose clock is moved by `advance`."""

    clock: ProductClock
    world: World
    container: Container
    scheduler: Scheduler
    gateway: Gateway
    sign_in: SignIn
    reader: Reader
    waits: Waits
    calls: list[VendorCall]
    owners: dict[str, str]
    began_at: datetime
    ran: list[Ran] = field(default_factory=list)

    def advance(self, to: datetime) -> None:
        """Let product time pass; everything that falls due runs at its instant."""
        self.ran += self.scheduler.advance(to)
        self.world.catch_up()

    def open_account(self, account_id: str, token: str, owner: str) -> None:
        """Open an account at the emulated sandbox."""
        self.world.sandbox.add_account(account_id, token, cash=STARTING_CASH)
        self.owners[token] = owner

    def view(self, *, snapshots: bool = False) -> View:
        """Read the stack as it stands."""
        return self.reader.read(self.clock.now(), snapshots=snapshots)


@contextmanager
def started(
    directory: Path,
    *,
    seed: int,
    begins_at: datetime,
    replay: Path | None,
    machine_time: Callable[[], datetime],
    has_coins: bool = False,
) -> Iterator[Rig]:
    """Start everything for one run, the clocks of coins where it has any; all is gone at the end.

    Raises PostgresUnavailable.
    """
    with ExitStack() as ending:
        cluster = ending.enter_context(temporary_cluster(directory / "postgres"))
        urls = cluster.create_database("papertape")
        migrate(urls.owner)
        waits = Waits()
        clock = ProductClock(begins_at, speed=0, wait=waits.note)
        world = World.create(seed, clock.now, clock.sleep, replay=replay, wait_really=waits.note)
        world.orats.add_token(ORATS_TOKEN)
        world.openrouter.add_key(MODEL_KEY)
        owners = {ORATS_TOKEN: "orats"}
        calls: list[VendorCall] = []
        queue = MessageQueue(clock)
        vendors = _recorded(world, calls, owners, clock)
        container = _composed(config_of(urls, seed), seed, clock, queue, vendors)
        ending.callback(container.close)
        sign_in = SignIn(machine_time)
        reader = ending.enter_context(
            Reader(urls.backup, world, calls, since=begins_at, starting_cash=STARTING_CASH)
        )
        yield Rig(
            clock=clock,
            world=world,
            container=container,
            scheduler=_scheduler(clock, queue, container, has_coins=has_coins),
            gateway=_gateway(container, sign_in, clock, machine_time),
            sign_in=sign_in,
            reader=reader,
            waits=waits,
            calls=calls,
            owners=owners,
            began_at=begins_at,
        )


def _recorded(
    world: World, calls: list[VendorCall], owners: dict[str, str], clock: ProductClock
) -> EmulatorTransport:
    """Answer for the vendors, and note each call with its token's owner: coins and models know no users."""
    vendors = (
        (SANDBOX_HOST, world.sandbox),
        (LIVE_HOST, world.live),
        (TASTYTRADE_HOST, world.tastytrade_cert),
        (IBKR_HOST, world.ibkr),
        (ORATS_HOST, world.orats),
    )
    recorded = {host: RecordingVendor(host, vendor, calls, owners, clock.now) for host, vendor in vendors}
    return EmulatorTransport({BINANCE_HOST: world.binance, MODEL_HOST: world.openrouter, **recorded})


def _composed(
    config: Config, seed: int, clock: ProductClock, queue: MessageQueue, vendors: EmulatorTransport
) -> Container:
    bucket = MemoryObjects()
    return Container(
        config,
        clock=clock,
        bus=queue,
        randomness=SeededRandomness(seed),
        http_transport=vendors,
        objects=lambda *_: bucket,
    )


def _scheduler(
    clock: ProductClock, queue: MessageQueue, container: Container, *, has_coins: bool
) -> Scheduler:
    def run_job(
        job: str, due_at: datetime, payload: Mapping[str, JsonValue], forced: bool
    ) -> Mapping[str, JsonValue]:
        return jobs.run_job(container, job, due_at=due_at, payload=payload, forced=forced)

    schedules = SCHEDULES if has_coins else EASTERN_SCHEDULES
    return Scheduler(clock, queue, run_job, schedules, after=clock.now() - timedelta(microseconds=1))


def _gateway(
    container: Container, sign_in: SignIn, clock: ProductClock, machine_time: Callable[[], datetime]
) -> Gateway:
    """Put the run's own sign-in in front of the composed API."""
    return Gateway(sign_in.in_front_of(container.api_context(), clock.monotonic, machine_time))


def config_of(urls: DatabaseUrls, seed: int, *, with_orats: bool = True) -> Config:
    """Configure the product: quotes of a live ORATS plan, or by users' own tokens; nothing leaves here."""
    nowhere = "https://sign-in.invalid"
    return Config(
        database_url_app=urls.app,
        database_url_jobs=urls.jobs,
        # In the process too every vendor has the host of real life.
        broker_urls=BROKER_URLS,
        tradier_data_token=None,
        orats_url=f"https://{ORATS_HOST}/datav2",
        orats_token=ORATS_TOKEN if with_orats else None,
        orats_plan=OratsPlan.LIVE,
        orats_monthly_quota=None,
        model=ModelSettings(key=MODEL_KEY),
        cognito_issuer=ISSUER,
        cognito_jwks_url=nowhere,
        cognito_client_id=CLIENT_ID,
        cognito_endpoint_url=nowhere,
        sealing_keys=f"day-1:{base64.b64encode(random.Random(seed).randbytes(32)).decode()}",
        throttle_per_minute=None,
        force_market_open=False,
        pool_size=4,
        pool_overflow=2,
        prepares_statements=True,
    )

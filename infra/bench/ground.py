"""What is measured on: a throw-away PostgreSQL, fresh databases, the product composed over canned vendors.

Durability is off: the disk's part would be the same in our way and in the peer's, and flatter every ratio.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psycopg

from chalicelib.api.context import ApiContext
from chalicelib.composition import Container
from chalicelib.config import Config
from chalicelib.domain.ports import SideBySide
from infra.bench.relay import Relay, relayed
from infra.bench.result import Row
from infra.bench.sizes import Sizes
from infra.local.clockwork.clock import ProductClock
from infra.local.clockwork.messages import MessageQueue
from infra.local.database.migrate import migrate
from infra.local.database.postgres import DatabaseUrls, PostgresCluster, migrated_template, temporary_cluster
from infra.local.day.gateway import Gateway
from infra.local.day.sign_in import CLIENT_ID, ISSUER, SignIn

if TYPE_CHECKING:
    import httpx

#: A Thursday, ten minutes after the open.
MORNING: Final = datetime(2026, 2, 19, 14, 40, tzinfo=UTC)
SEALING_KEYS: Final = "bench:QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU="
MEMORY_DISK: Final = Path("/dev/shm")  # noqa: S108 - a database that never waits for a disk
MEMORY_DISK_FREE_BYTES_MIN: Final = 4 * 1024**3
NOWHERE: Final = "https://sign-in.invalid"
NO_CHANGES: Final[Mapping[str, str | None]] = {}
#: One server for many users, with threads and connections of its own, in place of a function.
AS_SERVER: Final[Mapping[str, str | None]] = {"AWS_LAMBDA_FUNCTION_NAME": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """One fresh, migrated database: the roles' URLs, and the superuser's for seeding past row security."""

    urls: DatabaseUrls
    superuser: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """The product over one database; `gateway` answers its API in this process."""

    container: Container
    context: ApiContext
    sign_in: SignIn
    clock: ProductClock

    def gateway(self) -> Gateway:
        """Return the API behind Chalice's local gateway."""
        return Gateway(self.context)


@dataclass
class Ground:
    """Where measurements run. `say` reports progress; `directory` is gone afterwards.

    `figures` are the rows that this run has found so far, by name.
    """

    sizes: Sizes
    cluster: PostgresCluster
    directory: Path
    machine_time: Callable[[], datetime]
    say: Callable[[str], None]
    figures: dict[str, Row] = field(default_factory=dict)
    _made: int = field(default=0)

    def new_directory(self) -> Path:
        """Name a directory that is not there yet."""
        self._made += 1
        return self.directory / f"wire-{self._made}"

    @contextmanager
    def database(self) -> Iterator[Database]:
        """Make a fresh database, dropped afterwards."""
        self._made += 1
        name = f"bench_{self._made}"
        template = migrated_template(self.cluster, migrate)
        try:
            urls = self.cluster.create_database(name, template=template)
            yield Database(urls=urls, superuser=self.cluster.superuser_url(name))
        finally:
            self.cluster.drop_database(name)

    @contextmanager
    def product(
        self,
        database: Database,
        *,
        transport: "httpx.BaseTransport | None" = None,
        clock: ProductClock | None = None,
        side_by_side: SideBySide | None = None,
        changes: Mapping[str, str | None] = NO_CHANGES,
    ) -> Iterator[Product]:
        """Compose the product as it runs in one function: one connection a role.

        `changes` are other values of its environment, None for what is not there.
        """
        clock = clock or standing_clock()
        changed = {**environment_of(database.urls), **changes}
        environment = {name: value for name, value in changed.items() if value is not None}
        container = Container(
            Config.from_environment(environment),
            clock=clock,
            bus=MessageQueue(clock),
            http_transport=transport,
            side_by_side=side_by_side,
        )
        sign_in = SignIn(self.machine_time)
        try:
            yield Product(
                container=container,
                context=sign_in.in_front_of(container.api_context(), clock.monotonic, self.machine_time),
                sign_in=sign_in,
                clock=clock,
            )
        finally:
            container.close()


@contextmanager
def counted_product(
    ground: Ground, database: Database, *, transport: "httpx.BaseTransport | None" = None
) -> Iterator[tuple[Product, Relay]]:
    """Compose the product behind a relay, which counts; what is timed goes straight to the database."""
    with (
        relayed(database.urls, ground.new_directory()) as (urls, relay),
        ground.product(replace(database, urls=urls), transport=transport) as product,
    ):
        yield product, relay


def environment_of(urls: DatabaseUrls, *, key_set_url: str = NOWHERE) -> dict[str, str]:
    """Return what a deployed function reads from its environment; nothing of it leaves the process."""
    return {
        "AWS_LAMBDA_FUNCTION_NAME": "papertape",
        "DATABASE_URL_APP": urls.app,
        "DATABASE_URL_JOBS": urls.jobs,
        "ORATS_TOKEN": "of-a-vendor-that-is-not-asked",
        "ORATS_PLAN": "live",
        "COGNITO_ISSUER": ISSUER,
        "COGNITO_JWKS_URL": key_set_url,
        "COGNITO_CLIENT_ID": CLIENT_ID,
        "COGNITO_ENDPOINT_URL": NOWHERE,
        "SEALING_KEYS": SEALING_KEYS,
    }


def standing_clock() -> ProductClock:
    """Return a clock that stands until it is moved; waits inside calls take no time."""
    return ProductClock(MORNING, speed=0, wait=lambda _: None)


@contextmanager
def prepared_ground(
    sizes: Sizes, *, machine_time: Callable[[], datetime], say: Callable[[str], None]
) -> Iterator[Ground]:
    """Start the server and make the directory; all is gone at the end. Raises PostgresUnavailable."""
    with (
        tempfile.TemporaryDirectory(prefix="papertape-bench-", dir=_disk()) as name,
        temporary_cluster(Path(name) / "postgres") as cluster,
    ):
        yield Ground(sizes=sizes, cluster=cluster, directory=Path(name), machine_time=machine_time, say=say)


def run_sql(database: Database, *statements: str) -> None:
    """Run statements as the superuser, each committed: seeding looks past row security."""
    with psycopg.connect(database.superuser, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def _disk() -> Path | None:
    """Return the file system in memory when it has room."""
    if not MEMORY_DISK.is_dir():
        return None
    return MEMORY_DISK if shutil.disk_usage(MEMORY_DISK).free >= MEMORY_DISK_FREE_BYTES_MIN else None

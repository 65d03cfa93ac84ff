"""The composition root: the only place that reads the environment and builds adapters from configuration.

In the cloud `container()` builds itself from the process's environment at the first request; the local stack
and the tests build one with their own clock and bus and `install` it.
"""

import json
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from chalicelib.api.authentication import Authenticator
from chalicelib.api.context import ApiContext
from chalicelib.brokers.budget import ORATS_LIMITS, CallBudget, MeasuredBudget, PostgresCallBudget
from chalicelib.brokers.http import HttpPool
from chalicelib.brokers_directory import Brokers, Connections, StoredCredentials
from chalicelib.config import Config, MissingSetting
from chalicelib.domain.clocks.jobs import AGAIN, JOB_NAMES
from chalicelib.domain.data_budget import pages_of_month, quota_month
from chalicelib.domain.ports import Clock, InTurn, JsonValue, MessageBus, Randomness, SideBySide
from chalicelib.marketdata.orats_client import OratsEnvironment
from chalicelib.marketdata.orats_rows import SOURCE as ORATS_SOURCE
from chalicelib.marketdata.selection import MarketDataSelection, Wiring
from chalicelib.notify.directory import build_channels, ses_client
from chalicelib.observability.logs import log_json
from chalicelib.observability.metrics import EmfMeter, Meter, SilentMeter
from chalicelib.observability.redaction import LearningSealer, Redactor
from chalicelib.security.accounts import CognitoAccounts
from chalicelib.security.cognito import AccessTokenVerifier, PoolKeys
from chalicelib.security.cognito_client import CognitoClient
from chalicelib.security.key_ring import RenewedKeyRing
from chalicelib.security.sealing import AesSealer, KeyRing, NoSealer
from chalicelib.security.secret_settings import KEY_RING, FetchSecret, from_extension, secret_settings
from chalicelib.services.environment import BackupParts, Environment
from chalicelib.services.kept_answers import KeptAnswers
from chalicelib.services.token_owners import TokenOwners
from chalicelib.store.buckets import ObjectStores, s3_objects
from chalicelib.store.budget import CallWindows, MonthCount, VendorUsage
from chalicelib.store.closures import read_closures
from chalicelib.store.database import Database, open_engine
from chalicelib.store.deployment import OrderTags
from chalicelib.system import SystemClock, SystemRandomness, Threads, machine_time

if TYPE_CHECKING:
    import httpx

    from chalicelib.store.whole_database import Snapshot

#: No call runs longer than 20 s (api.md): the server ends a statement first, then we stop waiting for it,
#: and a new connection is tried for 5 s. Jobs write in batches that take a fraction of this.
DATABASE_STATEMENT_SECONDS_MAX: Final = 9.0
DATABASE_ANSWER_SECONDS_MAX: Final = 10.0


class Container:
    """One process's adapters; engines connect when first used."""

    def __init__(
        self,
        config: Config,
        *,
        clock: Clock,
        bus: MessageBus,
        randomness: Randomness,
        http_transport: "httpx.BaseTransport | None",
        objects: ObjectStores,
        redactor: Redactor,
        mail: Callable[[], Any] | None = None,  # Any: boto3 has no types
        pool: Callable[[], Any] | None = None,  # Any: likewise
        meter: Meter | None = None,
        open_database: Callable[[str], Database] | None = None,
        side_by_side: SideBySide | None = None,
        read_keys: Callable[[], str] | None = None,
    ) -> None:
        self._side_by_side = side_by_side or InTurn()
        self._config = config
        self._open_database = open_database or self._database
        self._objects = objects
        self._clock = clock
        self._randomness = randomness
        self._http = HttpPool(http_transport)
        self._meter = meter or SilentMeter()
        for secret in config.secrets():
            redactor.learn(secret)
        self._accounts = CognitoAccounts(config.cognito_pool_id, pool or _pool_client)
        self._sealer = LearningSealer(_sealer(config.sealing_keys, randomness, clock, read_keys), redactor)
        self._channels = build_channels(config.channels, self._http, ses=mail or ses_client)
        # A function of the cloud knows the connection of its own role alone.
        self._api_environment = self._environment_of(config.database_url_app, bus)
        self._jobs_environment = self._environment_of(config.database_url_jobs, bus)
        self._api_context = (
            None if self._api_environment is None else self._build_api_context(self._api_environment)
        )

    def api_environment(self) -> Environment:
        """Return the environment of API calls: the application's role. Raises MissingSetting."""
        if self._api_environment is None:
            raise MissingSetting("DATABASE_URL_APP")
        return self._api_environment

    def jobs_environment(self) -> Environment:
        """Return the environment of jobs: their own role. Raises MissingSetting."""
        if self._jobs_environment is None:
            raise MissingSetting("DATABASE_URL_JOBS")
        return self._jobs_environment

    def api_context(self) -> ApiContext:
        """Return what the API needs. Raises MissingSetting."""
        if self._api_context is None:
            raise MissingSetting("DATABASE_URL_APP")
        return self._api_context

    def close(self) -> None:
        """Let go of all connections."""
        for environment in (self._api_environment, self._jobs_environment):
            if environment is not None:
                environment.database.dispose()

    def _environment_of(self, url: str | None, bus: MessageBus) -> Environment | None:
        return None if url is None else self._environment(self._open_database(url), bus)

    def _database(self, url: str) -> Database:
        config = self._config
        engine = open_engine(
            url,
            pool_size=config.pool_size,
            overflow=config.pool_overflow,
            prepares_statements=config.prepares_statements,
            answer_seconds_max=DATABASE_ANSWER_SECONDS_MAX,
        )
        return Database(engine, self._clock, statement_seconds_max=DATABASE_STATEMENT_SECONDS_MAX)

    def _environment(self, database: Database, bus: MessageBus) -> Environment:
        budget = MeasuredBudget(PostgresCallBudget(CallWindows(database)), self._meter)
        credentials = self._credentials(database)
        market_data = self._market_data(database, credentials, budget)
        brokers = Brokers(
            database,
            credentials,
            market_data,
            budget=budget,
            http=self._http,
            clock=self._clock,
            randomness=self._randomness,
            closures=read_closures,
        )
        return Environment(
            database=database,
            clock=self._clock,
            randomness=self._randomness,
            bus=bus,
            brokers=brokers,
            paper_floor=brokers,
            connections=Connections(credentials, budget=budget, http=self._http, clock=self._clock),
            market_data=market_data,
            sealer=self._sealer,
            channels=self._channels,
            meter=self._meter,
            closures=read_closures,
            tags=OrderTags(database, self._randomness.token_bytes),
            objects=self._objects("EXPORT_BUCKET", self._config.export_bucket),
            backup=self._backup_parts(),
            force_market_open=self._config.force_market_open,
            data_plan=self._data_plan(database),
            side_by_side=self._side_by_side,
        )

    def _credentials(self, database: Database) -> StoredCredentials:
        config = self._config
        return StoredCredentials(
            database,
            self._sealer,
            sandbox_url=config.tradier_sandbox_url,
            live_url=config.tradier_live_url,
            data_token=config.tradier_data_token,
        )

    def _market_data(
        self, database: Database, credentials: StoredCredentials, tradier_budget: CallBudget
    ) -> MarketDataSelection:
        wiring = Wiring(
            clock=self._clock,
            http=self._http,
            tradier_budget=tradier_budget,
            orats_budget=self._orats_budget(database),
        )
        return MarketDataSelection(
            wiring, orats=self._orats_environment(), tradier_token_for=credentials.data_environment
        )

    def _data_plan(self, database: Database) -> "_QuotaPlan | None":
        quota = self._config.orats_monthly_quota
        return None if quota is None else _QuotaPlan(VendorUsage(database), quota)

    def _backup_parts(self) -> BackupParts | None:
        url, bucket = self._config.database_url_backup, self._config.backup_bucket
        if bucket is None:
            return None

        def snapshot() -> AbstractContextManager["Snapshot"]:
            if url is None:  # half configured: the function that backs up must not go on in silence
                raise MissingSetting("DATABASE_URL_BACKUP")
            from chalicelib.store.whole_database import open_snapshot

            return open_snapshot(url)

        return BackupParts(snapshot=snapshot, objects=self._objects("BACKUP_BUCKET", bucket))

    def _orats_budget(self, database: Database) -> CallBudget:
        quota = self._config.orats_monthly_quota
        counted = MonthCount(
            vendor=ORATS_SOURCE,
            month_of=quota_month,
            pages_max=None if quota is None else pages_of_month(quota),
        )
        budget = PostgresCallBudget(CallWindows(database, month_of=counted), ORATS_LIMITS)
        return MeasuredBudget(budget, self._meter)

    def _orats_environment(self) -> OratsEnvironment | None:
        token = self._config.orats_token
        if token is None:
            return None
        return OratsEnvironment(base_url=self._config.orats_url, token=token, plan=self._config.orats_plan)

    def _build_api_context(self, environment: Environment) -> ApiContext:
        config = self._config
        cognito = CognitoClient(
            endpoint=config.cognito_endpoint_url,
            key_set_url=config.cognito_jwks_url,
            client_id=config.cognito_client_id,
        )
        verifier = AccessTokenVerifier(
            issuer=config.cognito_issuer,
            client_id=config.cognito_client_id,
            keys=PoolKeys(cognito.key_set, self._clock.monotonic),
            machine_time=machine_time,
        )
        return ApiContext(
            environment=environment,
            authenticator=Authenticator(
                environment,
                verifier,
                machine_time,
                TokenOwners(environment, self._accounts, machine_time),
            ),
            signin=cognito,
            accounts=self._accounts,
            machine_time=machine_time,
            kept=KeptAnswers(self._clock),
            sign_ins=CallWindows(environment.database),
            requests_per_minute=config.throttle_per_minute,
            site_origin=config.site_origin,
        )


class _QuotaPlan:
    """A vendor's monthly quota, counted in the database."""

    def __init__(self, usage: VendorUsage, monthly_quota: int) -> None:
        self._usage = usage
        self._monthly_quota = monthly_quota

    @property
    def monthly_quota(self) -> int:
        """Return how many calls the plan has a month."""
        return self._monthly_quota

    def used(self, now: datetime) -> int:
        """Return the calls of this month."""
        return self._usage.used(ORATS_SOURCE, quota_month(now))

    def note_cadence(self, now: datetime, seconds: int) -> None:
        """Keep the present cadence."""
        self._usage.note_cadence(ORATS_SOURCE, quota_month(now), seconds)

    def cadence(self, now: datetime) -> int | None:
        """Return the cadence that the last snapshot found."""
        return self._usage.cadence(ORATS_SOURCE, quota_month(now))


def build_container(
    config: Config,
    *,
    clock: Clock,
    bus: MessageBus,
    randomness: Randomness | None = None,
    http_transport: "httpx.BaseTransport | None" = None,
    objects: ObjectStores | None = None,
    mail: Callable[[], Any] | None = None,  # Any: boto3 has no types
    pool: Callable[[], Any] | None = None,  # Any: likewise
    redactor: Redactor | None = None,
    meter: Meter | None = None,
    open_database: Callable[[str], Database] | None = None,
    side_by_side: SideBySide | None = None,
    read_keys: Callable[[], str] | None = None,
) -> Container:
    """Build the product from its configuration and the outside it is given; buckets are S3's by default.

    `mail` makes the client of SES, `pool` that of Cognito's accounts,
    AWS' own by default. `redactor` is told every secret that comes by, for
    whoever writes logs. Nothing is measured without a `meter`.
    `open_database` opens a role's connection string in another way than the configuration says. Vendors are
    asked one after the other without `side_by_side`.
    `read_keys` reads the sealing keys anew where a rotation may have changed them.
    """
    return Container(
        config,
        clock=clock,
        bus=bus,
        randomness=randomness or SystemRandomness(),
        http_transport=http_transport,
        objects=objects or s3_objects,
        mail=mail,
        pool=pool,
        redactor=redactor or Redactor(),
        meter=meter,
        open_database=open_database,
        side_by_side=side_by_side,
        read_keys=read_keys,
    )


_installed: list[Container] = []


def install(built: Container) -> None:
    """Make this the process's container."""
    _installed[:] = [built]


def _sealer(
    keys: str | None, randomness: Randomness, clock: Clock, read_keys: Callable[[], str] | None
) -> AesSealer | NoSealer:
    """Return what opens tokens, or what says that this function is given no keys."""
    if keys is None:
        return NoSealer()
    ring = KeyRing.parse(keys)
    renewed = ring if read_keys is None else RenewedKeyRing(ring, read_keys, clock.monotonic)
    return AesSealer(renewed, randomness.token_bytes)


def _pool_client() -> Any:  # Any: boto3 has no types
    """Return Cognito's client with the function's own rights; loaded by the first call that needs it."""
    import boto3

    return boto3.client("cognito-idp")


def _secret_settings() -> dict[str, str]:
    """Read the parts of the secret that this function is given; none where the environment holds all."""
    labels = [label for label in os.environ.get("SECRET_LABELS", "").split(",") if label]
    return secret_settings(labels, _fetch_secret())


def _fetch_secret() -> FetchSecret:
    session_token = os.environ.get("AWS_SESSION_TOKEN", "")
    return from_extension(os.environ.get("SECRET_ID", ""), session_token)


def _read_keys() -> str:
    """Read the sealing keys as they stand now; raises SecretUnavailable."""
    return _fetch_secret()(KEY_RING)


def _with_again(queues: Mapping[str, str]) -> dict[str, str]:
    """Have failed runs of jobs without a queue of their own come back by the one they share."""
    shared = queues.get(AGAIN.name)
    return {**(dict.fromkeys(JOB_NAMES, shared) if shared is not None else {}), **queues}


def container() -> Container:
    """Return the process's container, building it from the environment at the first call."""
    if not _installed:
        from chalicelib.notify.queues import QueueBus

        redactor = Redactor()
        log_json(sys.stdout, redactor)
        clock = SystemClock()
        queues: dict[str, str] = json.loads(os.environ.get("JOB_QUEUES", "{}"))
        config = Config.from_environment({**os.environ, **_secret_settings()})
        install(
            build_container(
                config,
                clock=clock,
                bus=QueueBus(_with_again(queues), clock),
                redactor=redactor,
                meter=EmfMeter(sys.stdout, config.metrics_namespace),
                side_by_side=Threads(),
                read_keys=_read_keys if os.environ.get("SECRET_LABELS") else None,
            )
        )
    return _installed[0]


def rotate_sealing_keys(event: Mapping[str, str]) -> dict[str, JsonValue]:
    """Carry out one step of Secrets Manager's rotation; it needs no container, which would need the keys."""
    import boto3

    from chalicelib.jobs.rotate_keys import rotate

    manager = boto3.client("secretsmanager")
    return rotate(manager, event, now=machine_time(), token_bytes=SystemRandomness().token_bytes)

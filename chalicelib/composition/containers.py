"""One process's adapters, built from its configuration and the outside that it is given."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Final

from chalicelib.api.authentication import Authenticator
from chalicelib.api.context import ApiContext
from chalicelib.composition.brokers import Brokers, Connections, StoredCredentials
from chalicelib.composition.browser_logins import BrowserLogins
from chalicelib.composition.data_source import (
    Line,
    build_binance,
    build_data_plan,
    build_market_data,
    build_traders_outside,
)
from chalicelib.composition.outside_brokers import OutsideLine
from chalicelib.config import Config, MissingSetting
from chalicelib.domain.accounts import BrokerName
from chalicelib.domain.ports import Clock, InTurn, MessageBus, Randomness, SideBySide
from chalicelib.notify.directory import build_channels, ses_client
from chalicelib.observability.metrics import Meter, SilentMeter
from chalicelib.observability.redaction import LearningSealer, Redactor
from chalicelib.security.accounts import CognitoAccounts
from chalicelib.security.cognito import AccessTokenVerifier, PoolKeys
from chalicelib.security.cognito_client import CognitoClient
from chalicelib.security.key_ring import RenewedKeyRing
from chalicelib.security.sealing import AesSealer, KeyRing, NoSealer
from chalicelib.services.environment import BackupParts, Environment
from chalicelib.services.market.kept_answers import KeptAnswers
from chalicelib.services.sign_in.token_owners import TokenOwners
from chalicelib.store.accounts.budget import CallWindows
from chalicelib.store.accounts.deployment import OrderTags
from chalicelib.store.database import Database
from chalicelib.store.engine import open_engine
from chalicelib.store.files.buckets import ObjectStores, s3_objects
from chalicelib.store.market.closures import read_closures
from chalicelib.store.market.contract_ids import ContractIds
from chalicelib.system import SystemRandomness, machine_time
from chalicelib.vendors.budget import (
    IBKR_LIMITS,
    SCHWAB_LIMITS,
    TASTYTRADE_LIMITS,
    CallBudget,
    CallLimits,
    MeasuredBudget,
    PostgresCallBudget,
)
from chalicelib.vendors.http import HttpPool

if TYPE_CHECKING:
    import httpx

    from chalicelib.store.files.whole_database import Snapshot

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
        randomness: Randomness | None = None,
        http_transport: "httpx.BaseTransport | None" = None,
        objects: ObjectStores = s3_objects,
        redactor: Redactor | None = None,
        mail: Callable[[], Any] = ses_client,  # Any: boto3 has no types
        pool: Callable[[], Any] | None = None,  # Any: likewise
        meter: Meter | None = None,
        open_database: Callable[[str], Database] | None = None,
        side_by_side: SideBySide | None = None,
        read_keys: Callable[[], str] | None = None,
    ) -> None:
        """Build the product; what is not given is the cloud's.

        `objects` opens buckets, `mail` makes the client of SES, `pool` that of Cognito's accounts. `redactor`
        is told every secret that comes by, for whoever writes logs. Nothing is measured without a `meter`.
        `open_database` opens a role's connection string in another way than the configuration says. Vendors
        are asked one after the other without `side_by_side`. `read_keys` reads the sealing keys anew where a
        rotation may have changed them.
        """
        randomness, redactor = randomness or SystemRandomness(), redactor or Redactor()
        self._side_by_side = side_by_side or InTurn()
        self._config = config
        self._open_database = open_database or self._database
        self._objects = objects
        self._clock = clock
        self._randomness = randomness
        self._line = Line(clock=clock, http=HttpPool(http_transport), meter=meter or SilentMeter())
        for secret in config.secrets():
            redactor.learn(secret)
        self._accounts = CognitoAccounts(config.cognito_pool_id, pool or _pool_client)
        self._sealer = LearningSealer(_sealer(config.sealing_keys, randomness, clock, read_keys), redactor)
        self._channels = build_channels(config.channels, self._line.http, ses=mail)
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
        budget = MeasuredBudget(PostgresCallBudget(CallWindows(database)), self._line.meter)
        credentials = self._credentials(database)
        outside = self._outside(database, tradier_budget=budget)
        data = build_market_data(self._config, database, credentials, self._line, outside)
        coins, spare_coins, models = build_traders_outside(self._config, database, self._line)
        binance = build_binance(self._config, database, self._line)
        brokers = Brokers(
            database,
            credentials,
            data,
            coin_market=coins,
            outside=outside,
            clock=self._clock,
            randomness=self._randomness,
            closures=read_closures,
            disallow_market_orders=self._config.disallow_market_orders,
            binance=binance,
        )
        return Environment(
            database=database,
            clock=self._clock,
            randomness=self._randomness,
            bus=bus,
            brokers=brokers,
            paper_floor=brokers,
            connections=Connections(outside, binance, self._clock),
            browser_logins=BrowserLogins(outside, self._config.site_origin),
            market_data=data,
            coin_market=coins,
            spare_coins=spare_coins,
            models=models,
            sealer=self._sealer,
            channels=self._channels,
            meter=self._line.meter,
            closures=read_closures,
            tags=OrderTags(database, self._randomness.token_bytes),
            objects=self._objects("EXPORT_BUCKET", self._config.export_bucket),
            histories=self._objects("HISTORY_BUCKET", self._config.history_bucket),
            backup=self._backup_parts(),
            force_market_open=self._config.force_market_open,
            data_plan=build_data_plan(self._config, database),
            side_by_side=self._side_by_side,
            live_records_years=self._config.live_records_years,
        )

    def _outside(self, database: Database, *, tradier_budget: CallBudget) -> OutsideLine:
        return OutsideLine(
            urls=self._config.broker_urls,
            budgets=_budgets(tradier_budget, CallWindows(database), self._line.meter),
            clock=self._clock,
            http=self._line.http,
            randomness=self._randomness,
            contract_ids=ContractIds(database),
        )

    def _credentials(self, database: Database) -> StoredCredentials:
        config = self._config
        return StoredCredentials(
            database,
            self._sealer,
            urls=config.broker_urls,
            data_token=config.tradier_data_token,
        )

    def _backup_parts(self) -> BackupParts | None:
        url, bucket = self._config.database_url_backup, self._config.backup_bucket
        if bucket is None:
            return None

        def snapshot() -> AbstractContextManager["Snapshot"]:
            if url is None:  # half configured: the function that backs up must not go on in silence
                raise MissingSetting("DATABASE_URL_BACKUP")
            from chalicelib.store.files.whole_database import open_snapshot

            return open_snapshot(url)

        return BackupParts(snapshot=snapshot, objects=self._objects("BACKUP_BUCKET", bucket))

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
            coin_stream_url=config.binance.streams,
        )


def _budgets(tradier: CallBudget, windows: CallWindows, meter: Meter) -> Mapping[BrokerName, CallBudget]:
    """Return each broker's calls; Tradier's are its data's, too."""
    return {
        BrokerName.TRADIER: tradier,
        BrokerName.TASTYTRADE: _budget(windows, TASTYTRADE_LIMITS, meter),
        BrokerName.IBKR: _budget(windows, IBKR_LIMITS, meter),
        BrokerName.SCHWAB: _budget(windows, SCHWAB_LIMITS, meter),
    }


def _budget(windows: CallWindows, limits: CallLimits, meter: Meter) -> MeasuredBudget:
    """Return a broker's budget that all functions share."""
    return MeasuredBudget(PostgresCallBudget(windows, limits), meter)


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

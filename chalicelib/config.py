"""What is configured, read once from a process's environment; the composition root alone reads it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from chalicelib.domain.accounts import BrokerMode
from chalicelib.marketdata.orats_client import OratsPlan
from chalicelib.models.settings import ModelSettings
from chalicelib.notify.directory import DISCORD_URL, TELEGRAM_URL, ChannelSettings

TRADIER_SANDBOX_URL: Final = "https://sandbox.tradier.com/v1"
TRADIER_LIVE_URL: Final = "https://api.tradier.com/v1"
TASTYTRADE_CERT_URL: Final = "https://api.cert.tastyworks.com"
TASTYTRADE_LIVE_URL: Final = "https://api.tastyworks.com"
SCHWAB_URL: Final = "https://api.schwabapi.com"
#: Paper accounts share it with live ones.
IBKR_URL: Final = "https://api.ibkr.com/v1/api"
ORATS_URL: Final = "https://api.orats.io/datav2"
#: Market data alone: no key, and an address of its own that orders never go to (wire/binance.md, 1).
BINANCE_URL: Final = "https://data-api.binance.vision"
BINANCE_TESTNET_URL: Final = "https://testnet.binance.vision"
BINANCE_LIVE_URL: Final = "https://api.binance.com"
#: What coins are marked by while the exchange does not answer: no key (C-06).
COINGECKO_URL: Final = "https://api.coingecko.com"
#: Public prices pushed to the page itself (C-10); of data alone, like the address above.
BINANCE_STREAM_URL: Final = "wss://data-stream.binance.vision"
#: Each may be another one by the setting that bears its mode's name, `TRADIER_SANDBOX_URL` and so on.
BROKER_URLS: Final[Mapping[BrokerMode, str]] = {
    BrokerMode.TRADIER_SANDBOX: TRADIER_SANDBOX_URL,
    BrokerMode.TRADIER_LIVE: TRADIER_LIVE_URL,
    BrokerMode.TASTYTRADE_CERT: TASTYTRADE_CERT_URL,
    BrokerMode.TASTYTRADE_LIVE: TASTYTRADE_LIVE_URL,
    BrokerMode.SCHWAB_LIVE: SCHWAB_URL,
    BrokerMode.IBKR_PAPER: IBKR_URL,
    BrokerMode.IBKR_LIVE: IBKR_URL,
}
METRICS_NAMESPACE: Final = "papertape"
#: architecture.md, Data: the local server uses a pool of 10 with 5 over; a function has one connection.
LOCAL_POOL_SIZE: Final = 10
LOCAL_POOL_OVERFLOW: Final = 5


class MissingSetting(Exception):
    """A setting that has no sensible default is absent from the environment."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the setting {name} is missing")


@dataclass(frozen=True, kw_only=True)
class BinanceUrls:
    """Binance's hosts: market data without a key, where orders go with one, where pages hear prices."""

    market_data: str = BINANCE_URL
    testnet: str = BINANCE_TESTNET_URL
    live: str = BINANCE_LIVE_URL
    streams: str | None = BINANCE_STREAM_URL

    @classmethod
    def read(cls, optional: Callable[[str], str | None]) -> "BinanceUrls":
        """Read what is configured."""
        return cls(
            market_data=optional("BINANCE_URL") or BINANCE_URL,
            testnet=optional("BINANCE_TESTNET_URL") or BINANCE_TESTNET_URL,
            live=optional("BINANCE_LIVE_URL") or BINANCE_LIVE_URL,
            streams=_url_or_none(optional("BINANCE_STREAM_URL"), BINANCE_STREAM_URL),
        )


@dataclass(frozen=True, kw_only=True)
class Config:
    """Everything that is configured, read once. URLs are whole; secrets never print."""

    database_url_app: str | None = field(repr=False)
    database_url_jobs: str | None = field(repr=False)
    broker_urls: Mapping[BrokerMode, str]
    tradier_data_token: str | None = field(repr=False)
    orats_url: str
    orats_token: str | None = field(repr=False)
    orats_plan: OratsPlan
    orats_monthly_quota: int | None
    cognito_issuer: str
    cognito_jwks_url: str
    cognito_client_id: str
    cognito_endpoint_url: str
    sealing_keys: str | None = field(repr=False)
    throttle_per_minute: int | None
    force_market_open: bool
    pool_size: int
    pool_overflow: int
    prepares_statements: bool = False
    database_url_backup: str | None = field(default=None, repr=False)
    export_bucket: str | None = None
    backup_bucket: str | None = None
    history_bucket: str | None = None
    site_origin: str | None = None
    channels: ChannelSettings = field(default_factory=ChannelSettings)
    model: ModelSettings = field(default_factory=ModelSettings)
    binance: BinanceUrls = field(default_factory=BinanceUrls)
    coingecko_url: str | None = COINGECKO_URL
    metrics_namespace: str = METRICS_NAMESPACE
    disallow_market_orders: bool = True
    live_records_years: int = 7

    @property
    def cognito_pool_id(self) -> str:
        """Return the user pool's id: the last part of its issuer."""
        return self.cognito_issuer.rpartition("/")[2]

    def secrets(self) -> list[str | None]:
        """Return what must never stand in a log."""
        urls = [self.database_url_app, self.database_url_jobs, self.database_url_backup]
        tokens = [self.tradier_data_token, self.orats_token, self.channels.telegram_bot_token, self.model.key]
        return [*urls, *tokens, *re.split(r"[,:]", self.sealing_keys or "")]

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Config":
        """Read the settings; raises MissingSetting. An empty value counts as absent."""

        def required(name: str) -> str:
            if not environment.get(name):
                raise MissingSetting(name)
            return environment[name]

        def optional(name: str) -> str | None:
            return environment.get(name) or None

        in_lambda = "AWS_LAMBDA_FUNCTION_NAME" in environment
        return cls(
            database_url_app=optional("DATABASE_URL_APP"),
            database_url_jobs=optional("DATABASE_URL_JOBS"),
            broker_urls={mode: optional(f"{mode}_URL") or url for mode, url in BROKER_URLS.items()},
            tradier_data_token=optional("TRADIER_DATA_TOKEN"),
            orats_url=optional("ORATS_URL") or ORATS_URL,
            orats_token=optional("ORATS_TOKEN"),
            orats_plan=OratsPlan(optional("ORATS_PLAN") or OratsPlan.DELAYED),
            orats_monthly_quota=_whole(optional("ORATS_MONTHLY_QUOTA")),
            cognito_issuer=required("COGNITO_ISSUER"),
            cognito_jwks_url=required("COGNITO_JWKS_URL"),
            cognito_client_id=required("COGNITO_CLIENT_ID"),
            cognito_endpoint_url=required("COGNITO_ENDPOINT_URL"),
            sealing_keys=optional("SEALING_KEYS"),
            metrics_namespace=optional("POWERTOOLS_METRICS_NAMESPACE") or METRICS_NAMESPACE,
            channels=_channels(optional),
            model=ModelSettings.read(optional),
            binance=BinanceUrls.read(optional),
            coingecko_url=_url_or_none(optional("COINGECKO_URL"), COINGECKO_URL),
            throttle_per_minute=int(environment.get("THROTTLE_PER_MINUTE") or 0) or None,
            live_records_years=int(environment.get("LIVE_RECORDS_YEARS") or 7),
            disallow_market_orders=environment.get("DISALLOW_MARKET_ORDERS", "") != "false",
            force_market_open=environment.get("FORCE_MARKET_OPEN", "") == "true",
            pool_size=1 if in_lambda else LOCAL_POOL_SIZE,
            pool_overflow=0 if in_lambda else LOCAL_POOL_OVERFLOW,
            prepares_statements=environment.get("DATABASE_PREPARES_STATEMENTS", "") == "true",
            database_url_backup=optional("DATABASE_URL_BACKUP"),
            export_bucket=optional("EXPORT_BUCKET"),
            backup_bucket=optional("BACKUP_BUCKET"),
            history_bucket=optional("HISTORY_BUCKET"),
            site_origin=optional("SITE_ORIGIN"),
        )


def _url_or_none(text: str | None, usual: str) -> str | None:
    """Read an address that a deployment may do without: `none` is nowhere."""
    return None if text == "none" else text or usual


def _whole(text: str | None) -> int | None:
    return None if text is None else int(text)


def _channels(optional: Callable[[str], str | None]) -> ChannelSettings:
    return ChannelSettings(
        telegram_url=optional("TELEGRAM_URL") or TELEGRAM_URL,
        telegram_bot_token=optional("TELEGRAM_BOT_TOKEN"),
        discord_url=optional("DISCORD_URL") or DISCORD_URL,
        mail_sender=optional("MAIL_SENDER"),
    )

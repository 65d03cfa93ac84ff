"""The operator's sources of quotes, coins and decisions, their budgets and plans, as configured."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.brokers.binance.limits import BINANCE_LIMITS
from chalicelib.composition.binance import BinanceDesk
from chalicelib.composition.broker_data import OwnBrokerData
from chalicelib.composition.brokers import StoredCredentials
from chalicelib.composition.outside_brokers import OutsideLine
from chalicelib.config import Config
from chalicelib.domain.accounts import BrokerMode, BrokerName
from chalicelib.domain.market.data_budget import pages_of_month, quota_month
from chalicelib.domain.ports import Clock
from chalicelib.marketdata.binance_coins import BinanceCoins
from chalicelib.marketdata.orats_client import OratsEnvironment
from chalicelib.marketdata.orats_rows import SOURCE as ORATS_SOURCE
from chalicelib.marketdata.selection import MarketDataSelection, Wiring
from chalicelib.marketdata.spare_coins import COINGECKO_LIMITS, CoinGecko, NoSpareCoins, SpareCoins
from chalicelib.models.directory import MODEL_LIMITS, Models
from chalicelib.observability.metrics import Meter
from chalicelib.store.accounts.budget import CallWindows, MonthCount, VendorUsage
from chalicelib.store.database import Database
from chalicelib.vendors.budget import ORATS_LIMITS, CallBudget, MeasuredBudget, PostgresCallBudget
from chalicelib.vendors.http import HttpPool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a call to any vendor goes by."""

    clock: Clock
    http: HttpPool
    meter: Meter


def build_market_data(
    config: Config, database: Database, credentials: StoredCredentials, line: Line, outside: OutsideLine
) -> MarketDataSelection:
    """Build the choice between ORATS, where its token is set, Tradier by whose token, and own brokers."""
    wiring = Wiring(
        clock=line.clock,
        http=line.http,
        tradier_budget=outside.budgets[BrokerName.TRADIER],
        orats_budget=_orats_budget(config, database, line.meter),
    )
    return MarketDataSelection(
        wiring,
        orats=_orats_environment(config),
        tradier_token_for=credentials.data_environment,
        of_broker=OwnBrokerData(credentials, outside),
    )


def build_traders_outside(
    config: Config, database: Database, line: Line
) -> tuple[BinanceCoins, SpareCoins, Models]:
    """Build what traders read and whom they ask: coins, and the operator's model where its key is set."""
    windows = CallWindows(database)
    of_coins = MeasuredBudget(PostgresCallBudget(windows, BINANCE_LIMITS), line.meter)
    of_models = MeasuredBudget(PostgresCallBudget(windows, MODEL_LIMITS), line.meter)
    coins = BinanceCoins(config.binance.market_data, budget=of_coins, clock=line.clock, http=line.http)
    return (
        coins,
        _spare_coins(config, windows, line),
        Models(config.model, budget=of_models, clock=line.clock, http=line.http),
    )


def _spare_coins(config: Config, windows: CallWindows, line: Line) -> SpareCoins:
    if config.coingecko_url is None:
        return NoSpareCoins()
    budget = MeasuredBudget(PostgresCallBudget(windows, COINGECKO_LIMITS), line.meter)
    return CoinGecko(config.coingecko_url, budget=budget, clock=line.clock, http=line.http)


def build_binance(config: Config, database: Database, line: Line) -> BinanceDesk:
    """Build what opens accounts at Binance; each host's weights are counted apart, as market data's are."""
    urls = {
        BrokerMode.BINANCE_TESTNET: config.binance.testnet,
        BrokerMode.BINANCE_LIVE: config.binance.live,
    }
    budget = MeasuredBudget(PostgresCallBudget(CallWindows(database), BINANCE_LIMITS), line.meter)
    return BinanceDesk(database, urls, budget=budget, clock=line.clock, http=line.http)


def build_data_plan(config: Config, database: Database) -> "QuotaPlan | None":
    """Build the vendor's monthly plan; None where none is configured."""
    quota = config.orats_monthly_quota
    return None if quota is None else QuotaPlan(VendorUsage(database), quota)


def _orats_budget(config: Config, database: Database, meter: Meter) -> CallBudget:
    quota = config.orats_monthly_quota
    counted = MonthCount(
        vendor=ORATS_SOURCE,
        month_of=quota_month,
        pages_max=None if quota is None else pages_of_month(quota),
    )
    budget = PostgresCallBudget(CallWindows(database, month_of=counted), ORATS_LIMITS)
    return MeasuredBudget(budget, meter)


def _orats_environment(config: Config) -> OratsEnvironment | None:
    if config.orats_token is None:
        return None
    return OratsEnvironment(base_url=config.orats_url, token=config.orats_token, plan=config.orats_plan)


class QuotaPlan:
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

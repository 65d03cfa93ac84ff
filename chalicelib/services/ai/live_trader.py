"""A trader trades live once nothing of what that needs is missing, and says what is (C-08, C-13).

Its account's own live switch comes first: by the account's number and a fresh code (A-12). What changes that
account, or switches it off, ends live trading of all traders there, so that each is confirmed anew.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.ai.traders.trader import TraderExchange, TraderMode
from chalicelib.domain.ai.validation.account_rules import (
    CAPPED_LIVE_TRADES,
    LIVE_CAP_POSITIONS,
    LIVE_CAP_USD,
)
from chalicelib.domain.people import Tier
from chalicelib.services.ai.manage_traders import hold
from chalicelib.services.environment import Environment
from chalicelib.services.errors import FieldError, Invalid, LiveRefused
from chalicelib.services.raise_alert import Severity, raise_alert
from chalicelib.services.users.settings import require
from chalicelib.store.ai import traders as store
from chalicelib.store.ai.traders import ControlFacts, TraderRow
from chalicelib.store.database import Isolation
from chalicelib.store.users import second_factor
from chalicelib.store.users.settings import UserSettings

PAPER_TRADES_NEEDED: Final = 50
LIVE: Final = BrokerMode.BINANCE_LIVE
_PAPER: Final = [
    mode.value for mode in BrokerMode if (mode.is_simulated or mode.is_of_coins_alone) and not mode.is_live
]


class Requirement(StrEnum):
    """What may be missing, in the order of C-13."""

    ELITE = "ELITE"
    PAPER_TRADES = "PAPER_TRADES"
    CONFIRMATION = "CONFIRMATION"
    SECOND_FACTOR = "SECOND_FACTOR"
    DISCLAIMER = "DISCLAIMER"


def switch_live_on(
    env: Environment,
    username: str,
    trader_id: UUID,
    *,
    account_id: str | None,
    accepts_disclaimer: bool,
    lifts_cap: bool = False,
) -> TraderRow:
    """Have a trader enter with real money from now on; `lifts_cap` ends the cap of its first trades.

    A disclaimer that was accepted is kept with its time, whatever else is missing (C-11). Raises NotFound,
    LiveRefused with all that is missing, and Invalid for a cap that is lifted too early.
    """

    def work(connection: Connection) -> TraderRow | LiveRefused:
        present = hold(connection, username, trader_id)
        settings = require(connection, username)
        ended = store.count_ended_trades(connection, username, trader_id, _PAPER)
        if accepts_disclaimer and present.disclaimer_at is None:
            store.accept_disclaimer(connection, username, trader_id, env.clock.now())

        def missing() -> Iterator[Requirement]:
            if settings.tier is not Tier.ELITE:
                yield Requirement.ELITE
            if ended < PAPER_TRADES_NEEDED:
                yield Requirement.PAPER_TRADES
            if not _confirms(settings, account_id):
                yield Requirement.CONFIRMATION
            if second_factor.read(connection, username).sealed is None:
                yield Requirement.SECOND_FACTOR
            if not accepts_disclaimer and present.disclaimer_at is None:
                yield Requirement.DISCLAIMER

        lacks = list(missing())
        if lacks:
            return LiveRefused(lacks, have=ended, need=PAPER_TRADES_NEEDED)
        return _switched(env, connection, present, settings, lifts_cap=lifts_cap)

    # Who waited for the trader sees the trade that it made.
    found = env.database.run(work, username=username, isolation=Isolation.READ_COMMITTED)
    if isinstance(found, LiveRefused):
        raise found
    return found


def _confirms(settings: UserSettings, account_id: str | None) -> bool:
    """Say whether the account that is named is the one whose live trading is switched on."""
    return LIVE in settings.connected and account_id == settings.connection(LIVE).works_in


def _switched(
    env: Environment, connection: Connection, present: TraderRow, settings: UserSettings, *, lifts_cap: bool
) -> TraderRow:
    facts: ControlFacts = {}
    wanted = {
        **present.trading,
        "mode": TraderMode.LIVE.value,
        "exchange": TraderExchange.BINANCE.value,
    }
    if not present.live_enabled or present.trading != wanted:
        facts |= {"live_enabled": True, "trading": wanted}
        _tell(env, connection, present, settings)
    if lifts_cap and present.live_cap_lifted_at is None:
        _check_cap(connection, present)
        facts["live_cap_lifted_at"] = env.clock.now()
    return store.control(connection, present.username, present.id, facts) if facts else present


def _check_cap(connection: Connection, present: TraderRow) -> None:
    traded = store.count_live_trades(connection, present.username, present.id)
    if traded < CAPPED_LIVE_TRADES:
        message = f"the cap holds for {CAPPED_LIVE_TRADES} live trades: this trader has had {traded}"
        raise Invalid([FieldError(field="lift_cap", message=message)])


def _tell(env: Environment, connection: Connection, present: TraderRow, settings: UserSettings) -> None:
    capped = (
        f"Its first {CAPPED_LIVE_TRADES} trades are of at most {LIVE_CAP_USD} USDT each, "
        f"{LIVE_CAP_POSITIONS} at a time."
    )
    raise_alert(
        env,
        connection,
        present.username,
        severity=Severity.WARNING,
        kind="live_on",
        message=f"{present.name} trades with real money in account {settings.account_id(LIVE)}. {capped}",
    )

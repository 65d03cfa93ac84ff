"""What a trader needs to trade live (C-08): asked for it answers what of it is missing.

No account of Binance can be stored yet whose number would be confirmed: CONFIRMATION is missing always.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.people import Tier
from chalicelib.services.ai.manage_traders import hold
from chalicelib.services.environment import Environment
from chalicelib.services.errors import LiveRefused
from chalicelib.services.users.settings import require
from chalicelib.store.ai import traders as store
from chalicelib.store.users import second_factor

PAPER_TRADES_NEEDED: Final = 50
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


def refuse_live(env: Environment, username: str, trader_id: UUID, *, accepts_disclaimer: bool) -> LiveRefused:
    """Return what keeps a trader from trading live; raises NotFound.

    A disclaimer that was accepted is kept with its time, whatever else is missing (C-11).
    """

    def work(connection: Connection) -> LiveRefused:
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
            yield Requirement.CONFIRMATION
            if second_factor.read(connection, username).sealed is None:
                yield Requirement.SECOND_FACTOR
            if not accepts_disclaimer and present.disclaimer_at is None:
                yield Requirement.DISCLAIMER

        return LiveRefused(list(missing()), have=ended, need=PAPER_TRADES_NEEDED)

    return env.database.run(work, username=username)

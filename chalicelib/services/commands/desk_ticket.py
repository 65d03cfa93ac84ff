"""What an entry of the desk brings to the one door: the evaluation that it comes of (I-40), and its limits.

Judged again under the user's turn, since a scan counts once for all its strategies: two of them never take
the same place, and one that was changed or switched off meanwhile enters nothing.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.desk.strategies.strategy import Strategy
from chalicelib.domain.structures.exposure import first_expiry
from chalicelib.domain.structures.shapes import Shape
from chalicelib.services.commands.listed import Listed
from chalicelib.services.errors import Forbidden, RiskLimitReached
from chalicelib.store.desk import settings, strategies
from chalicelib.store.desk.drift import drifted_underlyings
from chalicelib.store.desk.evaluations import link_trade
from chalicelib.store.desk.positions import read_positions

MAX_POSITIONS: Final = "max_positions"
MAX_CONDORS: Final = "max_condors_per_expiry"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskTicket:
    """The stored evaluation of an entry, and the strategy in the version that was judged."""

    evaluation_id: UUID
    strategy: Strategy

    def check(self, connection: Connection, username: str, listed: Listed) -> None:
        """Raise Forbidden where the strategy may not enter any more, RiskLimitReached without room."""
        desk = settings.read(connection, username)
        strategy = self.strategy
        if not (desk.bot.on and strategies.may_enter(connection, username, strategy.id, strategy.version)):
            raise Forbidden("The strategy was changed or switched off since it was judged.")
        if strategy.underlying in drifted_underlyings(connection, username):
            raise Forbidden(f"Books and broker differ in {strategy.underlying}.")
        positions = read_positions(connection, [username]).get(username, ())
        of_strategy = sum(one.strategy_id == str(strategy.id) for one in positions)
        _check(MAX_POSITIONS, of_strategy, strategy.max_positions)
        _check(MAX_POSITIONS, len(positions), desk.settings.max_positions)
        if listed.shape is Shape.IRON_CONDOR:
            expiry = first_expiry(listed.terms)
            condors = sum(one.structure == Shape.IRON_CONDOR and one.expiry == expiry for one in positions)
            _check(MAX_CONDORS, condors, desk.settings.max_condors_per_expiry)

    def use(self, connection: Connection, username: str, trade_id: UUID) -> None:
        """Link a trade to its evaluation; raises Forbidden where that made one before."""
        if not link_trade(connection, username, self.evaluation_id, trade_id):
            raise Forbidden("What this entry was decided by is not stored, or made a trade before.")


def _check(limit: str, found: int, allowed: int) -> None:
    if found >= allowed:
        raise RiskLimitReached(limit, Decimal(found + 1), Decimal(allowed))

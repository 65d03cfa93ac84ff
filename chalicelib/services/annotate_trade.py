"""Notes and tags of a trade, which may be written even when its facts are locked (A-01)."""

from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.ports import JsonValue
from chalicelib.services import trade_view
from chalicelib.services.environment import Environment
from chalicelib.services.trade_changes import Outcome, locked_trade
from chalicelib.store.trades import save_trade


def annotate(
    env: Environment, username: str, trade_id: UUID, version: int, trade_context: JsonValue
) -> Outcome:
    """Replace a trade's notes; raises NotFound, StaleVersion."""

    def work(connection: Connection) -> dict[str, JsonValue]:
        trade = locked_trade(connection, trade_id, version)
        changes = {"trade_context": trade_context, "version": trade.version + 1}
        save_trade(connection, trade, env.clock.now(), changes)
        return trade_view.detail_in(connection, trade_id)

    return Outcome(status=200, trade=env.database.run(work, username=username))

"""Notes and tags of a trade, which may be written even when its facts are locked (A-01)."""

from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.trading.changing_facts import TradeFacts
from chalicelib.domain.trading.quota import Stored, quota_breaches, weigh
from chalicelib.domain.trading.trades import Trade
from chalicelib.services.commands.carry_on import Outcome
from chalicelib.services.commands.trade_changes import locked_trade
from chalicelib.services.environment import Environment
from chalicelib.services.errors import RiskLimitReached
from chalicelib.services.reading import trade_view
from chalicelib.store.trades.exposure import stored_of
from chalicelib.store.trades.portfolio import touch_portfolio
from chalicelib.store.trades.trades import read_notes, save_trade


def annotate(
    env: Environment, username: str, trade_id: UUID, version: int, trade_context: JsonValue
) -> Outcome:
    """Replace a trade's notes; raises NotFound, StaleVersion, RiskLimitReached beyond the quota."""

    def work(connection: Connection) -> dict[str, JsonValue]:
        trade = locked_trade(connection, trade_id, version)
        added = _weight_added(connection, trade, trade_context)
        for breach in quota_breaches(stored_of(connection, username), added):
            raise RiskLimitReached(breach.limit, breach.value, breach.allowed)
        changes: TradeFacts = {"trade_context": trade_context, "version": trade.version + 1}
        save_trade(connection, trade, env.clock.now(), changes)
        touch_portfolio(connection, username, added)
        return trade_view.detail_in(connection, trade_id)

    return Outcome(status=200, trade=env.database.run(work, username=username))


def _weight_added(connection: Connection, trade: Trade, notes: JsonValue) -> Stored:
    before = read_notes(connection, trade.id)
    return weigh(notes) + -weigh(before)

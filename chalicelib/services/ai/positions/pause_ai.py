"""The model's hand off a position, or on it again (C-07): meanwhile rules and levels alone go on."""

from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.trading.trades import ChangeState, Trade
from chalicelib.services.commands.by_hand import trader_id_of
from chalicelib.services.commands.carry_on import Outcome
from chalicelib.services.commands.trade_changes import locked_trade
from chalicelib.services.environment import Environment
from chalicelib.services.errors import NotFound, TransitionRefused
from chalicelib.services.reading import trade_view
from chalicelib.store.database import Isolation
from chalicelib.store.trades import proposals
from chalicelib.store.trades.trades import load_trade, save_trade

PAUSED: Final = "its owner paused the AI on this position"


def pause_ai(
    env: Environment, username: str, trade_id: UUID, *, paused: bool, version: int | None
) -> Outcome:
    """Take the model's hand off a trader's trade or put it on again; what it proposed is over when paused.

    Raises NotFound, StaleVersion, and TransitionRefused for a trade that is over or no trader's.
    """

    def work(connection: Connection) -> None:
        trade = load_trade(connection, trade_id, lock=True)
        if trade is None:
            raise NotFound("trade")
        if version is not None:
            locked_trade(connection, trade_id, version)
        if trade.is_ended or trader_id_of(trade) is None:
            why = "is over" if trade.is_ended else "was opened by no trader"
            raise TransitionRefused(
                f"This trade {why}: no AI acts on it.", trade_view.detail_in(connection, trade_id)
            )
        if paused:
            _end_proposal(env, connection, trade)
        if trade.ai_paused is not paused:
            save_trade(connection, trade, env.clock.now(), {"ai_paused": paused})

    env.database.run(work, username=username, isolation=Isolation.READ_COMMITTED)
    return Outcome(status=200, trade=trade_view.detail(env, username, trade_id))


def _end_proposal(env: Environment, connection: Connection, trade: Trade) -> None:
    waiting = proposals.read_waiting(connection, trade.id)
    if waiting is not None:
        now = env.clock.now()
        proposals.settle(connection, waiting.id, ChangeState.SUPERSEDED, error=PAUSED, now=now)

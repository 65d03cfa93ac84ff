"""Its owner's word on a change that a model proposed: not that one, or that one now (C-04)."""

from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.trading.trades import ChangeState
from chalicelib.services.ai.positions.carry_changes import carry_change
from chalicelib.services.commands.adjust_trade import bump_version
from chalicelib.services.commands.carry_on import Outcome
from chalicelib.services.commands.once_told import once_told
from chalicelib.services.commands.trade_changes import locked_trade
from chalicelib.services.environment import Environment
from chalicelib.services.errors import BrokerRefused, FieldError, Invalid, NotFound, TransitionRefused
from chalicelib.services.reading import trade_view
from chalicelib.store.database import Isolation
from chalicelib.store.trades import proposals
from chalicelib.store.trades.proposals import Proposal
from chalicelib.store.trades.trades import load_trade

BY_OWNER: Final = "vetoed by its owner"


def veto_change(
    env: Environment, username: str, trade_id: UUID, change_id: UUID, version: int | None
) -> Outcome:
    """End a change that waits; the same twice is one veto.

    Raises NotFound, StaleVersion, and TransitionRefused for one that is under way or over.
    """

    def work(connection: Connection) -> None:
        proposal = _waiting(connection, trade_id, change_id, version, over=ChangeState.VETOED)
        if proposal is None:
            return
        trade = load_trade(connection, trade_id, lock=True)
        assert trade is not None, "a change has its trade"
        now = env.clock.now()
        proposals.settle(connection, change_id, ChangeState.VETOED, error=BY_OWNER, now=now)
        bump_version(connection, trade, env)

    env.database.run(work, username=username, isolation=Isolation.READ_COMMITTED)
    return Outcome(status=200, trade=trade_view.detail(env, username, trade_id))


def apply_change(
    env: Environment, username: str, trade_id: UUID, change_id: UUID, version: int | None
) -> Outcome:
    """Carry a change out now, be it against a stop that was set by hand: 200 when it stands, 202 going on.

    Raises NotFound, StaleVersion, TransitionRefused for one that is over, Invalid for one that the rules do
    not allow now (it stays waiting), and BrokerRefused.
    """

    def work(connection: Connection) -> Proposal | None:
        return _waiting(connection, trade_id, change_id, version, over=ChangeState.APPLIED)

    if env.database.run(work, username=username, isolation=Isolation.READ_COMMITTED) is None:
        return Outcome(status=200, trade=trade_view.detail(env, username, trade_id))
    before = trade_view.detail(env, username, trade_id)
    taken = carry_change(env, username, trade_id, change_id, by_owner=True)
    view = once_told(lambda: trade_view.detail(env, username, trade_id), before)
    if taken.state is ChangeState.PENDING and taken.error is not None:
        raise Invalid([FieldError(field="change", message=taken.error)])
    if taken.state is ChangeState.FAILED and taken.trade is not None:
        raise BrokerRefused(taken.error or "the broker refused the new stop and target")
    if taken.state in {ChangeState.APPLIED, ChangeState.PENDING}:
        return Outcome(status=200 if taken.state is ChangeState.APPLIED else 202, trade=view)
    raise TransitionRefused(taken.error or f"This change is {taken.state}.", view)


def _waiting(
    connection: Connection, trade_id: UUID, change_id: UUID, version: int | None, *, over: ChangeState
) -> Proposal | None:
    """Read a change that waits, under its trade's lock; None where it is over in this very way."""
    trade = load_trade(connection, trade_id, lock=True)
    proposal = None if trade is None else proposals.read(connection, trade_id, change_id)
    if trade is None or proposal is None:
        raise NotFound("change")
    if proposal.state is over:
        return None
    if version is not None:
        locked_trade(connection, trade_id, version)
    if not proposal.is_waiting:
        raise TransitionRefused(
            f"This change is {proposal.state}: it waits for nobody.",
            trade_view.detail_in(connection, trade_id),
        )
    return proposal

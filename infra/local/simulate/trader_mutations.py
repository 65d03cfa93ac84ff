"""Guards of AI traders, each with a way to switch it off (I-24, I-41)."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, update

from chalicelib.domain.ai.decisions import words
from chalicelib.domain.ai.decisions.decision import AiDecision, DecisionWord
from chalicelib.domain.ai.validation import account_rules, change_rules, entry_rules
from chalicelib.domain.trading.trades import ChangeState
from chalicelib.services.ai.positions import close_all
from chalicelib.store.schema import trade_changes
from chalicelib.store.trades import proposals
from chalicelib.store.trades.proposals import Proposal
from infra.local.simulate.mutation import Mutation

Replaced = Mapping[Callable[..., Any], Callable[..., Any]]  # Any: any function


def _satisfied(*rules: Callable[..., Any]) -> Replaced:
    """Have these rules hold whatever they are asked."""

    def holds(rule: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *asked: replace(rule(*asked), satisfied=True)

    return {rule: holds(rule) for rule in rules}


def _rules_open() -> Replaced:
    def ruled(why: str, *, is_held: bool) -> AiDecision:
        word = DecisionWord.HOLD if is_held else DecisionWord.LONG
        return AiDecision(decision=word, confidence=Decimal(1), reasoning=why)

    return {words.ruled: ruled}


def _claimed_again() -> Replaced:
    def claim(connection: Connection, proposal: Proposal) -> None:
        mine = update(trade_changes).where(trade_changes.c.id == proposal.id)
        values = {**proposals._levels(proposal), "waits": False, "state": ChangeState.PENDING.value}
        connection.execute(mine.values(**values))

    return {proposals.claim: claim}


OF_TRADERS: Final[Mapping[str, Mutation]] = {
    "constraints": Mutation(
        guard="a model's numbers pass each constraint",
        replaced=lambda: _satisfied(
            account_rules.min_confidence, entry_rules.max_position_size, entry_rules.targets_beyond_fees
        ),
    ),
    "tighter": Mutation(
        guard="a model only tightens a stop",
        replaced=lambda: _satisfied(change_rules.stop_only_tighter, change_rules.breakeven_lock),
    ),
    "interval": Mutation(
        guard="a model changes a position once in five minutes",
        replaced=lambda: _satisfied(change_rules.change_interval),
    ),
    "veto": Mutation(
        guard="what was vetoed is never applied",
        replaced=_claimed_again,
        attributes=lambda: {(Proposal, "is_waiting"): property(lambda _proposal: True)},
    ),
    "fallback": Mutation(guard="rules alone never open", replaced=_rules_open),
    "drawdown": Mutation(
        guard="a fall of P&L stops entries",
        replaced=lambda: _satisfied(account_rules.daily_drawdown, account_rules.total_drawdown),
    ),
    "close-all": Mutation(
        guard="what is closed with all others is driven on until it is closed",
        replaced=lambda: {close_all.close_due: lambda _env: 0},
    ),
}

"""The rules of the minute over what traders hold: breakeven, a stop that follows, the longest holding (C-01).

They act at once and wait for no veto, and only ever tighten. Each is kept as a change with its rule's name. A
stop that was set by hand is left where it is, a trade that cannot be judged now is judged in a minute.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.brokers.coins.execution import FEE_SHARE
from chalicelib.domain.ai.decisions.decision import ChangeKind
from chalicelib.domain.ai.rules.levels import Ridden, breakeven_stop, is_held_too_long, ruled_stop
from chalicelib.domain.ai.traders.trader import Trading
from chalicelib.domain.trading.protection import Protection
from chalicelib.domain.trading.trades import (
    PROTECTABLE,
    ChangeState,
    CloseReason,
    PendingChange,
    Trade,
    Trigger,
)
from chalicelib.services.ai.positions.apart import Task, each_apart
from chalicelib.services.commands.adjust_trade import bump_version
from chalicelib.services.commands.carry_on import carry_on
from chalicelib.services.commands.leave_trade import leave
from chalicelib.services.environment import Environment
from chalicelib.services.errors import BrokerRefused
from chalicelib.services.market_hours import read_calendar
from chalicelib.store.ai.ridden import RiddenRow, read_ridden, read_riders
from chalicelib.store.ai.traders import TraderRow, UnreadableTrader
from chalicelib.store.database import Isolation
from chalicelib.store.trades.trade_changes import insert_change, load_pending_change, settle_change
from chalicelib.store.trades.trades import load_trade
from chalicelib.vendors.deadline import Deadline

_LOG: Final = logging.getLogger("papertape.ai")
#: The kind under which a rule's own close is kept.
CLOSE: Final = "CLOSE"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuledMove:
    """Where a rule wants a stop, and in whose words."""

    stop: Decimal
    kind: ChangeKind
    reason: str


def mind_positions(env: Environment, now: datetime) -> int:
    """Have the rules act on everything that traders hold; returns on how many trades they did.

    What a defect raised over one trade is raised once all others are done.
    """

    def read(connection: Connection) -> tuple[list[RiddenRow], dict[UUID, TraderRow]]:
        ridden = read_ridden(connection)
        return ridden, read_riders(connection, {one.trader_id for one in ridden})

    ridden, riders = env.database.run(read, username=None)
    rules = dict(_readable(riders))
    acts = [
        Task(username=one.username, trade_id=one.id, work=act)
        for one in ridden
        if (act := _act(env, one, rules.get(one.trader_id), now)) is not None
    ]
    each_apart(env, acts, "the rules of the minute failed on a trade").or_raise()
    return len(acts)


def _readable(riders: dict[UUID, TraderRow]) -> Iterator[tuple[UUID, Trading]]:
    for trader_id, row in riders.items():
        try:
            yield trader_id, row.read().trading
        except UnreadableTrader:
            _LOG.error("a trader cannot be read", extra={"trader": str(trader_id)})


def _act(
    env: Environment, one: RiddenRow, trading: Trading | None, now: datetime
) -> Callable[[], None] | None:
    """Return what is to be done about a trade, None for nothing."""
    if trading is None:
        return None
    held = _ridden(one)
    if is_held_too_long(trading, held, now):
        reason = f"held {trading.max_holding_minutes} minutes"
        return partial(_close, env, one, reason)
    move = None if one.is_stop_by_hand else _move(trading, held)
    return None if move is None else partial(_tighten, env, one, move)


def _ridden(one: RiddenRow) -> Ridden:
    return Ridden(
        side=one.side,
        entry_price=one.entry_price,
        stop=one.sl_price,
        best=one.best_price,
        opened_at=one.entry_date,
        fee_rate=FEE_SHARE,
        trailing_pct=one.trailing_pct,
    )


def _move(trading: Trading, held: Ridden) -> RuledMove | None:
    stop = ruled_stop(trading, held)
    if stop is None:
        return None
    mark = trading.breakeven_at_pct
    if mark is not None and stop == breakeven_stop(trading, held):
        reason = f"{mark.normalize():f}% were reached: the stop keeps the entry and its fees"
        return RuledMove(stop=stop, kind=ChangeKind.MOVE_SL, reason=reason)
    return RuledMove(stop=stop, kind=ChangeKind.TRAIL_SL, reason="the stop follows the best price")


def _tighten(env: Environment, one: RiddenRow, move: RuledMove) -> None:
    deadline = Deadline(env.clock)
    trade = env.database.run(
        lambda connection: _store(env, connection, one, move),
        username=one.username,
        isolation=Isolation.READ_COMMITTED,
    )
    if trade is not None:
        carry_on(env, trade, read_calendar(env), deadline)


def _store(env: Environment, connection: Connection, one: RiddenRow, move: RuledMove) -> Trade | None:
    """Store a rule's change under the trade's lock; None where somebody was faster, or it is none."""
    trade = load_trade(connection, one.id, lock=True)
    if trade is None or trade.status not in PROTECTABLE or trade.sl_price != one.sl_price:
        return None
    stop = trade.quotable(Protection(sl_price=move.stop, tp_price=None)).sl_price
    if stop is None or stop == trade.sl_price or load_pending_change(connection, trade.id) is not None:
        return None
    after = Protection(sl_price=stop, tp_price=trade.tp_price, targets=trade.targets)
    _note(env, connection, trade, move.kind.value, move.reason, after)
    return bump_version(connection, trade, env)


def _note(
    env: Environment, connection: Connection, trade: Trade, kind: str, reason: str, after: Protection
) -> PendingChange:
    now = env.clock.now()
    change = PendingChange(
        id=env.randomness.uuid7(now),
        at=now,
        triggered_by=Trigger.RULE_ENGINE,
        before=trade.protection,
        after=after,
        trailing_pct=trade.trailing_pct,
    )
    insert_change(connection, trade, change, kind=kind, reason=reason)
    return change


def _close(env: Environment, one: RiddenRow, reason: str) -> None:
    def note(connection: Connection) -> bool:
        trade = load_trade(connection, one.id)
        if trade is None or load_pending_change(connection, trade.id) is not None:
            return False
        change = _note(env, connection, trade, CLOSE, reason, trade.protection)
        settle_change(connection, change.id, state=ChangeState.APPLIED, error=None, now=env.clock.now())
        return True

    with suppress(BrokerRefused):  # too often to be sent again by now: a later minute does
        leave(env, one.username, one.id, CloseReason.STRATEGY_EXIT, note)

"""Begin to leave what an exit scan decided (B-06): closes stored, their owners told, accounts handed over.

Nothing is sent here. Each close is begun under its trade's lock and only while nothing closes it, so that
the same decision, taken again by the next scan or after a restart, begins nothing twice (I-42).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from itertools import groupby
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.desk.exits.causes import ExitCause
from chalicelib.domain.desk.strategies.settings import DeskSettings
from chalicelib.domain.spelling import as_result
from chalicelib.domain.structures.shapes import called
from chalicelib.domain.trading.trades import CloseReason, Trade
from chalicelib.services.desk.leaving.begin_apart import begin_apart
from chalicelib.services.desk.leaving.watched import Judged
from chalicelib.services.environment import Environment
from chalicelib.services.lifecycle.strategy_exit import begin_strategy_exit
from chalicelib.services.raise_alert import Severity, raise_alert
from chalicelib.store.trades.trades import load_trade

VIX_EXIT: Final = "vix_exit"
_BUFFER_PCT: Final = DeskSettings().fill_price_buffer_pct


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """A trade that is to be left, why, and its mark as the scan saw it."""

    trade: Judged
    cause: ExitCause
    mark: Decimal | None

    @property
    def is_fast(self) -> bool:
        """Say whether it takes the VIX path."""
        return self.cause is ExitCause.VIX_SPIKE


def begin_exits(env: Environment, exits: Sequence[Exit]) -> int:
    """Begin these closes; returns how many were begun now."""
    by_user = sorted(exits, key=lambda one: (one.trade.row.username, one.trade.row.id))
    of_users = (
        (username, partial(_begin, env, tuple(of_user)))
        for username, of_user in groupby(by_user, key=lambda one: one.trade.row.username)
    )
    return begin_apart(env, of_users, "exits of a user were not begun")


def _begin(env: Environment, exits: Iterable[Exit], connection: Connection) -> list[Trade]:
    begun = []
    for one in exits:
        row = one.trade.row
        stored = load_trade(connection, row.id, lock=True)
        if stored is None:
            continue
        buffer = _BUFFER_PCT if row.buffer_pct is None else row.buffer_pct
        closing = begin_strategy_exit(
            env, connection, stored, CloseReason.STRATEGY_EXIT, buffer_pct=buffer, fast=one.is_fast
        )
        if closing is not stored:
            begun.append(closing)
            if one.is_fast:
                _tell_vix(env, connection, one)
    return begun


def _tell_vix(env: Environment, connection: Connection, one: Exit) -> None:
    row = one.trade.row
    result = ""
    if one.mark is not None:
        result = f" at a result of {as_result(one.trade.held.result(one.mark))}"
    raise_alert(
        env,
        connection,
        row.username,
        severity=Severity.CRITICAL,
        kind=VIX_EXIT,
        trade_id=row.id,
        message=(
            f"VIX jumped within a minute: {called(row.ticker, row.structure)} "
            f"of {row.strategy or 'the desk'} is left at once{result}."
        ),
        lasting=True,
    )

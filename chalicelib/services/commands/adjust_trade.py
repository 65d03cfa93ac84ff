"""Move, set or remove stop and target of a held trade (A-04, Adjusting)."""

import logging
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.clocks.calendar import new_york_date
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.trading.changing_facts import TradeFacts
from chalicelib.domain.trading.commands import AdjustTrade
from chalicelib.domain.trading.protection import Protection
from chalicelib.domain.trading.tradable import has_expired
from chalicelib.domain.trading.trades import (
    PROTECTABLE,
    ChangeState,
    PendingChange,
    Trade,
    TradeStatus,
    Trigger,
)
from chalicelib.marketdata.interface import Purpose
from chalicelib.services.commands.by_hand import check_loosening, end_proposal, trader_id_of
from chalicelib.services.commands.carry_on import Outcome, accepted, carry_on
from chalicelib.services.commands.check_adjustment import check_adjustment
from chalicelib.services.commands.stops_of_pair import NO_STOP_LEFT, stops_for_change
from chalicelib.services.commands.trade_changes import locked_trade, store_request, stored_before
from chalicelib.services.environment import CredentialsUnreadable, Environment
from chalicelib.services.errors import BrokerRefused, FieldError, Invalid, NotFound, TransitionRefused
from chalicelib.services.lifecycle.put_targets import put_targets
from chalicelib.services.market.trade_quote import market_in, shown_quote
from chalicelib.services.market_hours import read_calendar
from chalicelib.services.reading import trade_view
from chalicelib.store.trades.targets import last_target_no
from chalicelib.store.trades.trade_changes import (
    insert_change,
    load_pending_change,
    newest_change_state,
    settle_change,
)
from chalicelib.store.trades.trades import load_trade, save_trade
from chalicelib.vendors.deadline import Deadline
from chalicelib.vendors.errors import VendorError

_LOG: Final = logging.getLogger("papertape.trades")


def adjust(
    env: Environment,
    username: str,
    trade_id: UUID,
    version: int,
    change: AdjustTrade,
    idempotency_key: str | None = None,
) -> Outcome:
    """Change stop or target: 200 when it stands at the broker, 202 while it goes on or waits.

    Raises NotFound, StaleVersion, TransitionRefused, Invalid, RiskLimitReached for a trader's stop that would
    risk too much, Unavailable where that is not known, and BrokerRefused when the broker would not have the
    new bracket and the former one is back in force.
    """
    deadline = Deadline(env.clock)
    if stored_before(env, username, idempotency_key):
        return replace(_answer(env, username, trade_id), replayed=True)
    seen = _look(env, username, trade_id, change, deadline)
    asked = store_request(
        env,
        username,
        idempotency_key,
        lambda connection: _request(env, connection, trade_id, version, change, seen),
    )

    def carry() -> Outcome:
        if asked.trade.status in PROTECTABLE:
            carry_on(env, asked.trade, read_calendar(env), deadline)
        return _answer(env, username, trade_id)

    return accepted(env, asked, carry)


def _answer(env: Environment, username: str, trade_id: UUID) -> Outcome:
    """Say how the trade's newest change stands; raises BrokerRefused when the broker would not have it."""
    state, error = env.database.run(
        lambda connection: newest_change_state(connection, trade_id), username=username
    )
    if state is ChangeState.FAILED:
        raise BrokerRefused(error or "the broker refused the new stop and target")
    return Outcome(
        status=200 if state is ChangeState.APPLIED else 202, trade=trade_view.detail(env, username, trade_id)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What a change is held against, read before it is stored; None could not be read.

    `market` is what leaving brings now, of a short what it costs; `portfolio` the account's equity, read
    where a trader's stop may be loosened.
    """

    market: Decimal | None = None
    portfolio: Decimal | None = None


def _look(env: Environment, username: str, trade_id: UUID, change: AdjustTrade, deadline: Deadline) -> _Seen:
    """Read what new levels must lie on either side of, and what they may risk."""
    trade = env.database.run(lambda connection: load_trade(connection, trade_id), username=username)
    if trade is None:
        raise NotFound("trade")
    if trade.is_ended:
        return _Seen()
    seen = market_in(shown_quote(env, trade, Purpose.CHANGE), trade, env.clock.now())
    market = (seen.ask if trade.side is LegSide.SHORT else seen.bid) or None
    if trader_id_of(trade) is None or not change.changes_stop:
        return _Seen(market=market)
    return _Seen(market=market, portfolio=_portfolio(env, trade, deadline))


def _portfolio(env: Environment, trade: Trade, deadline: Deadline) -> Decimal | None:
    try:
        return env.brokers.broker_for(trade.account, deadline=deadline).balance().equity
    except (VendorError, CredentialsUnreadable) as error:
        _LOG.warning("an account cannot be read: %s", error)
        return None


def _request(
    env: Environment,
    connection: Connection,
    trade_id: UUID,
    version: int,
    change: AdjustTrade,
    seen: _Seen,
) -> Trade:
    trade = locked_trade(connection, trade_id, version)
    _check_adjustable(env, connection, trade)
    waiting = load_pending_change(connection, trade_id)
    base = waiting.after if waiting is not None else trade.protection
    last_no = 1 if change.targets is None else _last_no(connection, trade, base)
    after = change.applied_to(base, last_no, trade.side)
    check_adjustment(trade, change, after, seen.market)
    stops_max = _stops_for(connection, trade, after)
    if change.changes_stop:
        check_loosening(connection, trade, after, seen.portfolio)
    end_proposal(env, connection, trade)
    now = env.clock.now()
    if waiting is not None:
        settle_change(connection, waiting.id, state=ChangeState.SUPERSEDED, error=None, now=now)
    pending = PendingChange(
        id=env.randomness.uuid7(now),
        at=now,
        triggered_by=Trigger.USER_MANUAL,
        before=trade.protection,
        after=after,
        # A stop that a person sets stands where it is set.
        trailing_pct=None if change.changes_stop else trade.trailing_pct,
    )
    insert_change(connection, trade, pending, kind=_kind(trade.protection, after), reason=None)
    if trade.status is TradeStatus.PENDING:
        return _apply_unprotected(connection, trade, pending, env, stops_max)
    # The request itself is something its owner can decide on: the version moves (api.md, Versions).
    return bump_version(connection, trade, env, {"stops_max": stops_max})


def _check_adjustable(env: Environment, connection: Connection, trade: Trade) -> None:
    """Raise TransitionRefused for a trade without anything that levels could watch."""
    if trade.status not in PROTECTABLE and trade.status is not TradeStatus.PENDING:
        raise TransitionRefused(
            f"A trade that is {trade.status} has no stop or target to adjust.",
            trade_view.detail_in(connection, trade.id),
        )
    if has_expired(trade, new_york_date(env.clock.now())):
        raise TransitionRefused(
            "All that it holds has expired: there is nothing left that a stop or a target could watch.",
            trade_view.detail_in(connection, trade.id),
        )


def _stops_for(connection: Connection, trade: Trade, after: Protection) -> int | None:
    """Return how many stops may rest for it, None for as many as it wants; raises Invalid where none may."""
    stops_max = stops_for_change(connection, trade, after)
    if stops_max == 0:
        raise Invalid([FieldError(field="new_sl", message=NO_STOP_LEFT)])
    return stops_max


def _apply_unprotected(
    connection: Connection,
    trade: Trade,
    pending: PendingChange,
    env: Environment,
    stops_max: int | None,
) -> Trade:
    """Before the fill nothing is at the broker: the new prices simply are what will be placed."""
    now = env.clock.now()
    settle_change(connection, pending.id, state=ChangeState.APPLIED, error=None, now=now)
    put_targets(env, connection, trade, pending.after)
    return save_trade(
        connection,
        trade,
        now,
        {
            "sl_price": pending.after.sl_price,
            "tp_price": pending.after.tp_price,
            "trailing_pct": pending.trailing_pct,
            "stops_max": stops_max,
            "override_count": trade.override_count + 1,
            "version": trade.version + 1,  # of targets alone, too
        },
    )


def bump_version(
    connection: Connection, trade: Trade, env: Environment, more: TradeFacts | None = None
) -> Trade:
    """Raise the version for a request that is yet to be carried out; `more` is what counts at once."""
    facts: TradeFacts = {"version": trade.version + 1, "protection_failures": 0}
    return save_trade(connection, trade, env.clock.now(), facts | (more or {}))


def _last_no(connection: Connection, trade: Trade, base: Protection) -> int:
    """Return the highest number that a target of this trade has had, those of a waiting change included."""
    return max([last_target_no(connection, trade.id), *(target.no for target in base.targets)])


def _kind(before: Protection, after: Protection) -> str:
    stop_moved, target_moved = before.sl_price != after.sl_price, before.goals != after.goals
    if stop_moved and target_moved:
        return "MOVE_BOTH"
    return "MOVE_TP" if target_moved else "MOVE_SL"

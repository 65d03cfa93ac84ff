"""Each strategy of a scan judged, or why it was not: one strategy's defect is its own (issue 11, I-06)."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from chalicelib.domain.clocks.calendar import new_york_date, new_york_midnight
from chalicelib.domain.desk.kill_switch.rows import SwitchCause, SwitchRow
from chalicelib.domain.desk.kill_switch.tripping import ScanFacts
from chalicelib.domain.desk.pipeline.evaluate import Evaluation, evaluate
from chalicelib.domain.desk.strategies.accounts import named_mode
from chalicelib.domain.desk.strategies.strategy import Strategy
from chalicelib.observability.facts import user_fact
from chalicelib.services.desk.market.gathered import Gathered
from chalicelib.services.desk.scanning.account_facts import Accounts
from chalicelib.services.desk.scanning.scanned_desks import Desk

_LOG: Final = logging.getLogger("papertape.desk")
BROKER_SOURCE: Final = "broker"
#: Books that nobody worked out lately: the job that does is dead, or late.
RISK_SOURCE: Final = "risk book"
NOT_CONNECTED: Final = "not_connected"
DRIFT: Final = "drift"
FAILED: Final = SwitchCause.EVALUATION_FAILED.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A strategy that was not scanned: the cause, in words, and since when it stands."""

    strategy_id: UUID
    cause: str
    reason: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a scan made of one user's desk; `failure` says what could not be judged."""

    desk: Desk
    evaluations: list[tuple[Strategy, Evaluation]] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def facts(self, scan_at: datetime, market: Gathered, accounts: Accounts) -> ScanFacts:
        """Return what the scan knows of the switch's causes."""
        desk = self.desk
        unreadable = market.unreadable({one.underlying for one in desk.strategies})
        if accounts.is_unreadable(desk):
            unreadable = (*unreadable, BROKER_SOURCE)
        var_share = accounts.var_share(desk)
        if var_share is None:
            unreadable = (*unreadable, RISK_SOURCE)
        window = market.macro_window
        return ScanFacts(
            scan_at=scan_at,
            in_contango=market.in_contango,
            macro_window=None if window is None else f"inside the window of {window}",
            unreadable=unreadable,
            daily_loss_reached=accounts.is_daily_loss_reached(desk),
            cap_share=accounts.cap_share(desk),
            var_share=var_share,
            failure="; ".join(self.failures) or None,
        )


def judge_desk(desk: Desk, market: Gathered, accounts: Accounts) -> Judged:
    """Judge every strategy of a desk that nothing stops."""
    judged = Judged(desk=desk)
    day_began_at = new_york_midnight(new_york_date(market.at))
    for row, reason in desk.unreadable:
        _fail(judged, row.id, row.name, f"its row cannot be read: {reason}", day_began_at)
    for strategy in desk.strategies:
        blocks = list(blocks_of(desk, strategy, day_began_at))
        if blocks:
            judged.blocks.extend(blocks)
            continue
        if strategy.underlying not in market.underlyings:
            _fail(judged, strategy.id, strategy.name, "its market could not be read", day_began_at)
            continue
        found = _evaluated(desk, strategy, market, accounts)
        if isinstance(found, Evaluation):
            judged.evaluations.append((strategy, found))
        else:
            _fail(judged, strategy.id, strategy.name, type(found).__name__, day_began_at)
    return judged


def _evaluated(
    desk: Desk, strategy: Strategy, market: Gathered, accounts: Accounts
) -> Evaluation | Exception:
    """Evaluate one strategy; returns what a defect raised."""
    try:
        snapshot = market.snapshot_for(strategy.underlying, accounts.facts_of(desk, strategy))
        return evaluate(snapshot, strategy, desk.settings)
    except Exception as error:  # noqa: BLE001  # a defect met in one strategy leaves no other unscanned
        whose = {"user": user_fact(desk.username), "strategy": str(strategy.id)}
        _LOG.exception("a strategy could not be evaluated", extra=whose)
        return error


def _fail(judged: Judged, strategy_id: UUID, name: str, why: str, since: datetime) -> None:
    judged.failures.append(f"{name} could not be evaluated ({why})")
    judged.blocks.append(_block(strategy_id, FAILED, why, since))


def blocks_of(desk: Desk, strategy: Strategy, day_began_at: datetime) -> Iterator[Block]:
    """Yield a block for each cause in force, of several rows of the switch with one cause the oldest."""
    first: dict[str, SwitchRow] = {}
    for row in desk.rows:
        first.setdefault(row.cause.value, row)
    for cause, row in first.items():
        yield _block(strategy.id, cause, f"{row.mode.value}: {row.detail}", row.set_at)
    since = desk.drifted.get(strategy.underlying)
    if since is not None:
        yield _block(strategy.id, DRIFT, f"books and broker differ in {strategy.underlying}", since)
    if desk.account_of(strategy) is None:
        reason = f"{named_mode(strategy)} is not connected"
        yield _block(strategy.id, NOT_CONNECTED, reason, day_began_at)


def _block(strategy_id: UUID, cause: str, reason: str, since: datetime) -> Block:
    return Block(strategy_id=strategy_id, cause=cause, reason=reason, since=since)

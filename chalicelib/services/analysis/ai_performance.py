"""What AI traders amount to (C-09): the figures of every performance, and who decided what, at what cost.

Days are UTC's. The series begins at what the paper account started with, as any selection's begins at its
account's balance (docs/adr/0009).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.brokers.coins.account import STARTING_USDT
from chalicelib.domain.ai.calibration import Calibration, calibrate
from chalicelib.domain.analysis.metrics import traders as metrics
from chalicelib.domain.analysis.metrics.curve import recovery_days, utc_series
from chalicelib.domain.analysis.metrics.groups import UTC_KEYS
from chalicelib.domain.analysis.metrics.outcome import Outcome
from chalicelib.domain.analysis.metrics.ratios import DAYS_PER_YEAR
from chalicelib.domain.analysis.metrics.summary import Summary, summarize
from chalicelib.domain.analysis.metrics.traders import AiOutcome, Bucket, EndedBy
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.money import ZERO, percent
from chalicelib.services.analysis.ai_lots import SymbolLot, read_lots
from chalicelib.services.analysis.performance import Performance, Period, measure
from chalicelib.services.environment import Environment
from chalicelib.store.ai.traders import read_names
from chalicelib.store.analysis.ai_outcomes import (
    AiFilter,
    DayCost,
    StopMoves,
    read_ai_outcomes,
    read_cost_of_decisions,
    read_costs,
    read_start,
    read_stop_moves,
)
from chalicelib.store.analysis.confidences import read_all_judged

#: An answer has its bounds; the newest are told, and all of them as CSV.
LOTS_MAX: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TraderFigures:
    """One trader's trades of the period and what its calls cost; `calibration` is of all it ever closed."""

    trader_id: UUID
    name: str
    summary: Summary
    kelly: Decimal | None
    calibration: Calibration
    cost_usd: Decimal
    calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What models cost in the period, dollars; `decisions` are those that are kept and cost something."""

    usd: Decimal
    calls: int
    decisions: int
    per_decision_usd: Decimal | None
    by_day: Sequence["CostOfDay"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CostOfDay:
    """What all calls of a UTC day cost, dollars."""

    day: date
    usd: Decimal
    calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AiPerformance:
    """The figures of traders' ended trades; `balance` is what the series begins at, USDT."""

    figures: Performance
    balance: Decimal
    total_pnl_pct: Decimal | None
    recovery_days: int | None
    kelly: Decimal | None
    best: Outcome | None
    worst: Outcome | None
    by_side: Mapping[LegSide, Summary]
    paper: Summary
    live: Summary
    by_trader: Sequence[TraderFigures]
    buckets: Sequence[Bucket]
    by_end: Mapping[EndedBy, Summary]
    stop_moves: Sequence[StopMoves]
    cost: Cost
    lots: Sequence[SymbolLot]


def read_ai_performance(env: Environment, username: str, wanted: AiFilter) -> AiPerformance:
    """Work out the performance of the traders' trades that are asked for; without a beginning of 30 days."""
    now = env.clock.now()
    wanted = wanted.within_days(now)

    def work(connection: Connection) -> AiPerformance:
        balance = read_start(connection, username, wanted.to_at) or STARTING_USDT
        decided, cost = read_cost_of_decisions(connection, username, wanted)
        days = read_costs(connection, username, wanted)
        return _measured(
            read_ai_outcomes(connection, username, wanted),
            balance,
            _period(wanted, now),
            lots=read_lots(connection, username, wanted)[-LOTS_MAX:],
            names=read_names(connection, username),
            calibrations=_calibrations(connection, username),
            stop_moves=read_stop_moves(connection, username, wanted),
            costs=days,
            cost=Cost(
                usd=sum((day.usd for day in days), ZERO),
                calls=sum(day.calls for day in days),
                decisions=decided,
                per_decision_usd=None if cost is None else cost / decided,
                by_day=_by_day(days),
            ),
        )

    return env.database.run(work, username=username)


def _period(wanted: AiFilter, now: datetime) -> Period:
    last = now if wanted.to_at is None else min(wanted.to_at, now)
    first = None if wanted.from_at is None else wanted.from_at.astimezone(UTC).date()
    return Period(first=first, last=last.astimezone(UTC).date())


def _measured(
    found: Sequence[AiOutcome],
    balance: Decimal,
    period: Period,
    *,
    lots: Sequence[SymbolLot],
    names: Mapping[UUID, str],
    calibrations: Mapping[UUID, Calibration],
    stop_moves: Sequence[StopMoves],
    costs: Sequence[DayCost],
    cost: Cost,
) -> AiPerformance:
    outcomes = [one.outcome for one in found]
    days = utc_series(outcomes, balance=balance, first=period.first, last=period.last)
    figures = measure(outcomes, days, balance, period, keys=UTC_KEYS, days_per_year=DAYS_PER_YEAR)
    paper, live = metrics.by_money(found)
    return AiPerformance(
        figures=figures,
        balance=balance,
        total_pnl_pct=percent(figures.summary.total_pnl, balance),
        recovery_days=recovery_days(days, balance),
        kelly=metrics.kelly(figures.summary),
        best=max(outcomes, key=lambda one: one.pnl, default=None),
        worst=min(outcomes, key=lambda one: one.pnl, default=None),
        by_side=metrics.by_side(found),
        paper=paper,
        live=live,
        by_trader=_by_trader(found, names, calibrations, costs),
        buckets=metrics.by_confidence(found),
        by_end=metrics.by_end(found),
        stop_moves=stop_moves,
        cost=cost,
        lots=lots,
    )


def _by_day(costs: Sequence[DayCost]) -> list[CostOfDay]:
    return [
        CostOfDay(day=day, usd=sum((one.usd for one in of_day), ZERO), calls=sum(one.calls for one in of_day))
        for day, of_day in ((day, list(found)) for day, found in groupby(costs, key=lambda one: one.day))
    ]


def _calibrations(connection: Connection, username: str) -> dict[UUID, Calibration]:
    judged = read_all_judged(connection, username)
    return {trader_id: calibrate(trades) for trader_id, trades in judged.items()}


def _by_trader(
    found: Sequence[AiOutcome],
    names: Mapping[UUID, str],
    calibrations: Mapping[UUID, Calibration],
    costs: Sequence[DayCost],
) -> list[TraderFigures]:
    """Return each trader that traded or cost something, by name."""
    trades = metrics.by_trader(found)
    return [
        _figures(
            trader_id,
            names.get(trader_id, ""),
            [one.outcome for one in trades.get(trader_id, ())],
            calibrations.get(trader_id, Calibration()),
            [day for day in costs if day.trader_id == trader_id],
        )
        for trader_id in sorted(
            {*trades, *(day.trader_id for day in costs)}, key=lambda one: (names.get(one, ""), one)
        )
    ]


def _figures(
    trader_id: UUID,
    name: str,
    outcomes: Sequence[Outcome],
    calibration: Calibration,
    costs: Sequence[DayCost],
) -> TraderFigures:
    summary = summarize(outcomes)
    return TraderFigures(
        trader_id=trader_id,
        name=name,
        summary=summary,
        kelly=metrics.kelly(summary),
        calibration=calibration,
        cost_usd=sum((day.usd for day in costs), ZERO),
        calls=sum(day.calls for day in costs),
    )

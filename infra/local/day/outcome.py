"""What a run came to: everything the report tells, as values."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from infra.local.clockwork.scheduler import Ran
from infra.local.day.rig import Rig, Waits
from infra.local.invariants.findings import Findings
from infra.local.invariants.rows import AlertRow, TradeRow
from infra.local.invariants.times import busiest_minute, calls_by_bucket
from infra.local.invariants.view import VendorCall, View
from infra.local.second_opinion import Opinion

#: What a trade came to is told to the cent; fills of coins go beyond it.
_CENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class UserMoney:
    """One user's day in dollars; `replayed` is what the fills of the ended trades come to by themselves."""

    trades: int
    realized: Decimal
    fees: Decimal
    replayed: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshots:
    """Rows written, and those without a usable mark by their reason."""

    rows: int
    unusable: Counter[str]
    fewest_per_trade: int
    most_per_trade: int
    bookends: Counter[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobCount:
    """Runs of one job: that did something, that had nothing to do, that failed."""

    ran: int
    skipped: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Calls with one token in one bucket: in all, and in the busiest sliding minute."""

    host: str
    owner: str
    bucket: str
    calls: int
    busiest_minute: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOutcome:
    """One run, told."""

    title: str
    began_at: datetime
    ended_at: datetime
    outcomes: Mapping[str, Counter[str]]
    money: Mapping[str, UserMoney]
    snapshots: Snapshots
    jobs: Mapping[str, JobCount]
    calls: Mapping[str, int]
    budgets: Sequence[Budget]
    answers: Mapping[str, int]
    alerts: Sequence[AlertRow]
    findings: Findings
    notes: Sequence[str]
    opinion: Opinion
    surprises: Sequence[str]
    waits: Waits
    tickers: Sequence[str]
    trades: int
    wall_seconds: float

    @property
    def passed(self) -> bool:
        """Say whether invariants held, the outside checker agrees, and all that happened is in the script."""
        return not (self.findings.violations or self.opinion.findings or self.surprises)


def outcome_of(
    rig: Rig,
    view: View,
    findings: Findings,
    *,
    title: str,
    notes: Sequence[str],
    opinion: Opinion,
    surprises: Sequence[str],
    required: frozenset[str],
    wall_seconds: float,
) -> DayOutcome:
    """Add everything up. `required` outcomes that did not come up are surprises: the day must show them."""
    outcomes = _outcomes(view)
    seen = {name for counts in outcomes.values() for name in counts}
    return DayOutcome(
        title=title,
        began_at=rig.began_at,
        ended_at=view.now,
        outcomes=outcomes,
        money=_money(view),
        snapshots=_snapshots(view),
        jobs=_jobs(rig.ran),
        calls=Counter(f"{call.host} {call.endpoint}" for call in rig.calls),
        budgets=_budgets(rig.calls),
        answers=_answers(rig),
        alerts=view.alerts,
        findings=findings,
        notes=notes,
        opinion=opinion,
        surprises=[*surprises, *_unexpected(rig, required - seen)],
        waits=rig.waits,
        tickers=sorted({trade.ticker for trade in view.trades.values()}),
        trades=len(view.trades),
        wall_seconds=wall_seconds,
    )


def outcome_name(trade: TradeRow) -> str:
    """Name how a trade ended, or where it stands."""
    return trade.status if trade.close_reason is None else f"{trade.status}/{trade.close_reason}"


def _outcomes(view: View) -> dict[str, Counter[str]]:
    """Count each user's trades by how they ended."""
    found: dict[str, Counter[str]] = {}
    for trade in view.trades.values():
        found.setdefault(trade.username, Counter())[outcome_name(trade)] += 1
    return found


def _unexpected(rig: Rig, missing: Set[str]) -> Iterator[str]:
    """Tell which outcomes did not come up, which jobs failed, and which calls broke."""
    yield from (f"no trade ended as {name}" for name in sorted(missing))
    for one in rig.ran:
        if not one.ok:
            yield f"job {one.job} of {one.at:%m-%d %H:%M:%S} UTC failed: {dict(one.result)}"
    yield from (f"{call} answered {status}" for call, status in rig.gateway.answers if status >= 500)


def _answers(rig: Rig) -> Counter[str]:
    """Count the API's answers by status."""
    answers: Counter[str] = Counter()
    for (_, status), count in rig.gateway.answers.items():
        answers[str(status)] += count
    return answers


def _budgets(calls: Sequence[VendorCall]) -> list[Budget]:
    return [
        Budget(host=host, owner=owner, bucket=bucket, calls=len(found), busiest_minute=busiest_minute(found))
        for (host, owner, bucket), found in sorted(calls_by_bucket(calls).items())
    ]


def _money(view: View) -> dict[str, UserMoney]:
    found: dict[str, UserMoney] = {}
    for name in sorted({trade.username for trade in view.trades.values()}):
        ended = [t for t in view.trades.values() if t.username == name and t.status in {"CLOSED", "EXPIRED"}]
        sums = [view.replayed(trade, view.fills.get(trade.id, ())) for trade in ended]
        found[name] = UserMoney(
            trades=len(ended),
            realized=sum((trade.realized_pnl or Decimal(0) for trade in ended), Decimal(0)),
            fees=sum((trade.fees for trade in ended), Decimal(0)),
            replayed=sum(((gross - fees).quantize(_CENT) for gross, fees in sums), Decimal(0)),
        )
    return found


def _snapshots(view: View) -> Snapshots:
    shots = [shot for of_trade in view.snapshots.values() for shot in of_trade]
    per_trade = [len(of_trade) for of_trade in view.snapshots.values()]
    return Snapshots(
        rows=len(shots),
        unusable=Counter(shot.reason or "no reason" for shot in shots if shot.mark_price is None),
        fewest_per_trade=min(per_trade, default=0),
        most_per_trade=max(per_trade, default=0),
        bookends=Counter(shot.kind for shot in shots if shot.kind != "INTRADAY"),
    )


def _jobs(ran: Sequence[Ran]) -> dict[str, JobCount]:
    found: dict[str, JobCount] = {}
    for job in sorted({one.job for one in ran}):
        runs = [one for one in ran if one.job == job]
        found[job] = JobCount(
            ran=sum(one.ok and "skipped" not in one.result for one in runs),
            skipped=sum(one.ok and "skipped" in one.result for one in runs),
            failed=sum(not one.ok for one in runs),
        )
    return found

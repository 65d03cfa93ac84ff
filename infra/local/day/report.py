"""The report of a run: for people as text, for programs as JSON."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from decimal import Decimal

from chalicelib.domain.json_value import JsonValue
from infra.local.day.outcome import DayOutcome
from infra.local.emulators.market.sessions import NEW_YORK
from infra.local.invariants.times import ORATS, ORATS_CALLS_A_MINUTE, OUR_CALLS_A_MINUTE

TRADIER_CALLS_A_MINUTE = 60
_ALERTS_SHOWN = 12


def text_of(outcome: DayOutcome) -> str:
    """Write the report."""
    lines: list[str] = [outcome.title, "=" * len(outcome.title)]
    for section in (_trades, _money, _snapshots, _jobs, _vendors, _alerts, _invariants, _end):
        lines += ["", *section(outcome)]
    return "\n".join(lines)


def _trades(outcome: DayOutcome) -> Iterator[str]:
    users = sorted(outcome.outcomes)
    yield f"Trades by outcome ({outcome.trades} on {len(outcome.tickers)}: {', '.join(outcome.tickers)})"
    yield f"  {'':26}" + "".join(f"{name:>10}" for name in users) + f"{'all':>10}"
    for name in sorted({name for counts in outcome.outcomes.values() for name in counts}):
        counts = [outcome.outcomes[user][name] for user in users]
        yield f"  {name:26}" + "".join(f"{count or '·':>10}" for count in counts) + f"{sum(counts):>10}"


def _money(outcome: DayOutcome) -> Iterator[str]:
    yield "P&L of ended trades, dollars"
    yield f"  {'':10}{'trades':>8}{'realised':>14}{'fees':>10}{'from fills':>14}"
    for name, money in outcome.money.items():
        tied = "" if money.realized == money.replayed else "   does not tie"
        yield (
            f"  {name:10}{money.trades:>8}{money.realized:>14,.2f}{money.fees:>10,.2f}"
            f"{money.replayed:>14,.2f}{tied}"
        )


def _snapshots(outcome: DayOutcome) -> Iterator[str]:
    shots = outcome.snapshots
    unusable = shots.unusable.total()
    yield f"Snapshots: {shots.rows}, {unusable} without a mark{_counts(shots.unusable)}"
    span = f"{shots.fewest_per_trade} to {shots.most_per_trade}"
    yield f"  per trade {span}; at the edges{_counts(shots.bookends)}"


def _jobs(outcome: DayOutcome) -> Iterator[str]:
    yield f"Jobs{'ran':>22}{'skipped':>10}{'failed':>10}"
    for name, count in outcome.jobs.items():
        yield f"  {name:14}{count.ran:>10}{count.skipped:>10}{count.failed:>10}"


def _vendors(outcome: DayOutcome) -> Iterator[str]:
    yield "Vendor calls by bucket, most in any sliding minute"
    for budget in outcome.budgets:
        is_orats = budget.owner == ORATS
        limits = (
            f"of {ORATS_CALLS_A_MINUTE}"
            if is_orats
            else f"of {OUR_CALLS_A_MINUTE} (vendor {TRADIER_CALLS_A_MINUTE})"
        )
        busiest = f"busiest {budget.busiest_minute} {limits}"
        yield f"  {budget.host:22}{budget.owner:10}{budget.bucket:12}{budget.calls:>7} calls, {busiest}"
    for endpoint, count in sorted(outcome.calls.items()):
        yield f"    {count:>6}  {endpoint}"
    yield f"  API answers{_counts(Counter(outcome.answers))}"
    yield f"  waits inside calls: {outcome.waits.seconds:.0f} s, counted and not waited"


def _alerts(outcome: DayOutcome) -> Iterator[str]:
    yield f"Alerts: {len(outcome.alerts)}{_counts(Counter(alert.kind for alert in outcome.alerts))}"
    for alert in outcome.alerts[:_ALERTS_SHOWN]:
        at = alert.at.astimezone(NEW_YORK)
        yield f"  {at:%m-%d %H:%M:%S} {alert.severity:8} {alert.username}: {alert.text}"


def _invariants(outcome: DayOutcome) -> Iterator[str]:
    findings = outcome.findings
    failures = findings.failures()
    total = findings.checks.total()
    failed = len(findings.violations)
    yield f"Invariants: {len(findings.checks)} of invariants.md, {total:,} checks, {failed} failures"
    shown = [
        f"I-{number:02d} {count}" + (f" ({failures[number]} FAILED)" if failures[number] else "")
        for number, count in sorted(findings.checks.items())
    ]
    for start in range(0, len(shown), 6):
        yield "  " + "".join(f"{one:<20}" for one in shown[start : start + 6]).rstrip()
    for violation in findings.violations:
        yield f"  FAILED {violation}"
    opinion = outcome.opinion
    yield (
        f"Outside checker: {opinion.orders} orders in the brokers' logs, {opinion.trades} trades told, "
        f"{len(opinion.findings)} contradictions"
    )
    for finding in opinion.findings:
        yield f"  FAILED {finding}"


def _end(outcome: DayOutcome) -> Iterator[str]:
    for note in outcome.notes:
        yield f"  {note}"
    for surprise in outcome.surprises:
        yield f"  UNEXPECTED {surprise}"
    verdict = "passed" if outcome.passed else "FAILED"
    yield f"{verdict} after {outcome.wall_seconds:.1f} s"


def _counts(counts: Counter[str]) -> str:
    if not counts:
        return ""
    return ": " + ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))


def json_of(outcome: DayOutcome) -> dict[str, JsonValue]:
    """Return the report for programs; money as text, so that no cent is lost."""
    return {
        "title": outcome.title,
        "passed": outcome.passed,
        "began_at": outcome.began_at.isoformat(),
        "ended_at": outcome.ended_at.isoformat(),
        "wall_seconds": round(outcome.wall_seconds, 2),
        "trades": outcome.trades,
        "tickers": list(outcome.tickers),
        "outcomes": {user: dict(counts) for user, counts in outcome.outcomes.items()},
        "money": {
            user: {name: _plain(value) for name, value in asdict(money).items()}
            for user, money in outcome.money.items()
        },
        "snapshots": {
            "rows": outcome.snapshots.rows,
            "unusable": dict(outcome.snapshots.unusable),
            "edges": dict(outcome.snapshots.bookends),
        },
        "jobs": {name: asdict(count) for name, count in outcome.jobs.items()},
        "calls": dict(outcome.calls),
        "budgets": [asdict(budget) for budget in outcome.budgets],
        "answers": dict(outcome.answers),
        "alerts": [{"kind": alert.kind, "text": alert.text} for alert in outcome.alerts],
        "checks": {f"I-{number:02d}": count for number, count in sorted(outcome.findings.checks.items())},
        "violations": [str(violation) for violation in outcome.findings.violations],
        "contradictions": [str(finding) for finding in outcome.opinion.findings],
        "surprises": list(outcome.surprises),
    }


def _plain(value: object) -> JsonValue:
    return str(value) if isinstance(value, Decimal) else int(str(value))

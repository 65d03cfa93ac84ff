"""Dollars per user and month: measured times, prices with their source (`prices.toml`), assumed usage.

A function's processor time is measured on one whole core and stretched to the share that its memory buys;
waits (database, vendor) are billed as they are.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from infra.bench.ground import Ground
from infra.bench.result import Bar, Bound, Outcome, Peer, Row
from infra.bench.rows import list_trades, snapshots, sync
from infra.bench.seeding import HERE
from infra.cloud.billed import Billed, billed
from infra.cloud.stage import Stage

USERS: Final = (1, 10, 100)
#: performance.md, Bars: dollars a user and month.
_MOST_WITH_FREE_TIERS: Final = {1: 1.0, 100: 0.05}
#: The stage as it is without a file of its own.
_STAGE: Final = Stage(name="prod")
_HOURS_A_MONTH: Final = 730
_MILLION: Final = 1_000_000
#: docs.aws.amazon.com/lambda: the memory at which a function has one whole core.
_WHOLE_CORE_AT_MB: Final = 1769

Prices = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Processor milliseconds of our own, each on one whole core."""

    list_ms: float
    unchanged_ms: float
    sync_ms_per_account: float
    snapshot_ms_per_leg: float


def measure(ground: Ground) -> list[Outcome]:
    """Work the model out for a few deployments; figures that this run has not taken yet are taken now."""
    measured = _measured(ground)
    return [_row(users, measured, _prices(), billed(_STAGE)) for users in USERS]


def expected_month(users: int, stage: Stage) -> dict[str, float]:
    """Return a stage's month by part, in dollars with free tiers, by the times of an earlier measurement."""
    prices = _prices()
    taken = prices["measured"]
    measured = Measured(
        list_ms=taken["list_ms"],
        unchanged_ms=taken["unchanged_ms"],
        sync_ms_per_account=taken["sync_ms_per_account"],
        snapshot_ms_per_leg=taken["snapshot_ms_per_leg"],
    )
    return monthly(users, measured, prices, billed(stage), free_tiers=True)


def _prices() -> Prices:
    return tomllib.loads((HERE / "prices.toml").read_text())


def _measured(ground: Ground) -> Measured:
    found = dict(ground.figures)
    for name, take in (
        ("list", list_trades.measure),
        ("snapshot-cycle", snapshots.measure),
        ("sync-accounts", sync.measure),
    ):
        if name not in found:
            found |= {row.name: row for row in take(ground) if isinstance(row, Row)}
    cpu = {name: row.cpu_ms or 0.0 for name, row in found.items()}
    return Measured(
        list_ms=cpu["list"],
        unchanged_ms=cpu["list-unchanged"],
        sync_ms_per_account=cpu["sync-accounts"],
        snapshot_ms_per_leg=cpu["snapshot-cycle"] / ground.sizes.legs,
    )


def _row(users: int, measured: Measured, prices: Prices, stage: Billed) -> Row:
    parts = monthly(users, measured, prices, stage, free_tiers=False)
    with_free = monthly(users, measured, prices, stage, free_tiers=True)
    most = _MOST_WITH_FREE_TIERS.get(users)
    elsewhere = sum(parts.values()) - parts["database"] + _rds(prices["rds"])
    return Row(
        name=f"cost-{users}",
        what=f"dollars per user and month, {users} user{'s' if users > 1 else ''}, with free tiers",
        value=sum(with_free.values()) / users,
        unit="$",
        peer=Peer(name="list prices, RDS and a NAT gateway", value=elsewhere / users),
        bar=None if most is None else Bar(bound=Bound.VALUE_MOST, limit=most),
        detail={
            "month": {name: round(dollars, 2) for name, dollars in parts.items()},
            "month_with_free_tiers": {name: round(dollars, 2) for name, dollars in with_free.items()},
            "per_user_at_list_prices": round(sum(parts.values()) / users, 2),
        },
    )


def monthly(
    users: int, measured: Measured, prices: Prices, stage: Billed, *, free_tiers: bool
) -> dict[str, float]:
    """Return a deployment's month by part, in dollars."""
    use = prices["usage"]
    days = use["trading_days"]
    polls = users * days * use["page_hours_a_day"] * 3600 / use["poll_seconds"]
    requests = polls + users * days * use["other_requests_a_day"]
    runs = days * (use["syncs_a_day"] + use["snapshots_a_day"] + use["other_runs_a_day"])
    gb_seconds = (_request_ms(polls, requests, measured, use) + _job_ms(users, measured, use)) / 1000
    gb_seconds *= use["memory_mb"] / 1024
    # An armed instant is a message sent, received and deleted.
    messages = 3 * days * (use["syncs_a_day"] + use["snapshots_a_day"])
    messages += stage.idle_polls_a_minute * 60 * _HOURS_A_MONTH
    answered_gb = (requests * use["answer_bytes_gzipped"]) / 1024**3
    left = _beyond(free_tiers)
    functions, front, queues = prices["lambda"], prices["cloudfront"], prices["sqs"]
    scheduler, logs, secrets, store = prices["scheduler"], prices["logs"], prices["secrets"], prices["s3"]
    return {
        "functions": left(gb_seconds, functions["free_gb_seconds"]) * functions["gb_second"]
        + _millions(left(requests + runs, functions["free_requests"])) * functions["million_requests"],
        "api_gateway": _millions(requests) * prices["api_gateway"]["million_requests"],
        "cloudfront": _millions(left(requests, front["free_requests"])) * front["million_requests"]
        + left(answered_gb, front["free_gb_out"]) * front["gb_out"],
        "queues_and_clocks": _millions(left(messages, queues["free_requests"])) * queues["million_requests"]
        + _millions(left(days * use["other_runs_a_day"], scheduler["free_requests"]))
        * scheduler["million_requests"],
        "logs": left((requests + runs) * use["log_bytes_a_request"] / 1024**3, logs["free_gb_in"])
        * logs["gb_in"],
        "alarms": left(stage.alarms, prices["alarms"]["free"]) * prices["alarms"]["alarm_month"],
        "secrets": stage.secrets * secrets["secret_month"]
        + days * use["secret_reads_a_day"] / 10_000 * secrets["ten_thousand_calls"],
        "storage": use["backup_gb"] * store["gb_month"] + days * 30 / 1000 * store["thousand_puts"],
        "database": _neon(users, use, prices["neon"], free_tiers=free_tiers),
    }


def _request_ms(polls: float, requests: float, measured: Measured, use: Mapping[str, float]) -> float:
    """Return the billed milliseconds of a month's requests; other requests cost like a whole list."""
    slower = _slower(use)
    waits = use["round_trips_a_request"] * use["round_trip_ms"]
    unchanged = polls * (1 - use["changed_share"])
    whole = requests - unchanged
    return unchanged * (measured.unchanged_ms * slower + waits) + whole * (measured.list_ms * slower + waits)


def _job_ms(users: int, measured: Measured, use: Mapping[str, float]) -> float:
    """Return the billed milliseconds of a month's syncs and snapshots."""
    slower = _slower(use)
    underlyings = use["underlyings_open"] * (1 + (users - 1) * (1 - use["underlyings_shared"]))
    sync = users * (
        measured.sync_ms_per_account * slower
        + use["round_trips_a_sync"] * use["round_trip_ms"]
        + use["vendor_call_ms"]
    )
    legs = users * use["trades_open"]
    snapshot = legs * measured.snapshot_ms_per_leg * slower + underlyings * use["vendor_call_ms"]
    return use["trading_days"] * (use["syncs_a_day"] * sync + use["snapshots_a_day"] * snapshot)


def _slower(use: Mapping[str, float]) -> float:
    """Return how much longer work takes on the share of a core that the memory buys."""
    return max(1.0, _WHOLE_CORE_AT_MB / use["memory_mb"])


def _neon(users: int, use: Mapping[str, float], neon: Mapping[str, float], *, free_tiers: bool) -> float:
    """Return the database's month: hours awake by size, and storage; a small one may fit the free plan."""
    hours = use["trading_days"] * use["database_hours_a_day"] * use["database_cu"]
    stored = users * use["gb_a_user"]
    if free_tiers and hours <= neon["free_cu_hours"] and stored <= neon["free_gb"]:
        return 0.0
    return hours * neon["cu_hour"] + stored * neon["gb_month"]


def _rds(rds: Mapping[str, float]) -> float:
    """Return an always running database in a private network, which functions leave through a NAT."""
    return (rds["instance_hour"] + rds["nat_hour"]) * _HOURS_A_MONTH + rds["gb"] * rds["gb_month"]


def _beyond(free_tiers: bool) -> Callable[[float, float], float]:
    return lambda amount, free: max(0.0, amount - free) if free_tiers else amount


def _millions(count: float) -> float:
    return count / _MILLION

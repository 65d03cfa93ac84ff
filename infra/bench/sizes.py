"""How much is measured: the sizes of performance.md, smaller ones to look quickly, tiny ones for tests."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """`rounds` are runs that a median is taken of; `processes` are fresh processes a figure."""

    rounds: int
    processes: int
    imported_jobs: int
    installs_peer: bool
    open_trades: int
    legs: int
    chains: int
    small_write_rows: int
    bulk_rows: int
    policy_rows: int
    accounts: int
    trades_per_account: int
    open_orders: int
    paper_orders: int
    replayed_minutes: int
    analysed_trades: int
    analysed_minutes: int
    backtested_days: int
    growth: tuple[int, ...]
    served_seconds: float


FULL: Final = Sizes(
    rounds=11,
    processes=9,
    imported_jobs=99,
    installs_peer=True,
    open_trades=50,
    legs=10_000,
    chains=400,
    small_write_rows=2_200,
    bulk_rows=20_000,
    policy_rows=1_000_000,
    accounts=1_000,
    trades_per_account=5,
    open_orders=200,
    paper_orders=200,
    replayed_minutes=390,
    analysed_trades=10_000,
    analysed_minutes=390,
    backtested_days=365,
    growth=(100, 1_000, 10_000),
    served_seconds=2.5,
)
QUICK: Final = Sizes(
    rounds=3,
    processes=3,
    imported_jobs=99,
    installs_peer=False,
    open_trades=50,
    legs=2_000,
    chains=80,
    small_write_rows=2_200,
    bulk_rows=5_000,
    policy_rows=100_000,
    accounts=100,
    trades_per_account=5,
    open_orders=200,
    paper_orders=50,
    replayed_minutes=60,
    analysed_trades=2_000,
    analysed_minutes=390,
    backtested_days=60,
    growth=(100, 1_000),
    served_seconds=1.5,
)
TINY: Final = Sizes(
    rounds=1,
    processes=1,
    imported_jobs=1,
    installs_peer=False,
    open_trades=3,
    legs=12,
    chains=3,
    small_write_rows=20,
    bulk_rows=30,
    policy_rows=600,
    accounts=2,
    trades_per_account=2,
    open_orders=4,
    paper_orders=2,
    replayed_minutes=2,
    analysed_trades=20,
    analysed_minutes=10,
    backtested_days=20,
    growth=(5, 10),
    served_seconds=1.0,
)

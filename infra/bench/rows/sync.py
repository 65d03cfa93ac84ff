"""Quiet syncs, one call an account: 1,000 accounts of 5 trades, and one account of 200 open orders."""

import secrets
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from chalicelib.services.accounts.at_work import accounts_at_work
from chalicelib.services.sync.sync_account import sync_account
from infra.bench.ground import Ground, counted_product
from infra.bench.measure import Timing, timed
from infra.bench.relay import talk_of
from infra.bench.result import Bar, Bound, Outcome, Row
from infra.bench.seeding import seed_broker_tokens, seed_open_trades
from infra.bench.vendors import TimedTransport, VendorTime, order_lists

_MILLISECONDS: Final = 1000.0
#: A bracket is one OCO of two orders.
_ORDERS_A_TRADE: Final = 2


def measure(ground: Ground) -> list[Outcome]:
    """Measure many small accounts, then one large one."""
    sizes = ground.sizes
    small = _Synced(ground, accounts=sizes.accounts, each=sizes.trades_per_account, rounds=1)
    large = _Synced(
        ground, accounts=1, each=sizes.open_orders // _ORDERS_A_TRADE, rounds=max(1, sizes.rounds // 2)
    )
    return [
        Row(
            name="sync-accounts",
            what=f"sync of {sizes.accounts:,} accounts of {sizes.trades_per_account} trades, own time each",
            value=small.own_ms / sizes.accounts,
            unit="ms",
            cpu_ms=small.timing.cpu_ms / sizes.accounts,
            detail={
                "calls_per_account": small.vendor.calls / sizes.accounts,
                **{f"{name}_per_account": count for name, count in small.talk.items()},
                "accounts_per_second": round(sizes.accounts / small.own_ms * _MILLISECONDS),
            },
        ),
        Row(
            name="sync-orders",
            what=f"sync of {sizes.open_orders} open orders of one account",
            value=large.own_ms,
            unit="ms",
            cpu_ms=large.timing.cpu_ms,
            bar=Bar(bound=Bound.VALUE_MOST, limit=1000.0),
            detail={"calls": large.vendor.calls, **large.talk},
        ),
    ]


class _Synced:
    """What syncing so many accounts took, counts for one round."""

    def __init__(self, ground: Ground, *, accounts: int, each: int, rounds: int) -> None:
        self.vendor = VendorTime()
        with ground.database() as database:
            seed_open_trades(database, users=accounts, each=each, chains=20)
            seed_broker_tokens(database, _usernames(accounts), secrets.token_bytes)
            transport = TimedTransport(order_lists(database), self.vendor)
            with ground.product(database, transport=transport) as product:
                env = product.container.jobs_environment()
                listed = accounts_at_work(env)

                def sync_all() -> None:
                    for account in listed:
                        report = sync_account(env, account)
                        if report is None or report.error is not None or report.trades != each:
                            raise AssertionError(f"a sync of {account.username} did not go well: {report}")

                self.timing, vendor_ms = _without_vendor(sync_all, self.vendor, rounds)
                self.own_ms = self.timing.wall_ms - vendor_ms
            with counted_product(ground, database, transport=order_lists(database)) as (counted, relay):
                env = counted.container.jobs_environment()
                accounts_at_work(env)  # the first connection's own talk is no sync's
                self.talk = talk_of(relay, partial(sync_account, env, listed[0]))


def _without_vendor(work: Callable[[], object], vendor: VendorTime, rounds: int) -> tuple[Timing, float]:
    """Time the work; the vendor's own milliseconds of one round are told apart."""
    vendor.calls, vendor.seconds = 0, 0.0
    timing = timed(work, rounds=rounds, warm=0)
    vendor.calls //= rounds
    return timing, vendor.seconds / rounds * _MILLISECONDS


def _usernames(count: int) -> Sequence[str]:
    return [f"user{number}" for number in range(count)]

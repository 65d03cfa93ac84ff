"""What one more trade costs at 100, 1,000 and 10,000 trades: list, sync, snapshots, performance."""

import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Final

from chalicelib.api.shapes.performance import shape_performance
from chalicelib.domain.trading.trades import read_statuses
from chalicelib.services.accounts.at_work import accounts_at_work
from chalicelib.services.analysis.performance import read_performance
from chalicelib.services.market.take_snapshots import open_legs, take_snapshots
from chalicelib.services.reading.read_trades import TradeFilter, list_page
from chalicelib.services.sync.sync_account import sync_account
from chalicelib.store.analysis.outcomes import OutcomeFilter
from chalicelib.store.market.snapshots import SnapshotKind
from infra.bench.ground import MORNING, Database, Ground, Product, run_sql
from infra.bench.measure import by_turns
from infra.bench.result import Bar, Bound, Outcome, Peer, Row
from infra.bench.rows.snapshots import canned_market
from infra.bench.seeding import seed_broker_tokens, seed_ended_trades, seed_open_trades
from infra.bench.vendors import order_lists

#: Near linear: a trade among the most costs at most this much more than one among the next fewer.
GROWTH_MAX: Final = 1.2
_TRADES_A_USER: Final = 50
_PAGE: Final = 200
_PERFORMER: Final = "user0"

Work = Callable[[], object]


def measure(ground: Ground) -> list[Outcome]:
    """Measure each kind of work at all sizes by turns, each in a database of its own; a row a kind."""
    with ExitStack() as stages:
        works: dict[str, dict[int, Work]] = {}
        for count in ground.sizes.growth:
            ground.say(f"  setting up {count:,} trades")
            for name, work in stages.enter_context(_stage(ground, count)).items():
                works.setdefault(name, {})[count] = work
        return [_row(name, _costs(ground, of_sizes)) for name, of_sizes in works.items()]


def _costs(ground: Ground, works: Mapping[int, Work]) -> dict[int, float]:
    """Return the microseconds a trade at each size."""
    taken = by_turns(works, rounds=min(ground.sizes.rounds, 5))
    return {count: timing.wall_ms / count * 1000 for count, timing in taken.items()}


def _row(name: str, found: Mapping[int, float]) -> Row:
    *_, fewer, most = sorted(found)
    return Row(
        name=f"growth-{name}",
        what=f"{name}: cost per trade at {most:,} trades",
        value=found[most],
        unit="µs",
        peer=Peer(name=f"at {fewer:,}", value=found[fewer]),
        bar=Bar(bound=Bound.RATIO_MOST, limit=GROWTH_MAX),
        detail={f"at_{count}_us": round(microseconds, 1) for count, microseconds in found.items()},
    )


@contextmanager
def _stage(ground: Ground, count: int) -> Iterator[Mapping[str, Work]]:
    """Set up so many open trades, and as many ended ones of one user; yields the works to time."""
    each = min(_TRADES_A_USER, count)
    with ground.database() as database:
        seed_open_trades(database, users=count // each, each=each, chains=20)
        seed_ended_trades(database, username=_PERFORMER, count=count)
        usernames = [f"user{number}" for number in range(count // each)]
        seed_broker_tokens(database, usernames, secrets.token_bytes)
        with ground.product(database, transport=order_lists(database)) as product:
            yield _works(database, product)


def _works(database: Database, product: Product) -> Mapping[str, Work]:
    jobs = product.container.jobs_environment()
    api = product.container.api_environment()
    marked = replace(jobs, market_data=canned_market(open_legs(jobs)))

    def pages() -> None:
        """Read every user's ended trades' list, a page after the other."""
        cursor: str | None = None
        wanted = TradeFilter(statuses=read_statuses("CLOSED"), limit=_PAGE)
        while True:
            text = list_page(api, _PERFORMER, replace(wanted, cursor=cursor), lambda _: False).text
            assert text is not None
            cursor = next_cursor(text)
            if cursor is None:
                return

    def sync() -> None:
        for account in accounts_at_work(jobs):
            sync_account(jobs, account)

    def snapshots() -> None:
        run_sql(database, "truncate price_snapshots")
        take_snapshots(marked, open_legs(marked), kind=SnapshotKind.INTRADAY, due_at=MORNING)

    return {
        "list": pages,
        "sync": sync,
        "snapshots": snapshots,
        "performance": lambda: shape_performance(read_performance(api, _PERFORMER, OutcomeFilter())),
    }


def next_cursor(text: str) -> str | None:
    """Return where a list goes on, read from its end without reading its items."""
    tail = text[text.rindex('"next_cursor":') :]
    found: str | None = json.loads("{" + tail)["next_cursor"]
    return found

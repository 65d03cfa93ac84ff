"""One server for many users: what two placements a second do to the list of 40 pages."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from secrets import token_bytes
from statistics import median, quantiles
from typing import Any, Final

from chalice.app import Chalice

from chalicelib.api.registration import register_routes
from chalicelib.api.routes import ROUTES
from infra.bench.ground import AS_SERVER, MORNING, Ground, Product, run_sql
from infra.bench.load import Load, Seen
from infra.bench.processes import ROOT, SECONDS_MAX
from infra.bench.result import Bar, Bound, Outcome, Peer, Row
from infra.bench.rows.orders import USERNAME, emulated_world, ticket_of
from infra.bench.seeding import seed_broker_tokens, seed_open_trades
from infra.local.clockwork.clock import ProductClock
from infra.local.emulators.serving.transport import EmulatorTransport
from infra.local.front.server import THREADS, Origin
from infra.local.front.web import WebServer, listen

PAGES: Final = 40
#: A page asks every 15 s in session; seven times as often, for enough of them within the time.
_PAGE_EVERY_SECONDS: Final = 2.0
_ORDERS_PER_SECOND: Final = 2
_USERS: Final = 4
_TURNS: Final = 2


def measure(ground: Ground) -> list[Outcome]:
    """Serve the pages alone and beside placements, by turns."""
    clock = ProductClock(MORNING, speed=1)
    world = emulated_world(clock)
    transport = EmulatorTransport(world.hosts())
    with (
        ground.database() as database,
        ground.product(database, transport=transport, clock=clock, changes=AS_SERVER) as product,
    ):
        seed_open_trades(database, users=_USERS, each=ground.sizes.open_trades, chains=20)
        seed_broker_tokens(database, [USERNAME], token_bytes)
        limits = "heat_limit_pct = 1000, max_positions = 200"
        run_sql(database, f"update user_settings set {limits}")  # noqa: S608 - a constant
        with _served(product, ground) as port:
            beside = _load(ground, product, port)
            alone = replace(beside, orders=0)
            _apply(replace(beside, seconds=0.5, orders=1))  # warm
            seen: dict[bool, list[Seen]] = {False: [], True: []}
            for _ in range(_TURNS):
                seen[False].append(_apply(alone))
                seen[True].append(_apply(beside))
    return [_row(seen[False], seen[True])]


@contextmanager
def _served(product: Product, ground: Ground) -> Iterator[int]:
    """Serve the product as the local stack does: its gateway, its threads; yields the port."""
    app = Chalice(app_name="papertape-bench")
    register_routes(app, ROUTES, lambda: product.context)
    server = WebServer(Origin(app, ground.directory), listen(0), threads=THREADS)
    server.start()
    try:
        yield server.port
    finally:
        server.stop()


def _load(ground: Ground, product: Product, port: int) -> Load:
    seconds = ground.sizes.served_seconds
    return Load(
        port=port,
        seconds=seconds,
        page_tokens=[product.sign_in.access_token(f"user{number}") for number in range(_USERS)],
        pages=PAGES,
        page_every=_PAGE_EVERY_SECONDS,
        orders=int(seconds * _ORDERS_PER_SECOND),
        order_token=product.sign_in.access_token(USERNAME),
        ticket=ticket_of(product.container.api_environment()),
    )


def _apply(load: Load) -> Seen:
    ran = subprocess.run(
        [sys.executable, "-m", "infra.bench.load"],
        input=json.dumps(asdict(load)),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        timeout=SECONDS_MAX,
    )
    found: dict[str, Any] = json.loads(ran.stdout)  # Any: JSON
    seen = Seen(**found)
    if seen.unwanted:
        raise AssertionError(f"answers that were not asked for: {seen.unwanted}")
    return seen


def _row(alone: list[Seen], beside: list[Seen]) -> Row:
    by_itself = [one for seen in alone for one in seen.list_ms]
    loaded = [one for seen in beside for one in seen.list_ms]
    orders = [one for seen in beside for one in seen.order_ms]
    return Row(
        name="served",
        what=f"p95 of the list of {PAGES} pages beside two placements a second, one server",
        value=_p95(loaded),
        unit="ms",
        peer=Peer(name="the same pages alone", value=_p95(by_itself)),
        bar=Bar(bound=Bound.RATIO_MOST, limit=3.0),
        detail={
            "lists": len(loaded),
            "list_p50": round(median(loaded), 1),
            "list_p50_alone": round(median(by_itself), 1),
            "orders": len(orders),
            "order_p50": round(median(orders), 1),
            "order_max": round(max(orders), 1),
        },
    )


def _p95(times: list[float]) -> float:
    return quantiles(times, n=20)[-1]

"""Chains that four users look through by one token of the operator's: how many reads are refused."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Final

from infra.bench.ground import AS_SERVER, MORNING, Ground, Product
from infra.bench.result import Outcome, Row
from infra.bench.rows.orders import emulated_world
from infra.bench.seeding import seed_open_trades
from infra.local.clockwork.clock import ProductClock
from infra.local.emulators.serving.transport import EmulatorTransport

_USERS: Final = 4
_TICKERS: Final = ("AAPL", "SPY")
_EXPIRIES: Final = 4
#: An open ticket asks for its chain as often; here its owner goes on to the next chain each time.
_LOOK_EVERY: Final = timedelta(seconds=5)
_LOOKS: Final = 24
_TOKEN: Final = "data-of-the-operator"  # noqa: S105 - an emulator's
_REFUSED: Final = 429


def measure(ground: Ground) -> list[Outcome]:
    """Let two minutes of product time pass, in which each user looks at a chain every five seconds."""
    clock = _moved_clock()
    world = emulated_world(clock)
    world.live.add_account("VA9", _TOKEN, cash=Decimal(0))
    changes = {**AS_SERVER, "ORATS_TOKEN": None, "TRADIER_DATA_TOKEN": _TOKEN}
    transport = EmulatorTransport(world.hosts())
    with (
        ground.database() as database,
        ground.product(database, transport=transport, clock=clock, changes=changes) as product,
    ):
        seed_open_trades(database, users=_USERS, each=1, chains=1)
        paths = _paths(product)
        clock.move(clock.now() + timedelta(minutes=2))
        before = _calls(world.live.calls())
        answered = _looks(product, clock, paths)
        return [_row(answered, _calls(world.live.calls()) - before)]


def _moved_clock() -> ProductClock:
    """Return a clock that stands until it is moved, and whose machine's seconds go with it."""
    moved: list[ProductClock] = []
    clock = ProductClock(
        MORNING,
        speed=0,
        monotonic=lambda: (moved[0].now() - MORNING).total_seconds() if moved else 0.0,
        wait=lambda _: None,
    )
    moved.append(clock)
    return clock


def _paths(product: Product) -> Sequence[str]:
    """Return the calls for the nearest chains of each underlying."""
    source = product.container.api_environment().market_data.for_user("user0")
    return [
        f"/api/market/chain?symbol={ticker}&expiry={expiry}"
        for ticker in _TICKERS
        for expiry in source.expirations(ticker)[:_EXPIRIES]
    ]


def _looks(product: Product, clock: ProductClock, paths: Sequence[str]) -> Counter[int]:
    """Count the answers by status; users begin at different chains."""
    gateway, answered = product.gateway(), Counter[int]()
    tokens = [product.sign_in.access_token(f"user{number}") for number in range(_USERS)]
    for look in range(_LOOKS):
        for number, token in enumerate(tokens):
            path = paths[(look + 2 * number) % len(paths)]
            answered[gateway.call("GET", path, token=token).status] += 1
        clock.move(clock.now() + _LOOK_EVERY)
    if set(answered) - {200, _REFUSED, 503}:
        raise AssertionError(f"answers that were not asked for: {answered}")
    return answered


def _calls(told: dict[str, object]) -> int:
    return int(str(told["total"]))


def _row(answered: Counter[int], calls: int) -> Row:
    reads = answered.total()
    return Row(
        name="shared-window",
        what=f"refused of {reads} chain reads of {_USERS} users by one token, two minutes",
        value=100 * (reads - answered[200]) / reads,
        unit="%",
        detail={"vendor_calls": calls, **{f"answered_{status}": answered[status] for status in answered}},
    )

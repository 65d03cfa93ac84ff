"""The call budget in PostgreSQL: 50 calls in any sliding minute per token, over all workers (A-12, I-26)."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from random import Random

import pytest

from chalicelib.store.accounts.budget import DISORDER, CallWindows, VendorUsage
from chalicelib.store.database import Database
from chalicelib.store.engine import open_engine
from chalicelib.vendors.budget import PostgresCallBudget, Urgency, token_key
from chalicelib.vendors.errors import BudgetSpent, VendorClosed
from infra.local.database.postgres import DatabaseUrls
from tests.brokers.support import NOON, HandClock

KEY = token_key("a token")
#: So many calls are under way in any order.
IN_DISORDER = 6


@pytest.fixture
def database(database_urls: DatabaseUrls) -> Iterator[Database]:
    """The application's connections, four at once."""
    opened = Database(open_engine(database_urls.app, pool_size=4), HandClock())
    yield opened
    opened.dispose()


@pytest.fixture
def budget(database: Database) -> PostgresCallBudget:
    """Tradier's budget."""
    return PostgresCallBudget(CallWindows(database))


def take_all(budget: PostgresCallBudget, urgency: Urgency, key: str = KEY) -> int:
    """Take calls at noon until one is refused; returns how many were made."""
    for made in range(60):
        try:
            budget.take(key, urgency, at=NOON)
        except BudgetSpent:
            return made
    return 60


def test_data_leaves_ten_and_orders_leave_five_to_the_exits(budget: PostgresCallBudget) -> None:
    assert take_all(budget, Urgency.DATA) == 40
    assert take_all(budget, Urgency.ORDER) == 5
    assert take_all(budget, Urgency.EXIT) == 5
    assert take_all(budget, Urgency.EXIT, token_key("another token")) == 50


def test_a_refusal_says_when_there_is_room_again_and_counts_nothing(budget: PostgresCallBudget) -> None:
    for second in range(50):
        budget.take(KEY, Urgency.EXIT, at=NOON + timedelta(seconds=second))
    with pytest.raises(BudgetSpent) as caught:
        budget.take(KEY, Urgency.EXIT, at=NOON + timedelta(seconds=50))
    assert caught.value.retry_after_seconds == 10.0

    with pytest.raises(BudgetSpent):
        budget.take(KEY, Urgency.EXIT, at=NOON + timedelta(seconds=59.999))
    budget.take(KEY, Urgency.EXIT, at=NOON + timedelta(seconds=60))


def test_no_sliding_minute_holds_more_than_fifty_calls_over_many_workers(budget: PostgresCallBudget) -> None:
    random = Random(7)
    instants = sorted(NOON + timedelta(seconds=random.uniform(0, 200)) for _ in range(300))

    def attempt(at_index: int) -> bool:
        try:
            budget.take(KEY, Urgency.EXIT, at=instants[at_index])
        except BudgetSpent:
            return False
        return True

    taken: list[bool] = []
    with ThreadPoolExecutor(max_workers=4) as workers:
        # A worker that stands still falls behind the others by some instants, never by minutes: the past is
        # kept for DISORDER.
        for first in range(0, 300, IN_DISORDER):
            taken += workers.map(attempt, range(first, first + IN_DISORDER))
    made = [at for at, was_taken in zip(instants, taken, strict=True) if was_taken]
    behind_max = max(
        instants[min(first + IN_DISORDER, 300) - 1] - instants[first] for first in range(0, 300, IN_DISORDER)
    )

    assert behind_max < DISORDER
    assert len(made) > 100
    for at in made:
        assert sum(1 for other in made if at - timedelta(seconds=60) < other <= at) <= 50


def test_twenty_at_once_never_pass_the_limit(budget: PostgresCallBudget) -> None:
    def attempt(_: int) -> str:
        try:
            budget.take(KEY, Urgency.DATA, at=NOON)
        except BudgetSpent:
            return "refused"
        return "made"

    with ThreadPoolExecutor(max_workers=4) as workers:
        outcomes = Counter(workers.map(attempt, range(60)))

    assert outcomes == {"made": 40, "refused": 20}


def test_the_window_is_filled_up_when_the_vendor_shows_few_left(budget: PostgresCallBudget) -> None:
    budget.take(KEY, Urgency.EXIT, at=NOON)
    budget.vendor_left(KEY, 6, at=NOON, ends_at=None)
    assert take_all(budget, Urgency.DATA) == 39
    budget.vendor_left(KEY, 2, at=NOON, ends_at=None)

    assert take_all(budget, Urgency.ORDER) == 0
    assert take_all(budget, Urgency.EXIT) == 2
    budget.vendor_left(KEY, 0, at=NOON, ends_at=None)
    budget.take(KEY, Urgency.DATA, at=NOON + timedelta(seconds=61))


def test_a_filled_window_opens_when_the_vendors_own_minute_ends(budget: PostgresCallBudget) -> None:
    budget.take(KEY, Urgency.DATA, at=NOON - timedelta(seconds=58))
    budget.vendor_left(KEY, 0, at=NOON, ends_at=NOON + timedelta(seconds=3))
    with pytest.raises(BudgetSpent) as caught:
        budget.take(KEY, Urgency.EXIT, at=NOON)

    assert caught.value.retry_after_seconds == 2.0
    budget.take(KEY, Urgency.DATA, at=NOON + timedelta(seconds=3.1))


def test_a_clock_that_was_set_back_does_not_block_for_ever(budget: PostgresCallBudget) -> None:
    for _ in range(50):
        budget.take(KEY, Urgency.EXIT, at=NOON + timedelta(days=1))

    budget.take(KEY, Urgency.EXIT, at=NOON)


def test_the_token_cannot_be_had_back_from_its_key() -> None:
    assert "a token" not in KEY
    assert token_key("a token") == KEY != token_key("a tokem")


def test_months_are_counted_per_vendor(database: Database) -> None:
    usage = VendorUsage(database)
    assert usage.used("orats", date(2026, 2, 18)) == 0
    for day in (1, 28):
        usage.count("orats", date(2026, 2, day))
    usage.count("orats", date(2026, 3, 1))

    assert usage.used("orats", date(2026, 2, 18)) == 2
    assert usage.used("other", date(2026, 2, 18)) == 0


def test_a_heavy_call_counts_as_many(budget: PostgresCallBudget) -> None:
    """Binance weighs its calls: one that does not fit is refused whole."""
    budget.take(KEY, Urgency.EXIT, at=NOON, weight=45)
    with pytest.raises(BudgetSpent):
        budget.take(KEY, Urgency.EXIT, at=NOON, weight=6)
    budget.take(KEY, Urgency.EXIT, at=NOON, weight=5)
    with pytest.raises(BudgetSpent) as caught:
        budget.take(KEY, Urgency.EXIT, at=NOON + timedelta(seconds=30))
    assert caught.value.retry_after_seconds == 30.0


def test_a_ban_is_everybodys_until_it_ends(budget: PostgresCallBudget, database: Database) -> None:
    """C-06, C-13: no urgency and no other function goes past it, however long it holds."""
    ends_at = NOON + timedelta(hours=30)
    budget.close(KEY, until=ends_at)

    for minutes in (0, 5, 29 * 60):
        at = NOON + timedelta(minutes=minutes)
        with pytest.raises(VendorClosed) as caught:
            PostgresCallBudget(CallWindows(database)).take(KEY, Urgency.EXIT, at=at)
        assert caught.value.retry_after_seconds == (ends_at - at).total_seconds()
        with pytest.raises(VendorClosed):
            budget.check([token_key("another token"), KEY], Urgency.EXIT, at=at)
    budget.take(KEY, Urgency.DATA, at=ends_at)
    budget.take(token_key("another token"), Urgency.DATA, at=NOON)


def test_a_ban_left_by_a_clock_that_was_set_back_holds_nobody(budget: PostgresCallBudget) -> None:
    budget.close(KEY, until=NOON + timedelta(days=3))

    budget.take(KEY, Urgency.DATA, at=NOON - timedelta(days=30))

"""local.md, "Time is a service"."""

from datetime import UTC, datetime, timedelta

import pytest

from infra.local.clockwork.clock import ProductClock

START = datetime(2026, 2, 19, 14, 20, tzinfo=UTC)


class Life:
    """Real seconds that a test lets pass."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.waits: list[float] = []

    def monotonic(self) -> float:
        return self.seconds

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)


def clock_at(speed: float, life: Life) -> ProductClock:
    return ProductClock(START, speed=speed, monotonic=life.monotonic, wait=life.wait)


def test_product_time_runs_at_its_speed() -> None:
    life = Life()
    clock = clock_at(10, life)
    life.seconds = 6

    assert clock.now() == START + timedelta(seconds=60)


def test_a_standing_clock_moves_only_when_told_and_never_back() -> None:
    life = Life()
    clock = clock_at(0, life)
    life.seconds = 1000
    assert clock.now() == START

    clock.move(START + timedelta(hours=1))
    clock.move(START)

    assert clock.now() == START + timedelta(hours=1)


@pytest.mark.parametrize(("speed", "real_seconds"), [(0, 2.0), (0.5, 2.0), (1, 2.0), (8, 0.25)])
def test_a_wait_takes_real_time_divided_by_the_speed_above_one(speed: float, real_seconds: float) -> None:
    """… and never moves the clock."""
    life = Life()
    clock = clock_at(speed, life)
    clock.sleep(2)

    assert life.waits == [real_seconds]
    assert clock.now() == START


def test_lateness_is_counted_in_real_seconds() -> None:
    life = Life()
    clock = clock_at(60, life)
    life.seconds = 5

    assert clock.real_seconds_since(START) == 5
    assert clock_at(0, life).real_seconds_since(START - timedelta(hours=1)) == 0


def test_a_held_clock_stands_and_runs_on_from_where_it_was_moved() -> None:
    life = Life()
    clock = clock_at(10, life)
    with clock.held():
        life.seconds = 3
        clock.move(START + timedelta(seconds=500))
        assert clock.now() == START + timedelta(seconds=500)
        life.seconds = 9
    life.seconds = 10

    assert clock.now() == START + timedelta(seconds=510)


def test_a_start_without_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        ProductClock(START.replace(tzinfo=None), speed=0)

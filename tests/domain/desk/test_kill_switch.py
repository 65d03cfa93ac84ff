"""The kill switch: rows, causes, what lifts when (B-08)."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.desk.kill_switch.rows import (
    LIFTS_WHEN,
    SCOPES,
    SwitchCause,
    SwitchMode,
    SwitchRow,
    SwitchScope,
    after_reset,
    flatness,
    mode_of,
    read_rows,
    set_by_person,
    stopping,
)
from chalicelib.domain.desk.kill_switch.tripping import ScanFacts, SwitchUpdate, Watch, after_scan
from chalicelib.domain.desk.stored import from_json, to_json
from chalicelib.domain.trading.trades import Originator

#: Thursday, 11:00 in New York.
AT: Final = datetime(2026, 2, 19, 16, 0, tzinfo=UTC)
CALENDAR: Final = MarketCalendar()
CALM: Final[dict[str, Any]] = {"in_contango": True, "cap_share": 0.1, "var_share": 0.1}


def scans(*facts: dict[str, Any], start: datetime = AT, rows: Sequence[SwitchRow] = ()) -> list[SwitchUpdate]:
    """Carry scans out a minute apart, each from what the one before stored as JSON."""
    found: list[SwitchUpdate] = []
    kept, watch = tuple(rows), Watch()
    for minute, one in enumerate(facts):
        seen = ScanFacts(scan_at=start + timedelta(minutes=minute), **{**CALM, **one})
        found.append(after_scan(kept, watch, seen, CALENDAR))
        stored = json.loads(json.dumps([to_json(row) for row in found[-1].rows]))
        kept = read_rows(stored)
        watch = from_json(Watch, json.loads(json.dumps(to_json(found[-1].watch))))
        assert (kept, watch) == (found[-1].rows, found[-1].watch)
    return found


def modes(found: list[SwitchUpdate]) -> list[bool]:
    return [mode_of(one.rows) is SwitchMode.SAFE_MODE for one in found]


@pytest.mark.parametrize(
    ("facts", "cause"),
    [
        ({"in_contango": False}, SwitchCause.VIX_BACKWARDATION),
        ({"macro_window": "inside FOMC"}, SwitchCause.MACRO_WINDOW),
        ({"daily_loss_reached": True}, SwitchCause.DAILY_LOSS),
        ({"cap_share": 1.01}, SwitchCause.CAP_BREACH),
        ({"var_share": 1.01}, SwitchCause.VAR_BREACH),
        ({"failure": "strategy 7"}, SwitchCause.EVALUATION_FAILED),
    ],
)
def test_each_cause_trips_safe_mode_at_its_scan(facts: dict[str, Any], cause: SwitchCause) -> None:
    """B-08: safe_mode alone trips by itself, once for a cause, with its scope and what lifts it."""
    first, second = scans(facts, facts)

    (row,) = first.tripped
    assert (row.cause, row.mode, row.scope) == (cause, SwitchMode.SAFE_MODE, SCOPES[cause])
    assert row.lifts_when == LIFTS_WHEN[cause]
    assert (second.tripped, len(second.rows)) == ((), 1)


def test_what_is_unreadable_trips_on_the_second_scan_running() -> None:
    """B-08: VIX, quotes or broker unreadable two scans running; the same one, not one after another."""
    vix, quotes = {"unreadable": ("VIX",)}, {"unreadable": ("quotes",)}

    assert modes(scans(vix, vix)) == [False, True]
    assert modes(scans(vix, quotes, vix)) == [False, False, False]
    assert modes(scans(vix, {}, vix)) == [False, False, False]


def test_a_scan_delivered_twice_counts_once() -> None:
    """B-08: neither towards tripping nor towards lifting."""
    facts = ScanFacts(scan_at=AT, in_contango=True, unreadable=("VIX",))
    once = after_scan((), Watch(), facts, CALENDAR)
    twice = after_scan(once.rows, once.watch, facts, CALENDAR)

    assert (twice.rows, twice.watch, twice.tripped) == (once.rows, once.watch, ())


@pytest.mark.parametrize(
    "facts", [{"in_contango": False}, {"macro_window": "CPI"}, {"unreadable": ("broker",)}]
)
def test_what_passes_lifts_after_ten_minutes(facts: dict[str, Any]) -> None:
    """B-08: contango, or the cause gone, for ten minutes."""
    found = scans(facts, facts, *[{}] * 12)

    assert modes(found)[1:] == [True] * 11 + [False, False]
    assert [row.cause for row in found[12].lifted] == [found[1].rows[0].cause]


def test_ten_minutes_begin_anew_with_the_cause_and_with_not_knowing() -> None:
    """B-08: a VIX that is not known is no contango."""
    found = scans({"in_contango": False}, *[{}] * 9, {"in_contango": None}, *[{}] * 11)

    assert modes(found) == [True] * 21 + [False]


def test_a_breach_lifts_under_95_per_cent() -> None:
    """B-08: at the limit nothing trips; at 95 % it still stands; not computed is not lifted."""
    shares = [1.0, 1.001, 0.99, 0.95, None, 0.949]
    found = scans(*({"cap_share": share} for share in shares))

    assert modes(found) == [False, True, True, True, True, False]


def test_a_failure_to_evaluate_lifts_after_three_clean_scans() -> None:
    """B-08: clean ones running."""
    failed = {"failure": "strategy 7"}

    assert modes(scans(failed, {}, {}, {})) == [True, True, True, False]
    assert modes(scans(failed, {}, {}, failed, {}, {}, {})) == [True] * 6 + [False]


@pytest.mark.parametrize(("hours", "stands"), [(6, True), (24, False), (24 * 2, True), (24 * 4, False)])
def test_a_daily_loss_lifts_on_the_next_trading_day(hours: int, *, stands: bool) -> None:
    """B-08: not in the evening, on Friday; set on Friday it stands over Saturday and lifts on Monday."""
    day = AT if hours < 48 else AT + timedelta(days=1)
    (row,) = scans({"daily_loss_reached": True}, start=day)[0].rows
    later = scans({}, start=AT + timedelta(hours=hours), rows=[row])[0]

    assert (mode_of(later.rows) is SwitchMode.SAFE_MODE) is stands


def test_all_causes_have_to_lift() -> None:
    """B-08: several causes, several rows."""
    found = scans({"in_contango": False, "failure": "x"}, *[{}] * 3, *[{}] * 8)

    assert len(found[0].rows) == 2
    assert len(found[3].rows) == 1
    assert modes(found)[10:] == [True, False]


def test_a_person_waits_for_a_person() -> None:
    """B-08: a switch that a person set lifts by nothing else, and covers every originator."""
    row = set_by_person(SwitchMode.SAFE_MODE, "lunch", "alice", AT)
    found = scans(*[{}] * 30, rows=[row])

    assert mode_of(found[-1].rows) is SwitchMode.SAFE_MODE
    assert all(stopping([row], originator) is row for originator in Originator)
    assert after_reset([row], is_operator=False) == ()


def test_what_trips_by_itself_covers_the_desk_and_a_daily_loss_everything() -> None:
    """B-08: a person's own entry is not stopped by a macro window; by the day's loss it is."""
    window = scans({"macro_window": "CPI"})[0].rows
    loss = scans({"daily_loss_reached": True})[0].rows

    assert stopping(window, Originator.DESK) is not None
    assert stopping(window, Originator.PERSON) is None
    assert stopping(window, Originator.AI) is None
    assert all(stopping(loss, originator) is not None for originator in Originator)
    assert stopping((), Originator.DESK) is None


def test_only_the_operator_resets_everybodys_switch() -> None:
    """B-16: reset removes the caller's rows, the global one only by the operator."""
    own = set_by_person(SwitchMode.HARD_STOP, "out", "alice", AT)
    everybodys = set_by_person(SwitchMode.SAFE_MODE, "maintenance", "olga", AT, everywhere=True)

    assert everybodys.scope is SwitchScope.GLOBAL
    assert after_reset([own, everybodys], is_operator=False) == (everybodys,)
    assert after_reset([own, everybodys], is_operator=True) == ()
    assert mode_of([everybodys, own]) is SwitchMode.HARD_STOP
    assert stopping([everybodys, own], Originator.PERSON) is own
    assert mode_of([]) is SwitchMode.OFF


@pytest.mark.parametrize("stored", [None, [None], [{"mode": "off"}], [{"scope": "desk"}, 7], ["off"]])
def test_unreadable_counts_as_set(stored: Any) -> None:
    """B-08: rows that cannot be fetched or read stop every entry."""
    rows = read_rows(stored)

    assert mode_of(rows) is SwitchMode.SAFE_MODE
    assert all(stopping(rows, originator) is not None for originator in Originator)


@given(st.lists(st.sampled_from([True, False, None]), min_size=1, max_size=40))
def test_no_switch_is_off_while_its_cause_stands(contango: list[bool | None]) -> None:
    """B-08: backwardation now, or within ten minutes, is safe_mode now."""
    found = scans(*({"in_contango": one} for one in contango))
    for number, update in enumerate(found):
        recent = contango[max(0, number - 9) : number + 1]
        if False in recent:
            assert mode_of(update.rows) is SwitchMode.SAFE_MODE


def test_flat_is_what_the_broker_shows() -> None:
    """B-08: no position and no working order; cancelled orders over an open position are not flat."""
    assert flatness({}, 0).flat
    assert flatness({"SPY": Decimal(0)}, 0).flat
    held = flatness({"SPY260417P00560000": Decimal(-1)}, 0)
    assert (held.flat, held.left) == (False, (("SPY260417P00560000", Decimal(-1)),))
    assert not flatness({}, 1).flat
    assert not flatness(None, 0).flat
    assert not flatness({}, None).flat


def test_a_row_says_when_it_lifts() -> None:
    """B-16: every cause has its words."""
    row = set_by_person(SwitchMode.SAFE_MODE, "x", "alice", AT)

    assert {replace(row, cause=cause).lifts_when for cause in SwitchCause} == set(LIFTS_WHEN.values())

"""When an open structure is left, and what holds that back (B-06)."""

import json
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.clocks.calendar import MarketCalendar, new_york_instant
from chalicelib.domain.desk.exits.causes import (
    ExitCause,
    ExitRules,
    OpenStructure,
    Sight,
    is_vix_spike,
)
from chalicelib.domain.desk.exits.judge import (
    NOT_CLOSED,
    ExitDecision,
    ExitState,
    ExitVerdict,
    judge_exit,
    until_closed,
)
from chalicelib.domain.desk.exits.vix_watch import VixWatch
from chalicelib.domain.desk.stored import from_json, to_json
from chalicelib.domain.desk.strategies.strategy import ExitConditions

D = Decimal
CALENDAR: Final = MarketCalendar()
EXPIRY: Final = date(2026, 4, 17)
FILLED: Final = new_york_instant(date(2026, 2, 19), time(10, 0))
#: The first scan after the grace.
START: Final = FILLED + timedelta(seconds=900)
#: A condor sold once for 1.20: 120 dollars to win, a mark of -0.60 has won 60.
CONDOR: Final = OpenStructure(
    filled_at=FILLED,
    entry_price=D("-1.20"),
    sign=1,
    dollars=D(100),
    max_profit=D(120),
    last_session=CALENDAR.session(EXPIRY),
)


def rules(**conditions: Any) -> ExitRules:
    return ExitRules(conditions=ExitConditions(**conditions), calendar=CALENDAR)


def see(mark: str | None, minute: int = 0, start: datetime = START, **more: Any) -> Sight:
    at = start + timedelta(minutes=minute)
    return Sight(at=at, scan_at=at, mark=None if mark is None else D(mark), **more)


def run(
    by: ExitRules, *sights: Sight, held: OpenStructure = CONDOR, state: ExitState | None = None
) -> list[ExitVerdict]:
    """Judge scans one after the other, each with what the one before has stored as JSON."""
    found: list[ExitVerdict] = []
    kept = state or ExitState()
    for sight in sights:
        found.append(judge_exit(held, by, sight, kept))
        kept = from_json(ExitState, json.loads(json.dumps(to_json(found[-1].state))))
        assert kept == found[-1].state
    return found


def words(found: list[ExitVerdict]) -> list[str]:
    return [one.decision.value for one in found]


TARGET: Final = rules(profit_target_pct=D(50))
STOP: Final = rules(stop_pct=D(200))


def test_an_exit_holds_on_three_scans_running() -> None:
    """B-06: wait, wait, exit; the count is told."""
    found = run(TARGET, *(see("-0.60", minute) for minute in range(3)))

    assert words(found) == ["WAIT", "WAIT", "EXIT"]
    assert [one.scans for one in found] == [1, 2, 3]
    assert found[-1].cause is ExitCause.PROFIT_TARGET_PCT


def test_a_scan_without_the_cause_starts_the_count_anew() -> None:
    """B-06: three running, not three in all."""
    found = run(TARGET, see("-0.60"), see("-0.60", 1), see("-0.61", 2), see("-0.60", 3), see("-0.60", 4))

    assert words(found) == ["WAIT", "WAIT", "HOLD", "WAIT", "WAIT"]


def test_a_scan_delivered_twice_counts_once() -> None:
    """B-06: nothing is counted twice in one scan, and the same scan says the same again."""
    found = run(
        TARGET, see("-0.60"), see("-0.60"), see("-0.60"), see("-0.60", 1), see("-0.60", 2), see("-0.60", 2)
    )

    assert words(found) == ["WAIT", "WAIT", "WAIT", "WAIT", "EXIT", "EXIT"]
    assert [one.scans for one in found] == [1, 1, 1, 2, 3, 3]


def test_scans_that_lie_apart_are_not_running() -> None:
    """B-06: after an outage counting begins anew."""
    found = run(TARGET, see("-0.60"), see("-0.60", 1), see("-0.60", 30), see("-0.60", 31), see("-0.60", 32))

    assert [one.scans for one in found] == [1, 2, 1, 2, 3]


def test_a_step_of_a_day_stands_for_its_scans() -> None:
    """B-12: guards count product time, so that a backtest's day satisfies them."""
    assert words(run(TARGET, see("-0.60", stands_for=390))) == ["EXIT"]


def test_scans_inside_the_grace_do_not_count() -> None:
    """B-06, B-16: fifteen minutes after the fill; three scans are needed after it."""
    before = [see("-0.60", minute) for minute in (-3, -2, -1)]
    found = run(TARGET, *before, *(see("-0.60", minute) for minute in range(3)))

    assert words(found) == ["HOLD"] * 3 + ["WAIT", "WAIT", "EXIT"]


def test_a_stop_does_not_fire_on_one_bad_print() -> None:
    """B-06: a mark that jumped by more than half neither counts nor clears."""
    found = run(
        STOP,
        see("-2.50"),
        see("-3.60", 1),
        see("-3.60", 2),
        see("-0.90", 3),
        see("-3.60", 4),
        see("-3.60", 5),
        see("-3.60", 6),
    )

    # up by 44 %: believed; down by three quarters and up again: each suspect, the two counted stay
    assert words(found) == ["HOLD", "WAIT", "WAIT", "WAIT", "WAIT", "EXIT", "EXIT"]
    assert [one.scans for one in found] == [0, 1, 2, 2, 2, 3, 4]


def test_a_level_that_stays_is_believed_on_the_next_scan() -> None:
    """B-06: the jump counts from the scan after it."""
    found = run(STOP, see("-1.20"), see("-4.00", 1), see("-4.00", 2), see("-4.00", 3), see("-4.00", 4))

    assert words(found) == ["HOLD", "HOLD", "WAIT", "WAIT", "EXIT"]


def test_a_jump_against_a_mark_of_six_minutes_ago_says_nothing() -> None:
    """B-06: at most five minutes old."""
    assert run(STOP, see("-1.20"), see("-4.00", 6))[-1].decision is ExitDecision.WAIT
    assert run(STOP, see("-1.20"), see("-4.00", 5))[-1].decision is ExitDecision.HOLD


@pytest.mark.parametrize(
    ("mark", "is_suspect"), [("-0.60", False), ("-0.59", True), ("-1.80", False), ("-1.81", True)]
)
def test_a_jump_of_half_is_the_most_that_is_believed(mark: str, *, is_suspect: bool) -> None:
    """B-06: SUSPECT_MARK_JUMP_FRACTION 0.50."""
    found = run(STOP, see("-1.20"), see(mark, 1))[-1]

    assert (found.reason == "suspect mark") is is_suspect


def held_for(by: ExitRules, mark: str, **more: Any) -> ExitCause | None:
    """Return what a structure is left for once a mark has stayed for three scans, None where it is kept."""
    last = run(by, *(see(mark, minute) for minute in range(3)), **more)[-1]
    return last.cause if last.decision is ExitDecision.EXIT else None


@pytest.mark.parametrize(
    ("conditions", "mark", "cause"),
    [
        ({"profit_target_pct": D(50)}, "-0.60", ExitCause.PROFIT_TARGET_PCT),
        ({"profit_target_pct": D(50)}, "-0.601", None),
        ({"profit_target_usd": D(60)}, "-0.60", ExitCause.PROFIT_TARGET_USD),
        ({"profit_target_usd": D("60.01")}, "-0.60", None),
        ({"stop_pct": D(200)}, "-3.60", ExitCause.STOP_PCT),
        ({"stop_pct": D(200)}, "-3.599", None),
        ({"stop_usd": D(240)}, "-3.60", ExitCause.STOP_USD),
        ({"stop_usd": D("240.01")}, "-3.60", None),
        ({"stop_usd": D(240), "stop_pct": D(200)}, "-3.60", ExitCause.STOP_PCT),
        ({"stop_usd": D(240), "profit_target_pct": D(50)}, "-1.20", None),
    ],
)
def test_stops_and_targets_at_below_and_above(
    conditions: dict[str, Any], mark: str, cause: ExitCause | None
) -> None:
    """B-06: of the credit 1.20 200 % are 240 dollars, of the maximum profit 50 % are 60; the first wins."""
    assert held_for(rules(**conditions), mark) is cause


def test_a_debit_and_a_short_put_lose_and_win_by_their_own_sign() -> None:
    """W-02: a butterfly paid 0.40 for, a put sold at 2.10."""
    butterfly = replace(CONDOR, entry_price=D("0.40"), max_profit=D(230))
    put = replace(CONDOR, entry_price=D("2.10"), sign=-1, max_profit=D(210))

    assert held_for(rules(stop_pct=D(50)), "0.20", held=butterfly) is ExitCause.STOP_PCT
    assert held_for(rules(profit_target_pct=D(50)), "1.55", held=butterfly) is ExitCause.PROFIT_TARGET_PCT
    assert held_for(rules(stop_pct=D(100)), "4.20", held=put) is ExitCause.STOP_PCT
    assert held_for(rules(profit_target_pct=D(50)), "1.05", held=put) is ExitCause.PROFIT_TARGET_PCT


def test_trailing_gives_back_its_share_of_the_best() -> None:
    """B-01: from 25 % of the maximum profit, a fifth of the best given back: 60 becomes 48."""
    by = rules(trail_from_pct=D(25), trail_pct=D(20))
    up = [see("-0.90"), see("-0.60", 1)]

    kept = run(by, *up, see("-0.71", 2), see("-0.71", 3), see("-0.71", 4))
    left = run(by, *up, see("-0.72", 2), see("-0.72", 3), see("-0.72", 4))
    never = run(by, see("-0.91"), see("-1.20", 1), see("-1.20", 2), see("-1.20", 3))
    assert words(kept)[-1] == "HOLD"
    assert (left[-1].decision, left[-1].cause) == (ExitDecision.EXIT, ExitCause.TRAILING)
    assert words(never)[-1] == "HOLD"


def test_a_suspect_mark_is_no_best_result() -> None:
    """B-06: one bad print does not arm the trailing stop."""
    by = rules(trail_from_pct=D(25), trail_pct=D(20))
    found = run(
        by, see("-1.20"), see("-0.10", 1), see("-1.20", 2), see("-1.20", 3), see("-1.20", 4), see("-1.20", 5)
    )

    assert words(found)[-1] == "HOLD"


@pytest.mark.parametrize(
    ("day", "is_due"),
    [(date(2026, 3, 26), False), (date(2026, 3, 27), True), (date(2026, 3, 30), True)],
)
def test_a_time_stop_comes_on_its_day(day: date, *, is_due: bool) -> None:
    """B-06: 21 calendar days before 17 April are 27 March."""
    start = new_york_instant(day, time(11, 0))
    found = run(rules(time_stop_dte=21), *(see("-1.20", minute, start) for minute in range(3)))[-1]

    assert (found.decision is ExitDecision.EXIT) is is_due


@pytest.mark.parametrize(
    ("day", "is_due"), [(date(2026, 4, 1), False), (date(2026, 4, 2), True), (date(2026, 4, 6), True)]
)
def test_a_time_stop_on_a_holiday_comes_on_the_session_before(day: date, *, is_due: bool) -> None:
    """B-06: 14 days before 17 April is Good Friday: left on Thursday, not carried to Monday."""
    start = new_york_instant(day, time(11, 0))
    found = run(rules(time_stop_dte=14), *(see("-1.20", minute, start) for minute in range(3)))[-1]

    assert not CALENDAR.is_trading_day(date(2026, 4, 3))
    assert (found.decision is ExitDecision.EXIT) is is_due


@pytest.mark.parametrize(("at", "is_due"), [(time(15, 29), False), (time(15, 30), True)])
def test_a_time_stop_by_the_clock(at: time, *, is_due: bool) -> None:
    """B-06: at 15:30 New York; three scans from then on."""
    by = rules(time_stop_at=time(15, 30))
    start = new_york_instant(date(2026, 2, 19), at)

    assert (run(by, see("-1.20", 0, start))[-1].decision is ExitDecision.WAIT) is is_due


def test_a_clock_beyond_an_early_close_comes_before_it() -> None:
    """B-06: on a half day 15:30 never comes; half an hour before 13:00 stands for it."""
    held = replace(
        CONDOR,
        filled_at=new_york_instant(date(2026, 11, 27), time(9, 30)),
        last_session=CALENDAR.session(date(2026, 12, 18)),
    )
    by = rules(time_stop_at=time(15, 30))
    early, due = (
        run(by, see("-1.20", 0, new_york_instant(date(2026, 11, 27), at)), held=held)[-1]
        for at in (time(12, 29), time(12, 30))
    )

    assert (early.decision, due.decision) == (ExitDecision.HOLD, ExitDecision.WAIT)


@pytest.mark.parametrize(("at", "is_due"), [(time(15, 29), False), (time(15, 30), True)])
def test_the_last_days_buffer_waits_for_nothing(at: time, *, is_due: bool) -> None:
    """B-06: half an hour before the last close, without persistence, grace or a mark."""
    start = new_york_instant(EXPIRY, at)
    fresh = replace(CONDOR, filled_at=start)
    found = run(rules(stop_pct=D(200)), see(None, 0, start), held=fresh)[-1]

    assert (found.decision is ExitDecision.EXIT) is is_due
    assert found.cause is (ExitCause.ZERO_DTE if is_due else None)


@pytest.mark.parametrize(
    ("now", "before", "is_spike"),
    [
        (22.0, 20.0, True),
        (21.99, 20.0, False),
        (25.0, 20.0, True),
        (None, 20.0, False),
        (22.0, None, False),
    ],
)
def test_vix_spikes_by_ten_per_cent_a_minute(
    now: float | None, before: float | None, *, is_spike: bool
) -> None:
    """B-06: VIX_SPIKE_PCT_1M against one minute before; never on a missing one."""
    assert is_vix_spike(now, before) is is_spike


def test_the_vix_path_waits_for_nothing_but_one_more_read_of_a_suspect_mark() -> None:
    """B-06: grace and persistence do not hold it back; a suspect mark delays it by one read, not a scan."""
    spike: dict[str, Any] = {"vix": 24.0, "vix_minute_ago": 20.0}
    early = replace(see("-1.20", -14, **spike))
    jumped = [see("-1.20"), see("-3.00", 1, **spike), see("-3.00", 1, is_second_read=True, **spike)]

    assert run(STOP, early)[-1].cause is ExitCause.VIX_SPIKE
    assert words(run(STOP, *jumped)) == ["HOLD", "READ_AGAIN", "EXIT"]
    assert words(run(rules(stop_pct=D(900), vix_exit=False), early)) == ["HOLD"]


@pytest.mark.parametrize("asked", [{"asked_by_person": True}, {"hard_stop": True}])
def test_a_person_and_hard_stop_wait_for_nothing(asked: dict[str, Any]) -> None:
    """B-06: inside the grace, without a mark, on a suspect one."""
    assert words(run(STOP, see(None, -14, **asked))) == ["EXIT"]
    assert words(run(STOP, see("-1.20"), see("-9.00", 1, **asked))) == ["HOLD", "EXIT"]


def test_missing_marks_block_no_time_stop_and_keep_what_was_counted() -> None:
    """B-01: what is missing never blocks an exit; a scan without a mark neither counts nor clears by mark."""
    by = rules(time_stop_dte=60)
    found = run(STOP, see("-3.60"), see(None, 1), see("-3.60", 2), see("-3.60", 3))

    assert words(run(by, *(see(None, minute) for minute in range(3)))) == ["WAIT", "WAIT", "EXIT"]
    assert [one.scans for one in found] == [1, 1, 2, 3]


def test_causes_keep_their_own_counts() -> None:
    """B-06: a stop that joins a time stop does not set it back; the first that has held long enough wins."""
    by = rules(time_stop_dte=60, stop_pct=D(200))
    found = run(by, see("-2.50"), see("-2.50", 1), see("-3.60", 2))[-1]

    assert (found.decision, found.cause, found.scans) == (ExitDecision.EXIT, ExitCause.TIME_STOP_DTE, 3)


@given(st.lists(st.tuples(st.sampled_from(["-0.50", "-0.60", "-0.70", None]), st.booleans()), max_size=20))
def test_no_exit_without_three_scans_running(marks: list[tuple[str | None, bool]]) -> None:
    """B-06: whatever comes, twice or once, an exit by mark has three scans of its cause behind it."""
    sights: list[Sight] = []
    for minute, (mark, is_twice) in enumerate(marks):
        sights += [see(mark, minute)] * (2 if is_twice else 1)
    exits = 0
    for number, verdict in enumerate(run(TARGET, *sights)):
        if verdict.decision is not ExitDecision.EXIT:
            continue
        exits += 1
        seen = {one.scan_at: one.mark for one in sights[: number + 1]}
        known = [mark for mark in seen.values() if mark is not None]
        assert all(mark >= D("-0.60") for mark in known[-3:])
        assert len(known) >= 3
    assert exits <= len(sights)


def test_three_scans_without_vix_are_told_of() -> None:
    """B-06: with positions that leave by it; a scan delivered twice counts once."""
    watch = VixWatch()
    for minute in (0, 0, 1):
        watch = watch.after(START + timedelta(minutes=minute), None, has_positions=True)
    assert not watch.is_alarming
    told = watch.after(START + timedelta(minutes=2), None, has_positions=True)

    assert told.is_alarming
    assert not told.after(START + timedelta(minutes=3), 16.0, has_positions=True).is_alarming
    assert not watch.after(START + timedelta(minutes=2), None, has_positions=False).is_alarming


def test_an_exit_is_asked_again_until_it_is_closed() -> None:
    """B-06: what was decided stands though its cause is gone, and the VIX path stays the VIX path."""
    (*_, decided) = run(TARGET, *(see("-0.60", minute) for minute in range(3)))
    state = until_closed(ExitState(), decided).state
    gone = judge_exit(CONDOR, TARGET, see("-0.70", 3), state)
    assert gone.decision is ExitDecision.HOLD

    again = until_closed(state, gone)
    assert (again.decision, again.cause, again.reason, again.scans) == (
        ExitDecision.EXIT,
        ExitCause.PROFIT_TARGET_PCT,
        NOT_CLOSED,
        3,
    )
    counted_anew = judge_exit(CONDOR, TARGET, see("-0.60", 30), again.state)
    assert until_closed(again.state, counted_anew).scans == 3
    spike = see("-0.70", 4, vix=20.0, vix_minute_ago=16.0)
    hurried = until_closed(again.state, judge_exit(CONDOR, TARGET, spike, again.state))
    assert hurried.cause is ExitCause.VIX_SPIKE
    calm = judge_exit(CONDOR, TARGET, see("-0.60", 5), hurried.state)
    assert until_closed(hurried.state, calm).cause is ExitCause.VIX_SPIKE


def test_vix_is_held_against_a_minute_before() -> None:
    """B-06: each scan against the one before; over one that missed it, but not over an outage."""
    watch = VixWatch().after(START, 16.0, has_positions=True)
    assert (watch.vix, watch.before) == (16.0, None)
    spiked = watch.after(START + timedelta(minutes=1), 18.0, has_positions=True)
    assert (spiked.vix, spiked.before) == (18.0, 16.0)
    assert spiked.after(START + timedelta(minutes=1), 30.0, has_positions=True) == spiked
    blind = spiked.after(START + timedelta(minutes=2), None, has_positions=True)
    assert blind.before is None
    assert blind.after(START + timedelta(minutes=3), 20.0, has_positions=True).before == 18.0
    assert spiked.after(START + timedelta(minutes=5), 30.0, has_positions=True).before is None
    assert from_json(VixWatch, json.loads(json.dumps(to_json(spiked)))) == spiked

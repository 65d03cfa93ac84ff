"""The day in one alert: once a day and user, to those with something to tell (A-17, Clocks)."""

from datetime import date
from decimal import Decimal

import pytest

from chalicelib.domain.spelling import as_result
from chalicelib.domain.trading.limits import Exposure
from chalicelib.jobs import run_job
from chalicelib.services.analysis.summarise_day import words
from chalicelib.store.analysis.daily_summary import Day
from tests.alerts.support import Listeners
from tests.services.stage import Stage, eastern

THURSDAY = date(2026, 2, 19)
AFTER_CLOSE = eastern(THURSDAY, 16, 15)


def summaries(stage: Stage) -> list[tuple[str, str]]:
    """Return who was told what."""
    rows = stage.query("select username, text from alerts where kind = 'day_summary' order by username")
    return [(row.username, row.text) for row in rows]


def test_a_day_is_told_with_its_result_and_what_is_held(stage: Stage, listeners: Listeners) -> None:
    """Trades opened and closed, realised P&L, open positions, heat."""
    listeners.telegram()
    trade = stage.place_bracketed(qty=1)
    stage.place_bracketed(qty=2)
    closed = stage.close_trade(trade).trade
    stage.go_to(AFTER_CLOSE)
    result = stage.run("summary")
    ((username, text),) = summaries(stage)

    assert result == {"users": 1}
    assert username == "alice"
    assert text.startswith("Feb 19, 2026: 2 trades opened, 1 closed; 0 wins, 1 loss, realized ")
    assert as_result(Decimal(str(closed["realized_pnl"]))) in text
    assert "1 open position, heat " in text
    listeners.run()
    assert text in listeners.texts()[-1].replace("&amp;", "&")


def test_a_day_is_told_once(stage: Stage) -> None:
    """I-20: twice, late, by hand: one alert."""
    stage.place_bracketed(qty=1)
    stage.go_to(AFTER_CLOSE)
    first = run_job(stage.container, "summary", due_at=AFTER_CLOSE, payload={})
    again = run_job(stage.container, "summary", due_at=AFTER_CLOSE, payload={})
    by_hand = stage.run("summary")

    assert first == {"users": 1}
    assert {"skipped"} == set(again) == set(by_hand)
    assert len(summaries(stage)) == 1


def test_a_quiet_user_is_not_told_anything(stage: Stage) -> None:
    stage.go_to(AFTER_CLOSE)

    assert "skipped" in stage.run("summary")
    assert summaries(stage) == []


@pytest.mark.parametrize(
    ("day", "hour", "skipped"),
    [
        (THURSDAY, 13, True),
        (THURSDAY, 16, False),
        (date(2026, 11, 27), 13, False),  # the day after Thanksgiving closes at 13:00
        (date(2026, 11, 27), 16, True),
        (date(2026, 11, 26), 16, True),  # Thanksgiving
    ],
)
def test_it_comes_fifteen_minutes_after_the_days_own_close(
    stage: Stage, day: date, hour: int, skipped: bool
) -> None:
    """architecture.md, Clocks: 13:15 or 16:15, on trading days."""
    trade = stage.place_bracketed(qty=1)
    at = eastern(day, hour, 15)
    stage.clock.move(at)
    result = run_job(stage.container, "summary", due_at=at, payload={})

    assert trade["status"] == "OPEN"
    assert ("skipped" in result) is skipped


def test_what_is_amiss_is_said(stage: Stage) -> None:
    """Unprotected and stale positions stand in the summary."""
    day = Day(
        opened=0,
        closed=2,
        wins=1,
        losses=1,
        realized=Decimal("-12.345"),
        held=2,
        waiting=1,
        unprotected=1,
        stale=2,
    )
    at_risk = Exposure(open_positions=3, heat=Decimal(300), realized_today=Decimal(0))

    assert words(THURSDAY, day, at_risk, Decimal(5000)) == (
        "Feb 19, 2026: 0 trades opened, 2 closed; 1 win, 1 loss, realized −$12.34; "
        "2 open positions, heat $300.00 (6.0% of the balance); 1 entry not filled yet; "
        "1 WITHOUT a working stop or target; 2 without a mark of the last minutes."
    )


def test_a_lost_message_is_found_again(stage: Stage, listeners: Listeners) -> None:
    """A-17: rows from the first day; the message to the job is only the fast way."""
    listeners.telegram()
    listeners.tell("forgotten")
    stage.bus.sent.clear()
    at = eastern(THURSDAY, 10, 0)
    stage.go_to(at)
    run_job(stage.container, "plan", due_at=at, payload={})

    assert [payload for job, payload, _ in stage.bus.sent if job == "alert"] == [{"username": "alice"}]
    listeners.run()
    stage.bus.sent.clear()
    stage.run("premarket")
    assert [job for job, _, _ in stage.bus.sent] == []

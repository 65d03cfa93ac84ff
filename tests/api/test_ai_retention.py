"""What of traders is kept how long, told once a day, and what can be turned off (C-07, C-09)."""

from collections.abc import Iterator
from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import insert, text

from chalicelib.services.analysis.ai_days import write_days
from chalicelib.services.analysis.ai_digest import tell_changes
from chalicelib.services.environment import Environment
from chalicelib.services.operations.thin_snapshots import thin
from chalicelib.services.raise_alert import Severity, raise_alert
from chalicelib.store.database import Database
from chalicelib.store.engine import open_engine
from chalicelib.store.schema import ai_paper_starts
from tests.api.ai_records import HOUR, SUNDAY, Records
from tests.api.ai_support import made
from tests.api.support import Api, User

DAY = timedelta(days=1)


@pytest.fixture
def records(api: Api, alice: User) -> Records:
    """A trader of alice's, made on the Saturday before."""
    api.clock.at = SUNDAY - DAY
    return Records(api, made(alice))


@pytest.fixture
def jobs(api: Api) -> Iterator[Environment]:
    """The jobs' own role."""
    engine = open_engine(api.urls.jobs)
    yield api.environment.with_database(Database(engine, api.clock))
    engine.dispose()


def rows(api: Api) -> list[tuple[str, date, int, int, int]]:
    """Return the daily rows, oldest first."""
    with api.jobs_database() as connection:
        found = connection.execute(
            text("select mode, day, pnl, equity, trades from ai_daily_rows order by mode, day")
        )
        return [(row.mode, row.day, int(row.pnl), int(row.equity), row.trades) for row in found]


def test_a_trader_has_a_row_a_day(records: Records, api: Api, jobs: Environment) -> None:
    """C-09: days are UTC's, from the trader's first on; written again they say the same."""
    records.trade("30", closed_at=SUNDAY)
    records.trade("-10", closed_at=SUNDAY + HOUR)
    for _ in range(2):
        write_days(jobs, date(2026, 2, 26), date(2026, 3, 2))

    assert rows(api) == [
        ("paper", date(2026, 2, 28), 0, 10_000, 0),
        ("paper", date(2026, 3, 1), 20, 10_020, 2),
        ("paper", date(2026, 3, 2), 0, 10_020, 0),
    ]


def test_a_reset_begins_the_equity_anew_and_live_is_apart(
    records: Records, api: Api, jobs: Environment
) -> None:
    """C-05, C-09: what was realised before a reset is no part of the equity after it."""
    records.trade("30", closed_at=SUNDAY)
    with api.environment.database.transaction("alice") as connection:
        connection.execute(
            insert(ai_paper_starts).values(
                id=uuid4(), username="alice", at=SUNDAY + HOUR, equity=10_030, start_equity=10_000
            )
        )
    records.trade("7", closed_at=SUNDAY + DAY)
    records.trade("5", closed_at=SUNDAY + DAY, broker_mode="TRADIER_LIVE")
    write_days(jobs, date(2026, 3, 1), date(2026, 3, 2))

    assert rows(api) == [
        ("live", date(2026, 3, 2), 5, 5, 1),
        ("paper", date(2026, 3, 1), 30, 10_000, 1),
        ("paper", date(2026, 3, 2), 7, 10_007, 1),
    ]


def test_the_days_changes_are_told_once(records: Records, jobs: Environment, alice: User) -> None:
    """C-07: modifications leave by a daily digest."""
    trade_id = records.trade("5")
    records.stop_moved(trade_id, "90", "95")
    records.stop_moved(trade_id, "95", "96", by="RULE_ENGINE")
    records.stop_moved(trade_id, "96", "97", state="VETOED")

    assert [tell_changes(jobs, date(2026, 3, 1)) for _ in range(2)] == [1, 0]
    assert tell_changes(jobs, date(2026, 3, 2)) == 0
    assert [one["text"] for one in alice.get("/api/alerts").json["items"]] == [
        "Mar 1, 2026: changes to 1 position: 1 by the model, 1 by rules, 1 vetoed."
    ]


def test_each_kind_of_alert_can_be_turned_off_but_breaches(
    records: Records, api: Api, jobs: Environment, alice: User
) -> None:
    """C-07: what is off is not told; what nobody can turn off is."""
    off = alice.put("/api/settings", {"alerts_off": ["modifications", "trade_queued"]})
    assert off.json["alerts_off"] == ["trade_queued", "modifications"]
    records.stop_moved(records.trade("5"), "90", "95")
    told = {}
    with api.environment.database.transaction("alice") as connection:
        for kind in ("ai_trade_queued", "ai_decision_blocked", "ai_drawdown"):
            told[kind] = raise_alert(
                api.environment, connection, "alice", severity=Severity.INFO, kind=kind, message=kind
            )

    assert told == {"ai_trade_queued": False, "ai_decision_blocked": True, "ai_drawdown": True}
    assert tell_changes(jobs, date(2026, 3, 1)) == 0
    assert alice.put("/api/settings", {"alerts_off": ["drawdown"]}).fields == {"alerts_off.0"}
    assert "alerts_off" not in alice.put("/api/settings", {"alerts_off": None}).json


def test_what_was_never_executed_goes_after_thirty_days(
    records: Records, api: Api, jobs: Environment
) -> None:
    """C-09: decisions that were executed stay, with their trades; daily rows stay for two years."""
    records.trade("5")
    refused = records.decision("LONG", outcome="VALIDATION_FAILED")
    write_days(jobs, date(2026, 3, 1), date(2026, 3, 1))
    left = []
    for days in (29, 31, 729, 740):
        api.clock.at = SUNDAY + days * DAY
        thin(jobs, api.clock.at)
        with api.jobs_database() as connection:
            refused_left = connection.execute(
                text("select count(*) from decisions where id = :id"), {"id": refused}
            ).scalar()
            all_left = connection.execute(text("select count(*) from decisions")).scalar()
        left.append((refused_left, all_left, len(rows(api))))

    assert left == [(1, 2, 1), (0, 1, 1), (0, 1, 1), (0, 1, 0)]


@pytest.mark.parametrize(("tier", "left"), [("free", 1), ("pro", 2)])
def test_positions_of_the_tier_free_go_after_ninety_days(
    records: Records, api: Api, jobs: Environment, tier: str, left: int
) -> None:
    """C-09: Free: 90 days after close, on paper; else without limit."""
    records.trade("5")
    records.trade("6", broker_mode="TRADIER_LIVE")
    with api.environment.database.transaction("alice") as connection:
        connection.execute(text("update user_settings set tier = :tier"), {"tier": tier})
    found = []
    for days in (89, 91):
        api.clock.at = SUNDAY + days * DAY
        thin(jobs, api.clock.at)
        with api.jobs_database() as connection:
            found.append(connection.execute(text("select count(*) from paper_trades")).scalar())

    assert found == [2, left]

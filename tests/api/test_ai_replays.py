"""POST /api/ai/replays and GET /api/ai/replays/{id}: a trader over past candles (C-09)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from chalicelib.domain.clocks.replay_messages import parse_replay_work
from chalicelib.domain.coins.terms import SymbolFilters
from chalicelib.services.ai.replays.run_replay import run_replay
from chalicelib.store.database import Database
from chalicelib.store.engine import open_engine
from tests.api.ai_records import SUNDAY, Records
from tests.api.ai_support import made
from tests.api.support import Api, User
from tests.domain.ai.cases import FILTERS
from tests.services.ai.coins import Coins

PATH = "/api/ai/replays"
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


class CoinsWithFilters(Coins):
    """Coins whose exchange tells of steps."""

    def filters(self, symbols: Sequence[str]) -> Mapping[str, SymbolFilters]:
        return dict.fromkeys(symbols, FILTERS)


def price_at(at: datetime) -> Decimal:
    """Return a price around 100 that rises for an hour from SUNDAY on, then falls."""
    minutes = (at - SUNDAY) // MINUTE
    if minutes < 0:
        return Decimal(100) + Decimal(minutes % 2) / 5
    return Decimal(100) + Decimal(min(minutes, 60)) / 10 - Decimal(max(minutes - 60, 0)) / 10


@pytest.fixture
def records(api: Api, alice: User) -> Records:
    """A trader of alice's, a day after SUNDAY, and an exchange that knows the time before."""
    api.clock.at = SUNDAY + DAY
    coins = CoinsWithFilters(api.clock.now)
    coins.closes["BTCUSDT"] = price_at
    api.environment = replace(api.environment, coin_market=coins)
    api.context = replace(api.context, environment=api.environment)
    trading = {
        "enabled": True,
        "position_size_usd": 1000,
        "require_approval": False,
        "breakeven_at_pct": None,
    }
    return Records(api, made(alice, trading=trading))


def entry(records: Records, *, at: datetime = SUNDAY, **columns: Any) -> UUID:  # Any: a column each
    """Write a long of the model with a stop and a target."""
    fields = {"stop_loss": 98, "take_profits": [{"price": 103, "share": 1}]}
    return records.decision("LONG", at=at, **{"fields": fields, **columns})


def asked(records: Records, **changes: Any) -> dict[str, Any]:  # Any: a body's fields
    """Return the body of a replay of the day."""
    return {"trader_id": records.trader["id"], "from": "2026-03-01", "to": "2026-03-01", **changes}


def carried_out(api: Api) -> str | None:
    """Have the job do what was sent for, by its own role."""
    (message,) = [one for one in api.bus.sent if one[0] == "ai_replay"]
    engine = open_engine(api.urls.jobs)
    env = api.environment.with_database(Database(engine, api.clock))
    status = run_replay(env, parse_replay_work(message[1]))
    engine.dispose()
    return status


def test_variants_stand_side_by_side_beside_paper_and_live(records: Records, api: Api, alice: User) -> None:
    """C-09: over the same stored answers, each with the number of trades that it rests on."""
    entry(records)
    fields = {"stop_loss": 102}
    entry(records, at=SUNDAY + 70 * MINUTE, confidence="0.6", outcome="BELOW_CONFIDENCE", fields=fields)
    records.trade("25", confidence=None)
    variants = [
        {"name": "near", "targets": [{"distance_pct": 1, "share": 1}]},
        {"name": "bold", "min_confidence": 0.5, "max_holding_minutes": 10},
    ]
    answer = alice.post(PATH, asked(records, variants=variants))
    assert (answer.status, answer.json["status"], answer.json["result"]) == (202, "queued", None)
    assert answer.headers["location"] == f"{PATH}/{answer.json['id']}"
    assert (carried_out(api), carried_out(api)) == ("done", None)

    found = alice.get(f"{PATH}/{answer.json['id']}").json
    result = found["result"]
    near, bold = result["variants"]
    assert (found["status"], found["progress"], found["variants"]) == ("done", 100, variants)
    assert (result["as_it_was"]["trades"], result["as_it_was"]["made"][0]["close_price"]) == (1, 103)
    assert result["as_it_was"]["refused_by"] == {"MIN_CONFIDENCE": 1}
    assert (near["name"], near["trades"], near["made"][0]["close_price"]) == ("near", 1, 101)
    assert (bold["trades"], [one["reason"] for one in bold["made"]]) == (2, ["HELD_TOO_LONG"] * 2)
    assert (result["paper"]["total_pnl"], result["live"]["trades"]) == (25, 0)
    assert any("may have seen" in note for note in result["notes"])
    assert result["answers"] == {"source": "stored", "asked": 2, "answered": 2, "words": {"LONG": 2}}


def test_without_answers_it_fails_and_says_why(records: Records, api: Api, alice: User) -> None:
    """I-28: what was accepted ends, with a reason."""
    replay_id = alice.post(PATH, asked(records)).json["id"]
    assert carried_out(api) == "failed"

    found = alice.get(f"{PATH}/{replay_id}").json
    assert (found["status"], found["result"]) == ("failed", {"reason": "No answers are stored of that time."})


def test_an_exchange_that_tells_nothing_is_a_reason(records: Records, api: Api, alice: User) -> None:
    """I-28: likewise."""
    entry(records, symbol="NOSUCHUSDT")
    replay_id = alice.post(PATH, asked(records)).json["id"]
    assert carried_out(api) == "failed"
    assert "Candles cannot be read" in alice.get(f"{PATH}/{replay_id}").json["result"]["reason"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"from": "2026-03-02", "to": "2026-03-01"}, "from"),
        ({"from": "2025-03-02"}, "from"),
        ({"variants": [{"name": "a"}, {"name": "a"}]}, "variants"),
        ({"variants": [{"name": "a", "trailing_pct": 0}]}, "variants.0.trailing_pct"),
        ({"variants": [{"name": "a", "leverage": 3}]}, "variants.0.leverage"),
        ({"answers": "invented"}, "answers"),
    ],
)
def test_a_body_is_checked(records: Records, alice: User, changes: dict[str, object], field: str) -> None:
    """api.md: 422 with the field."""
    assert field in alice.post(PATH, asked(records, **changes)).fields


def test_a_replay_is_its_owners_and_three_are_under_way(records: Records, alice: User, bob: User) -> None:
    """I-21: a foreign trader and a foreign replay are unknown; C-09: three at a time."""
    replay_id = alice.post(PATH, asked(records)).json["id"]

    assert bob.post(PATH, asked(records)).status == 404
    assert bob.get(f"{PATH}/{replay_id}").status == 404
    assert [alice.post(PATH, asked(records)).status for _ in range(3)] == [202, 202, 422]


def test_a_lost_message_is_sent_again_by_who_looks(records: Records, api: Api, alice: User) -> None:
    """I-28: nothing that was accepted is left lying."""
    replay_id = alice.post(PATH, asked(records)).json["id"]
    api.bus.sent.clear()
    alice.get(f"{PATH}/{replay_id}")
    assert api.bus.sent == []
    api.clock.at += timedelta(minutes=6)
    alice.get(f"{PATH}/{replay_id}")
    assert [job for job, *_ in api.bus.sent] == ["ai_replay"]

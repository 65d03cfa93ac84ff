"""PUT /api/macro-windows, POST /api/iv-history: what operators tell of the market (B-15)."""

from typing import Any, Final

import pytest

from tests.api.support import Api, User

WINDOW: Final = {
    "name": "CPI",
    "start": "2026-03-11T08:00:00-04:00",
    "end": "2026-03-11T09:30:00-04:00",
    "source": "bls.gov",
}
DAYS: Final = [{"date": "2026-02-17", "iv": 0.16}, {"date": "2026-02-18", "iv": 0.155}]
HISTORY: Final = {"symbol": "SPY", "items": DAYS, "source": "vendor's file"}


@pytest.fixture
def olga(api: Api) -> User:
    """An operator."""
    return api.user("olga", groups=("operator",))


def test_windows_are_told_as_a_whole(olga: User) -> None:
    """B-15: PUT replaces all, GET answers the same."""
    first = olga.put("/api/macro-windows", {"items": [{**WINDOW, "name": "FOMC"}]})
    told = olga.put("/api/macro-windows", {"items": [WINDOW]})
    read = olga.get("/api/macro-windows")

    assert (first.status, told.status) == (200, 200)
    assert [one["name"] for one in read.json["items"]] == ["CPI"]
    assert read.json == told.json
    assert read.json["items"][0]["start"] == "2026-03-11T12:00:00Z"
    assert olga.put("/api/macro-windows", {"items": []}).json == {"items": []}


def test_days_of_volatility_are_kept_and_replaced(olga: User) -> None:
    """B-15: a day that is told again has its later value."""
    first = olga.post("/api/iv-history", HISTORY)
    again = olga.post("/api/iv-history", {**HISTORY, "items": DAYS[:1]})

    assert (first.status, first.json) == (200, {"symbol": "SPY", "kept": 2})
    assert again.json == {"symbol": "SPY", "kept": 1}


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("PUT", "/api/macro-windows", {"items": [{**WINDOW, "end": WINDOW["start"]}]}, "items.0.end"),
        ("PUT", "/api/macro-windows", {"items": [{**WINDOW, "start": "tomorrow"}]}, "items.0.start"),
        ("PUT", "/api/macro-windows", {"items": [{**WINDOW, "zone": "UTC"}]}, "items.0.zone"),
        ("PUT", "/api/macro-windows", {}, "items"),
        ("POST", "/api/iv-history", {**HISTORY, "items": []}, "items"),
        ("POST", "/api/iv-history", {**HISTORY, "items": [{"date": "2026-02-18", "iv": 15.5}]}, "items.0.iv"),
        (
            "POST",
            "/api/iv-history",
            {**HISTORY, "items": [{"date": "2126-02-18", "iv": 0.2}]},
            "items.0.date",
        ),
        ("POST", "/api/iv-history", {**HISTORY, "items": [DAYS[0], DAYS[0]]}, "items"),
        ("POST", "/api/iv-history", {**HISTORY, "symbol": "spy options"}, "symbol"),
    ],
)
def test_what_makes_no_sense_is_named_and_changes_nothing(
    olga: User, method: str, path: str, body: dict[str, Any], field: str
) -> None:
    answer = olga.put(path, body) if method == "PUT" else olga.post(path, body)

    assert (answer.status, answer.kind) == (422, "invalid")
    assert field in {one["field"] for one in answer.json["errors"]}


def test_only_operators_tell(alice: User) -> None:
    """403 for everybody else, also to read."""
    assert alice.get("/api/macro-windows").status == 403
    assert alice.put("/api/macro-windows", {"items": []}).status == 403
    assert alice.post("/api/iv-history", HISTORY).status == 403

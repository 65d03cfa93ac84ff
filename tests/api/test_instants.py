"""Instants of years that nobody trades in are refused where they come in, as days are (api.md, S6)."""

import pytest

from tests.api.support import Api, User
from tests.api.test_sign_in import UNKNOWN_ID
from tests.knowledge.conftest import knowledge_of

FAR = ["0001-01-01T00:00:00Z", "0001-01-01T12:00:00%2B14:00", "1899-12-31T23:59:59Z", "2200-01-01T00:00:00Z"]


@pytest.mark.parametrize("instant", FAR)
@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/api/performance?from=", "from"),
        ("/api/performance?to=", "to"),
        ("/api/trades/history?from=", "from"),
        ("/api/trades/history?to=", "to"),
        ("/api/trades/export?format=json&from=", "from"),
        ("/api/trades/export?format=csv&to=", "to"),
        ("/api/alerts?since=", "since"),
    ],
)
def test_a_far_instant_is_refused(alice: User, path: str, field: str, instant: str) -> None:
    """422 with the field's name, never the 503 of an overflow."""
    refused = alice.get(path + instant)

    assert (refused.status, refused.kind, refused.fields) == (422, "invalid", {field})


@pytest.mark.parametrize("instant", FAR)
def test_a_far_instant_among_snapshots_is_refused(alice: User, instant: str) -> None:
    """The trade is looked for first (api.md, the order of checks)."""
    assert alice.get(f"/api/trades/{UNKNOWN_ID}/snapshots?from={instant}").status in {404, 422}


@pytest.mark.parametrize("tool", ["performance", "list_trades"])
@pytest.mark.parametrize("name", ["from", "to"])
def test_a_far_instant_is_refused_by_a_tool(api: Api, tool: str, name: str) -> None:
    """The knowledge server as the API: a refusal in words, and no failed request."""
    refusal = knowledge_of(api, "alice").refusal(tool, **{name: "0001-01-01T00:00:00Z"})

    assert refusal.startswith(name)
    assert "out of bounds" in refusal


@pytest.mark.parametrize("instant", ["1900-01-01T00:00:00Z", "2199-12-31T23:59:59Z"])
def test_the_years_of_days_are_the_years_of_instants(alice: User, instant: str) -> None:
    assert alice.get(f"/api/performance?from={instant}").status == 200


def test_very_many_faults_are_answered_by_the_first_of_them(alice: User) -> None:
    """S21: the answer does not outgrow the request."""
    refused = alice.put("/api/settings", {f"x{number}": 1 for number in range(20_000)})

    assert (refused.status, refused.kind, len(refused.json["errors"])) == (422, "invalid", 50)
    assert len(refused.text) < 10_000

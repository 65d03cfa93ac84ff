"""Alerts: listed newest first, acknowledged once, questions answered by their owner."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from chalicelib.services.raise_alert import Severity, raise_alert, resolve_alert
from tests.api.doubles import OPEN_HOURS
from tests.api.support import Api, User


def raise_one(
    api: Api,
    kind: str = "note",
    *,
    username: str = "alice",
    question: str | None = None,
    lasting: bool = False,
) -> UUID:
    """Raise an alert as services do, and return its id."""
    with api.environment.database.transaction(username) as connection:
        raise_alert(
            api.environment,
            connection,
            username,
            severity=Severity.WARNING,
            kind=kind,
            message="Something happened.",
            question=question,
            lasting=lasting,
        )
        raised = text("select id from alerts where kind = :kind")
        return UUID(str(connection.execute(raised, {"kind": kind}).scalar_one()))


def test_an_alert_has_the_contracts_shape(api: Api, alice: User) -> None:
    """api.md: `{id, at, severity, kind, trade_id, text, question, resolved_at, acked_at}`."""
    alert_id = raise_one(api)
    listed = alice.get("/api/alerts").json

    assert listed["items"] == [
        {
            "id": str(alert_id),
            "at": "2026-03-02T15:00:00Z",
            "severity": "warning",
            "kind": "note",
            "trade_id": None,
            "text": "Something happened.",
            "question": None,
            "resolved_at": None,
            "acked_at": None,
        }
    ]


def test_since_and_open_choose(api: Api, alice: User) -> None:
    """`since` is inclusive; open ones are neither acknowledged nor over."""
    ids = []
    for minutes in range(3):
        api.clock.at = OPEN_HOURS + timedelta(minutes=minutes)
        ids.append(str(raise_one(api, f"kind-{minutes}", lasting=True)))
    alice.post(f"/api/alerts/{ids[0]}/ack", {})
    with api.environment.database.transaction("alice") as connection:
        resolve_alert(connection, "alice", kind="kind-1")

    def found(query: str) -> list[str]:
        return [item["id"] for item in alice.get(f"/api/alerts{query}").json["items"]]

    assert found("") == ids[::-1]
    assert found("?open=true") == [ids[2]]
    assert found("?open=false") == [ids[1], ids[0]]
    assert found("?since=2026-03-02T15:01:00Z") == [ids[2], ids[1]]
    assert found("?since=2026-03-02T15:01:00.000001Z") == [ids[2]]


def test_alerts_are_paged_without_loss(api: Api, alice: User) -> None:
    """Equal times do not hide an alert between two pages."""
    ids = {str(raise_one(api, f"kind-{number}")) for number in range(5)}
    seen: list[str] = []
    cursor = ""
    for _ in range(3):
        page = alice.get(f"/api/alerts?limit=2{cursor}").json
        seen += [item["id"] for item in page["items"]]
        cursor = f"&cursor={page['next_cursor']}"

    assert (len(seen), set(seen), page["next_cursor"]) == (5, ids, None)


def test_acknowledging_twice_is_once(api: Api, alice: User) -> None:
    """The first time stays."""
    alert_id = raise_one(api)
    first = alice.post(f"/api/alerts/{alert_id}/ack")
    api.clock.at += timedelta(minutes=5)
    second = alice.post(f"/api/alerts/{alert_id}/ack", {})

    assert (first.status, first.json["acked_at"]) == (200, "2026-03-02T15:00:00Z")
    assert second.json == first.json


def test_only_a_question_takes_an_answer_and_one_answer(api: Api, alice: User) -> None:
    """`accept` is for an alert that asks; a second, other answer is refused."""
    plain, asking = raise_one(api), raise_one(api, "other", question="Really?")
    wrong = alice.post(f"/api/alerts/{plain}/ack", {"accept": True})
    yes = alice.post(f"/api/alerts/{asking}/ack", {"accept": True})
    again = alice.post(f"/api/alerts/{asking}/ack", {"accept": True})
    other = alice.post(f"/api/alerts/{asking}/ack", {"accept": False})

    assert [answer.status for answer in (wrong, yes, again, other)] == [422, 200, 200, 422]
    assert (wrong.fields, other.fields) == ({"accept"}, {"accept"})


def test_a_reset_is_answered_by_the_service_that_asked(api: Api, alice: User) -> None:
    """A-12: the owner's no leaves all as it is and is remembered."""
    alert_id = raise_one(api, "broker_reset", question="Was the account reset?")
    answered = alice.post(f"/api/alerts/{alert_id}/ack", {"accept": False})
    with api.environment.database.transaction("alice") as connection:
        accepted = connection.execute(text("select accepted from alerts")).scalar_one()

    assert (answered.status, accepted) == (200, False)


def test_an_alert_is_its_owners(api: Api, alice: User, bob: User) -> None:
    """A-10."""
    bob.get("/api/me")
    alert_id = raise_one(api, username="bob")

    assert alice.get("/api/alerts").json["items"] == []
    assert alice.post(f"/api/alerts/{alert_id}/ack", {}).status == 404


@pytest.mark.parametrize(
    "query", ["since=yesterday", "open=1", "open=", "cursor=zzz", "cursor=bm93IHg=", "limit=0", "colour=red"]
)
def test_bad_query_values_are_named(anyone: User, query: str) -> None:
    """422 with the value's name."""
    assert anyone.get(f"/api/alerts?{query}").fields == {query.partition("=")[0]}


def test_as_of_is_product_time(api: Api, alice: User) -> None:
    """Lists say when they were read."""
    api.clock.at = datetime.fromisoformat("2026-03-02T15:00:30.5+00:00")

    assert alice.get("/api/alerts").json["as_of"] == "2026-03-02T15:00:30.500000Z"

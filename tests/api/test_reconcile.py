"""POST /api/reconcile: the caller's books against the caller's brokers (B-07, B-15)."""

from tests.api.support import User


def test_a_desk_that_acts_nowhere_has_nothing_to_reconcile(alice: User) -> None:
    answer = alice.post("/api/reconcile")

    assert (answer.status, answer.json) == (200, {"results": []})

"""The same key and body, the same answer (I-02); any other answer gives the key back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text

from chalicelib.services.errors import IdempotencyMismatch, InProgress
from chalicelib.services.requests import idempotency
from chalicelib.services.requests.idempotency import Claim, Replay
from tests.api.support import MACHINE_NOW, Api, User

NEW_TOKEN = {"name": "script", "scope": "read"}


def test_a_repeated_call_gets_the_first_answer(alice: User) -> None:
    """api.md: 200 instead of 201, `Idempotency-Replayed: true`, and one effect."""
    first = alice.post("/api/tokens", NEW_TOKEN, Idempotency_Key="k")
    again = alice.post("/api/tokens", NEW_TOKEN, Idempotency_Key="k")

    assert (first.status, again.status) == (201, 200)
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert (again.json, again.headers["location"]) == (first.json, first.headers["location"])
    assert len(alice.get("/api/tokens").json["items"]) == 1


def test_the_secret_of_a_kept_answer_is_sealed(api: Api, alice: User) -> None:
    """A token stands in the database as a hash alone, also while its answer is kept."""
    made = alice.post("/api/tokens", NEW_TOKEN, Idempotency_Key="k").json["token"]
    with api.engine.connect() as connection:
        connection.execute(text("select set_config('app.current_user', 'alice', false)"))
        kept = connection.execute(text("select to_jsonb(k)::text from idempotency_keys k")).scalar_one()

    assert made not in kept


@pytest.mark.parametrize("other", [{**NEW_TOKEN, "name": "other"}, {"scope": 5}, {}])
def test_a_key_is_bound_to_its_body(alice: User, other: dict[str, object]) -> None:
    """api.md: another body is `idempotency-mismatch`, before that body is looked at."""
    alice.post("/api/tokens", NEW_TOKEN, Idempotency_Key="k")
    mismatch = alice.post("/api/tokens", other, Idempotency_Key="k")

    assert (mismatch.status, mismatch.kind) == (422, "idempotency-mismatch")


def test_a_key_is_bound_to_its_path(alice: User) -> None:
    """api.md: same key, other path."""
    alice.put("/api/settings", {}, Idempotency_Key="k")

    assert alice.post("/api/tokens", NEW_TOKEN, Idempotency_Key="k").kind == "idempotency-mismatch"


def test_keys_are_each_users_own(alice: User, bob: User) -> None:
    """D-17: one user's key says nothing about another's."""
    answers = [user.post("/api/tokens", NEW_TOKEN, Idempotency_Key="k") for user in (alice, bob)]

    assert [answer.status for answer in answers] == [201, 201]


def test_the_order_of_names_in_a_body_means_nothing(alice: User) -> None:
    """The same body is the same meaning, not the same bytes."""
    alice.post("/api/tokens", {"name": "n", "scope": "read"}, Idempotency_Key="k")

    assert alice.post("/api/tokens", {"scope": "read", "name": "n"}, Idempotency_Key="k").status == 200


def test_a_refused_call_gives_its_key_back(alice: User) -> None:
    """Any other answer means that nothing was done."""
    refused = alice.post("/api/tokens", {"name": "", "scope": "read"}, Idempotency_Key="k")
    repaired = alice.post("/api/tokens", NEW_TOKEN, Idempotency_Key="k")

    assert (refused.status, repaired.status) == (422, 201)


def test_a_brokers_refusal_is_kept(api: Api, alice: User) -> None:
    """api.md: remembered are 2xx and `broker-refused`."""
    refused = alice.put("/api/settings", {"tradier_sandbox_token": "unknown"}, Idempotency_Key="k")
    tried = len(api.connections.tried)
    again = alice.put("/api/settings", {"tradier_sandbox_token": "unknown"}, Idempotency_Key="k")

    assert (again.status, again.json) == (refused.status, refused.json)
    assert again.headers["idempotency-replayed"] == "true"
    assert len(api.connections.tried) == tried


@pytest.mark.parametrize("key", ["", "k" * 101])
def test_a_key_has_its_bounds(alice: User, key: str) -> None:
    """api.md: `Idempotency-Key` at most 100 characters."""
    refused = alice.post("/api/tokens", NEW_TOKEN, Idempotency_Key=key)

    assert (refused.status, refused.fields) == (422, {"Idempotency-Key"})
    assert alice.post("/api/tokens", NEW_TOKEN, Idempotency_Key="k" * 100).status == 201


def test_a_running_call_is_waited_for_and_a_dead_one_taken_over(api: Api) -> None:
    """409 `in-progress` while the first call may still run; by the machine's time, never for good."""
    env = api.environment
    held = idempotency.begin(env, "alice", "k", "f", machine_now=MACHINE_NOW)
    with pytest.raises(InProgress):
        idempotency.begin(env, "alice", "k", "f", machine_now=MACHINE_NOW + timedelta(seconds=20))
    with pytest.raises(IdempotencyMismatch):
        idempotency.begin(env, "alice", "k", "other", machine_now=MACHINE_NOW)
    later = MACHINE_NOW + timedelta(seconds=idempotency.RUNNING_SECONDS_MAX)
    heir = idempotency.begin(env, "alice", "k", "f", machine_now=later)
    assert isinstance(held, Claim)
    assert isinstance(heir, Claim)
    idempotency.give_back(env, held)  # the dead one wakes up: it holds nothing any more
    idempotency.finish(env, heir, status=200, body='{"n":1.10}', location=None)
    replay = idempotency.begin(env, "alice", "k", "f", machine_now=later)

    assert replay == Replay(status=200, body='{"n": 1.10}', location=None)


def test_twenty_at_once_have_one_effect(api: Api) -> None:
    """issue: the same idempotency key twenty times at once."""
    env = api.environment

    def ask(_: int) -> str:
        try:
            return type(idempotency.begin(env, "alice", "k", "f", machine_now=MACHINE_NOW)).__name__
        except InProgress:
            return "InProgress"

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(pool.map(ask, range(20)))

    assert outcomes == ["Claim"] + ["InProgress"] * 19

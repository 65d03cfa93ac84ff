"""A function that is given no sealing keys does its work, and leaves to others what needs them (A-12)."""

from collections.abc import Iterator
from datetime import date

import pytest

from chalicelib.composition import Container
from chalicelib.config import Config
from chalicelib.jobs.runner import run_job
from chalicelib.security.errors import NoKeyRing
from infra.local.emulators.serving.transport import EmulatorTransport
from tests.services.stage import Stage, eastern

DAY = date(2026, 2, 19)


@pytest.fixture
def keyless(stage: Stage) -> Iterator[Container]:
    """Build a job's function to which the deployment gives its connection and nothing else."""
    config = Config.from_environment(
        {
            "DATABASE_URL_JOBS": stage.urls.jobs,
            "COGNITO_ISSUER": "https://unused.example",
            "COGNITO_JWKS_URL": "https://unused.example/jwks",
            "COGNITO_CLIENT_ID": "unused",
            "COGNITO_ENDPOINT_URL": "https://unused.example",
        }
    )
    transport = EmulatorTransport(stage.world.hosts())
    built = Container(config, clock=stage.clock, bus=stage.bus, http_transport=transport)
    yield built
    built.close()


@pytest.mark.parametrize("job", ["plan", "summary", "thin"])
def test_what_opens_no_token_runs_without_keys(stage: Stage, keyless: Container, job: str) -> None:
    """S19: `thin`, `plan`, `summary` and the like are given no keys and miss none, whatever is open."""
    stage.place_bracketed()
    stage.sync()
    stage.go_to(eastern(DAY, 16, 30))

    result = run_job(keyless, job, due_at=stage.clock.now(), payload={}, forced=True)

    assert "error" not in result


def test_forensics_without_keys_leaves_a_users_own_history_to_who_has_them(
    stage: Stage, keyless: Container
) -> None:
    """A-09: without an operator's token the minutes come by the owner's: the message goes to the keys."""
    trade = stage.place_bracketed()
    stage.sync()
    stage.close_trade(stage.trade(trade))
    stage.go_to(eastern(DAY, 20))
    stage.bus.sent.clear()

    left = run_job(keyless, "forensics", due_at=stage.clock.now(), payload={}, forced=True)
    (job, payload, _) = stage.bus.sent[-1]

    assert (left["waiting"], left["by_history"], left["by_snapshots"]) == (1, 0, 0)
    assert job == "forensics"
    assert stage.run(job, **payload)["by_history"] == 1


def test_a_message_that_comes_back_to_a_function_without_keys_is_a_failure(
    stage: Stage, keyless: Container
) -> None:
    """A queue that leads to the wrong function ends among the dead letters, not in a circle."""
    trade = stage.place_bracketed()
    stage.sync()
    stage.close_trade(stage.trade(trade))
    stage.go_to(eastern(DAY, 20))

    with pytest.raises(NoKeyRing):
        run_job(keyless, "forensics", due_at=stage.clock.now(), payload={"empty_rounds": 1}, forced=True)


def test_without_keys_nothing_is_sealed_and_nothing_taken_for_unreadable(keyless: Container) -> None:
    """A user is never asked to enter a token again because a function was given no keys."""
    sealer = keyless.jobs_environment().sealer

    with pytest.raises(NoKeyRing):
        sealer.open("v1.k1.AAAA", owner="alice", field="tradier_sandbox_token")
    with pytest.raises(NoKeyRing):
        sealer.seal("token", owner="alice", field="tradier_sandbox_token")

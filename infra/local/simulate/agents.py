"""A personal token that calls without end: its owner's exits are let in all the same (I-36, api.md, Time)."""

from typing import Final

from infra.local.simulate.acts import check_exit_is_let_in, close
from infra.local.simulate.people import Person

#: So many calls a minute a bearer has, where an agent is at work.
REQUESTS_PER_MINUTE: Final = 120
#: Of what reads, more than it has; of what leads out, more than tokens have.
_READS: Final = 130
_EXITS: Final = 65
_NO_TRADE: Final = "00000000-0000-7000-8000-000000000000"


def loop(person: Person, device: str) -> None:
    """Let an agent loose: it reads, and closes what is not there, until it is refused; then close oneself."""
    made = person.call(device, "POST", "/api/tokens", {"name": "agent", "scope": "trade"})
    if made.status != 201:
        return
    stage, bearer = person.stage, str(made.body["token"])
    for _ in range(_READS):
        stage.call("GET", "/api/trades?status=OPEN&limit=1", token=bearer)
    for _ in range(_EXITS):
        stage.call("POST", f"/api/trades/{_NO_TRADE}/close", token=bearer, body={"version": 1})
    stage.engine.trace.note(stage.engine.now(), f"{person.name}/agent", "api", "called without end")
    for trade in person.seen.get(device, ())[:1]:
        close(person, device, trade)
    revoked = person.call(device, "DELETE", f"/api/tokens/{made.body['id']}")
    check_exit_is_let_in(person, "revoke", revoked)

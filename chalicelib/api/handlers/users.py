"""/api/users: who is here, disabled, enabled, removed; for operators (A-10)."""

from collections.abc import Iterator
from contextlib import contextmanager

from chalicelib.api.answers import Reply
from chalicelib.api.requests import RemoveUserBody
from chalicelib.api.routing import Call
from chalicelib.api.shapes.people import shape_person
from chalicelib.api.shapes.values import shape_list
from chalicelib.services.sign_in import offboarding, people
from chalicelib.services.sign_in.offboarding import Operator


def list_all(call: Call) -> Reply:
    """List everybody."""
    return Reply(body=shape_list(people.list_people(call.env, call.context.accounts), shape_person))


def disable(call: Call) -> Reply:
    """Serve a person no more until they are enabled."""
    with _forgetting(call):
        offboarding.disable(call.env, _operator(call), call.name, machine_now=call.context.machine_time())
    return Reply(status=204)


def enable(call: Call) -> Reply:
    """Serve a disabled person again."""
    offboarding.enable(call.env, _operator(call), call.name)
    return Reply(status=204)


def remove(call: Call) -> Reply:
    """Remove a person for good and free the name."""
    keep_positions = call.body_as(RemoveUserBody).keep_positions
    with _forgetting(call):
        offboarding.remove(
            call.env,
            _operator(call),
            call.name,
            keep_positions=keep_positions,
            machine_now=call.context.machine_time(),
        )
    return Reply(status=204)


@contextmanager
def _forgetting(call: Call) -> Iterator[None]:
    """Ask anew who is served, however far the work came."""
    try:
        yield
    finally:
        call.context.authenticator.forget()


def _operator(call: Call) -> Operator:
    return Operator(username=call.username, accounts=call.context.accounts)

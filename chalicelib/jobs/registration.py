"""Chalice learns a plain Lambda function for each job, and one for what failed and comes again.

Plain ones, since Chalice's own decorators know neither Eastern schedules nor `FunctionResponseTypes`: clocks
and event source mappings stand in the deployment's template.
"""

from collections.abc import Callable
from typing import TypeAlias

from chalice.app import Chalice

from chalicelib.domain.clocks.jobs import AGAIN, JOB_NAMES, ROTATE
from chalicelib.domain.json_value import JsonValue
from chalicelib.jobs.events import Event, LambdaContext, handle_event
from chalicelib.jobs.runner import JobsContainer

#: Builds or returns the container at the first call: importing a function must stay cheap.
ContainerSource: TypeAlias = "Callable[[], JobsContainer]"
#: Carries out one step of a rotation of the sealing keys (jobs/rotate_keys.py).
Rotation: TypeAlias = "Callable[[Event], dict[str, JsonValue]]"


def handler_name(function: str) -> str:
    """Return what a function's handler is called in the application's module."""
    return f"run_{function}"


def register_jobs(app: Chalice, container: ContainerSource, rotate: Rotation) -> dict[str, object]:
    """Register every job's function under the job's name; returns the handlers by their names."""
    handlers = {
        handler_name(name): _register(app, name, container) for name in sorted(JOB_NAMES | {AGAIN.name})
    }
    return {**handlers, handler_name(ROTATE): _register_rotation(app, rotate)}


def _register_rotation(app: Chalice, rotate: Rotation) -> object:
    def handler(event: Event, _context: LambdaContext) -> dict[str, JsonValue]:
        return rotate(event)

    handler.__name__ = handler_name(ROTATE)
    registered: object = app.lambda_function(name=ROTATE)(handler)
    return registered


def _register(app: Chalice, name: str, container: ContainerSource) -> object:
    def handler(event: Event, context: LambdaContext) -> dict[str, JsonValue]:
        return handle_event(container, name, event, context)

    handler.__name__ = handler_name(name)
    registered: object = app.lambda_function(name=name)(handler)
    return registered

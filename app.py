"""Registers what papertape is made of; nothing else belongs here."""

from chalice.app import Chalice

from chalicelib.api.context import ApiContext
from chalicelib.api.registration import register_routes
from chalicelib.api.routes import ROUTES
from chalicelib.domain.json_value import JsonValue
from chalicelib.jobs.events import Event
from chalicelib.jobs.registration import register_jobs
from chalicelib.jobs.runner import JobsContainer

# Left to itself, Chalice takes the logger of this name, and all below it, for handlers and levels of its own.
app = Chalice(app_name="papertape", configure_logs=False)


def _api_context() -> ApiContext:
    # Built at the first request: importing this module must stay cheap (performance.md, cold import).
    from chalicelib.composition import container

    return container().api_context()


def _jobs_container() -> JobsContainer:
    from chalicelib.composition import container

    return container()


def _rotate(event: Event) -> dict[str, JsonValue]:
    from chalicelib.composition import rotate_sealing_keys

    return rotate_sealing_keys(event)


register_routes(app, ROUTES, _api_context)
# Chalice names a function's handler by its place in this module: `app.run_sync`.
globals().update(register_jobs(app, _jobs_container, _rotate))

"""Registers what papertape is made of; nothing else belongs here.

Lambda names the handler that a function runs this module for, and a cold start pays for its own half alone:
the API's function has no jobs, a job's no routes. Whoever else imports it (packaging, tests) gets all.
"""

import os
from typing import TYPE_CHECKING, Final

from chalice.app import Chalice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.api.context import ApiContext
    from chalicelib.domain.json_value import JsonValue
    from chalicelib.jobs.runner import JobsContainer

# Left to itself, Chalice takes the logger of this name, and all below it, for handlers and levels of its own.
app = Chalice(app_name="papertape", configure_logs=False)
#: `app.app` in the API's function, `app.run_sync` in a job's.
_HANDLER: Final = os.environ.get("_HANDLER")
_IS_API: Final = f"{__name__}.app" == _HANDLER
_IS_JOB: Final = _HANDLER is not None and not _IS_API


def _api_context() -> "ApiContext":
    # Built at the first request: importing this module must stay cheap (performance.md, cold import).
    from chalicelib.composition import container

    return container().api_context()


def _jobs_container() -> "JobsContainer":
    from chalicelib.composition import container

    return container()


def _rotate(event: "Mapping[str, str]") -> "dict[str, JsonValue]":
    from chalicelib.composition import rotate_sealing_keys

    return rotate_sealing_keys(event)


if not _IS_JOB:
    from chalicelib.api.registration import register_routes
    from chalicelib.api.routes import ROUTES

    register_routes(app, ROUTES, _api_context)
if not _IS_API:
    from chalicelib.jobs.registration import register_jobs

    # Chalice names a function's handler by its place in this module: `app.run_sync`.
    globals().update(register_jobs(app, _jobs_container, _rotate))

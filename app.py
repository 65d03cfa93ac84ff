"""Registers what papertape is made of; nothing else belongs here."""

from chalice.app import Chalice

from chalicelib.api.context import ApiContext
from chalicelib.api.registration import register_routes
from chalicelib.api.routes import ROUTES

app = Chalice(app_name="papertape")


def _api_context() -> ApiContext:
    # Built at the first request: importing this module must stay cheap (performance.md, cold import).
    from chalicelib.composition import container

    return container().api_context()


register_routes(app, ROUTES, _api_context)

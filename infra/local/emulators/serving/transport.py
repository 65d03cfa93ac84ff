"""An httpx transport that calls the emulators in this process, for simulations and tests."""

from collections.abc import Mapping

import httpx

from infra.local.emulators.serving.exchange import Effect, Handler, request_from_target


class EmulatorTransport(httpx.BaseTransport):
    """Routes requests by host name. Lost answers raise at once what a real client would raise in time."""

    def __init__(self, hosts: Mapping[str, Handler]) -> None:
        self._hosts = dict(hosts)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request. Raises ConnectError, ReadTimeout, RemoteProtocolError."""
        handler = self._hosts.get(request.url.host)
        if handler is None:
            raise httpx.ConnectError(f"no emulator answers for {request.url.host}", request=request)
        response = handler.handle(
            request_from_target(
                request.method, request.url.raw_path.decode("ascii"), request.headers, request.read()
            )
        )
        if response.effect is Effect.TIMEOUT:
            raise httpx.ReadTimeout("The read operation timed out", request=request)
        if response.effect is Effect.DROP:
            raise httpx.RemoteProtocolError(
                "Server disconnected without sending a response.", request=request
            )
        return httpx.Response(
            response.status, headers=dict(response.headers), content=response.body, request=request
        )

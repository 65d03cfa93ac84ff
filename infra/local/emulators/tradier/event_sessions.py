"""Sessions of the streams (wire notes, section 10). The streams themselves are not emulated."""

from itertools import count
from typing import Final
from uuid import UUID, uuid5

from infra.local.emulators.serving.exchange import EmulatorRequest
from infra.local.emulators.tradier.environment import Environment
from infra.local.emulators.tradier.problems import no_product, no_route

ACCOUNT_EVENTS: Final = "/v1/accounts/events/session"
MARKET_EVENTS: Final = "/v1/markets/events/session"
EVENT_SESSIONS: Final = frozenset({ACCOUNT_EVENTS, MARKET_EVENTS})
_NAMESPACE: Final = UUID("c8638963-a6d4-4fb9-9bc6-e25fbd8c60c3")
_ACCOUNT_SOCKETS: Final = {
    Environment.SANDBOX: "wss://sandbox-ws.tradier.com/v1/accounts/events",
    Environment.LIVE: "wss://ws.tradier.com/v1/accounts/events",
}
_MARKET_STREAM: Final = "https://stream.tradier.com/v1/markets/events"


class EventSessions:
    """Hands out session ids; the sandbox has no market stream, since its data is delayed."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._numbers = count(1)

    def open(self, request: EmulatorRequest) -> dict[str, object]:
        """Answer the POST that asks for a session. Raises GatewayFault."""
        if request.method != "POST":
            raise no_route()
        url = _ACCOUNT_SOCKETS[self._environment]
        if request.path == MARKET_EVENTS:
            if self._environment is Environment.SANDBOX:
                raise no_product()
            url = _MARKET_STREAM
        number = f"{self._environment} {next(self._numbers)}"
        return {"stream": {"url": url, "sessionid": str(uuid5(_NAMESPACE, number))}}

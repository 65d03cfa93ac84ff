"""Every call that reaches a vendor, with whose token it carried: the evidence for budgets and isolation."""

from collections.abc import Callable, Mapping
from datetime import datetime

from infra.local.emulators.serving.exchange import EmulatorRequest, EmulatorResponse
from infra.local.emulators.serving.vendor import VendorEmulator
from infra.local.invariants.view import VendorCall

STRANGER = "unknown token"


class RecordingVendor:
    """A vendor in front of which each call is written down; `owners` names the owner of each token."""

    def __init__(
        self,
        host: str,
        vendor: VendorEmulator,
        calls: list[VendorCall],
        owners: Mapping[str, str],
        now: Callable[[], datetime],
    ) -> None:
        self._host = host
        self._vendor = vendor
        self._calls = calls
        self._owners = owners
        self._now = now

    def handle(self, request: EmulatorRequest) -> EmulatorResponse:
        """Answer one call."""
        response = self._vendor.handle(request)
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        self._calls.append(
            VendorCall(
                at=self._now(),
                host=self._host,
                owner=self._owners.get(request.query.get("token") or bearer, STRANGER),
                endpoint=f"{request.method} {self._vendor.endpoint(request)}",
                status=response.status,
            )
        )
        return response

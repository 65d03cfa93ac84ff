"""Every call that reaches a vendor, with whose token it carried: the evidence for budgets and isolation."""

import json
import re
from collections.abc import Callable, Mapping, MutableMapping
from datetime import datetime
from typing import Final

from infra.local.emulators.serving.exchange import EmulatorRequest, EmulatorResponse
from infra.local.emulators.serving.vendor import VendorEmulator
from infra.local.invariants.view import VendorCall

STRANGER = "unknown token"
#: What signed calls name their token by.
_SIGNED: Final = re.compile(r'oauth_token="([^"]*)"')
#: What is given for other tokens, and what comes for it.
_GIVEN: Final = ("refresh_token", "code")
_COME: Final = ("access_token", "refresh_token")


class RecordingVendor:
    """A vendor in front of which each call is written down; `owners` names the owner of each token.

    What a vendor gives for a token is its owner's too, and is added to them.
    """

    def __init__(
        self,
        host: str,
        vendor: VendorEmulator,
        calls: list[VendorCall],
        owners: MutableMapping[str, str],
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
        owner = self._owner(request)
        if owner != STRANGER:
            self._owners.update(dict.fromkeys(_given_out(response), owner))
        self._calls.append(
            VendorCall(
                at=self._now(),
                host=self._host,
                owner=owner,
                endpoint=f"{request.method} {self._vendor.endpoint(request)}",
                status=response.status,
            )
        )
        return response

    def _owner(self, request: EmulatorRequest) -> str:
        said = request.headers.get("authorization", "")
        signed = _SIGNED.search(said)
        tokens = [request.query.get("token", ""), said.removeprefix("Bearer ")]
        tokens += [] if signed is None else [signed[1]]
        if said == "" or said.startswith("Basic "):  # tokens are asked for with what the body gives
            fields = {**request.form, **_document(request.body)}
            tokens += [str(fields.get(name)) for name in _GIVEN]
        return next((self._owners[one] for one in tokens if one in self._owners), STRANGER)


def _given_out(response: EmulatorResponse) -> list[str]:
    """Return the tokens that an answer hands out."""
    if b"access_token" not in response.body:
        return []
    document = _document(response.body)
    return [str(document[name]) for name in _COME if name in document]


def _document(body: bytes) -> Mapping[str, object]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}

"""What every vendor's emulator does around its own answers: count, strike with faults, keep order."""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from infra.local.emulators.serving.exchange import Call, CallLog, Effect, EmulatorRequest, EmulatorResponse
from infra.local.emulators.serving.faults import OF_ANY_CALL, Fault, FaultBook, FaultKind, Vendor

GARBLED = b'{"order": {"id": 12\x00<html'


class VendorEmulator(ABC):
    """A vendor that answers calls under the world's one lock.

    `wait` takes seconds of the vendor's slowness; whoever builds the world divides them by the speed.
    `wait_really` takes real ones.
    """

    vendor: Vendor

    def __init__(
        self,
        faults: FaultBook,
        lock: threading.RLock,
        clock: Callable[[], datetime],
        wait: Callable[[float], None],
        wait_really: Callable[[float], None] = time.sleep,
    ) -> None:
        self._faults = faults
        self._lock = lock
        self._clock = clock
        self._wait = wait
        self._wait_really = wait_really
        self._log = CallLog()

    def handle(self, request: EmulatorRequest) -> EmulatorResponse:
        """Answer one call; safe to call from several threads."""
        with self._lock:
            self._faults.expire_due(self._clock())
            fault = self._faults.take(
                self.vendor,
                request.method,
                request.path,
                lambda kind: kind in OF_ANY_CALL or self.can_strike(kind, request),
            )
            response = self._struck(request, fault)
            endpoint = f"{request.method} {self.endpoint(request)}"
            self._log.note(Call(at=self._clock(), endpoint=endpoint, status=response.status))
        if fault is not None and fault.kind is FaultKind.SLOW:
            # Only the answer is late: an order taken long after its caller gave up is no vendor's slowness.
            self._wait(fault.seconds or 0.0)
        if response.late_seconds > 0:
            self._wait_really(response.late_seconds)
        return response

    def calls(self) -> dict[str, object]:
        """Return how many calls reached this vendor, `{"total", "by_endpoint"}`."""
        with self._lock:
            return self._log.summary()

    def recent_calls(self) -> list[Call]:
        """Return the last calls with their instants, oldest first."""
        with self._lock:
            return self._log.recent()

    def _struck(self, request: EmulatorRequest, fault: Fault | None) -> EmulatorResponse:
        kind = None if fault is None else fault.kind
        if fault is not None and kind in {FaultKind.STATUS, FaultKind.STATUS_AFTER}:
            if kind is FaultKind.STATUS_AFTER:
                self.answer(request, fault)
            looks_json = fault.body.lstrip().startswith(("{", "["))
            kind_of_body = "application/json" if looks_json else "text/plain"
            headers = {"Content-Type": kind_of_body, **fault.headers}
            return EmulatorResponse(status=fault.code, headers=headers, body=fault.body.encode())
        if kind is FaultKind.DROP_CONNECTION:
            return EmulatorResponse(status=0, effect=Effect.DROP)
        if kind is FaultKind.TIMEOUT_BEFORE:
            return EmulatorResponse(status=0, effect=Effect.TIMEOUT)
        if fault is not None and kind is FaultKind.RATE_LIMITED:
            return self.too_many_calls(fault.seconds)
        response = self.answer(request, fault)
        if kind in {FaultKind.TIMEOUT_AFTER, FaultKind.FILL_BEFORE_ORDER}:
            return replace(response, effect=Effect.TIMEOUT)
        if kind is FaultKind.MALFORMED:
            return replace(response, status=200, body=GARBLED)
        return response

    @abstractmethod
    def answer(self, request: EmulatorRequest, fault: Fault | None) -> EmulatorResponse:
        """Answer one call that gets through; `fault` is one that bends what is done or shown."""

    @abstractmethod
    def endpoint(self, request: EmulatorRequest) -> str:
        """Return the path with its ids replaced by names."""

    @abstractmethod
    def can_strike(self, kind: FaultKind, request: EmulatorRequest) -> bool:
        """Say whether a fault that is not of any call would bend anything about this one."""

    @abstractmethod
    def too_many_calls(self, retry_after_seconds: float | None) -> EmulatorResponse:
        """Refuse with 429, with the header Retry-After or without it."""


def retry_after(seconds: float | None) -> dict[str, str]:
    """Return the header Retry-After in whole seconds, or no header."""
    return {} if seconds is None else {"Retry-After": str(round(seconds))}

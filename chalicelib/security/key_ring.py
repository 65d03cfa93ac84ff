"""The sealing keys of a process that outlives a rotation: read again when a secret names a key it lacks.

A function's container reads its keys once, when it starts, and may work on for hours.
"""

import threading
from collections.abc import Callable
from typing import Final

from chalicelib.security.sealing import KeyRing
from chalicelib.security.secret_settings import SecretUnavailable

#: However many unknown keys are met, the ring is read again this seldom.
REREAD_SECONDS_MIN: Final = 60.0


class RenewedKeyRing:
    """A ring that is read again, once a minute at most, before a key counts as unknown."""

    def __init__(self, ring: KeyRing, read: Callable[[], str], monotonic: Callable[[], float]) -> None:
        """`read` returns the ring's text as it stands now; it may raise SecretUnavailable."""
        self._ring = ring
        self._read = read
        self._monotonic = monotonic
        self._read_at: float | None = None
        self._lock = threading.Lock()

    @property
    def current(self) -> str:
        """Return the id of the key that seals."""
        return self._ring.current

    def key(self, key_id: str) -> bytes | None:
        """Return the key of this id, None when the ring as it stands now has none."""
        found = self._ring.key(key_id)
        if found is not None:
            return found
        with self._lock:
            now = self._monotonic()
            if self._read_at is None or now - self._read_at >= REREAD_SECONDS_MIN:
                self._read_at = now
                self._renew()
        return self._ring.key(key_id)

    def _renew(self) -> None:
        try:
            self._ring = KeyRing.parse(self._read())
        except SecretUnavailable:
            return  # what could not be read is asked for again in a minute; the keys at hand go on

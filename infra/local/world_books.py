"""Write the emulated brokers' books while they are kept, so that a killed stack finds them again.

A restart of papertape is not a restart of its brokers: every order they took must still be there. So the
world is written with each call that may have changed it, before it is answered; fills need no writing, as
they follow from orders and prices.
"""

import threading
from pathlib import Path

from infra.local.emulators.keeping import restore_world, save_world
from infra.local.emulators.serving.exchange import EmulatorRequest, EmulatorResponse, Handler
from infra.local.emulators.world import World


class BookKeeper:
    """Writes the books of one world into one file."""

    def __init__(self, world: World, path: Path) -> None:
        self._world = world
        self._path = path
        self._lock = threading.Lock()

    def restore(self) -> bool:
        """Put stored books into a new world; tell whether there were any."""
        return restore_world(self._world, self._path)

    def store(self) -> None:
        """Write the books as they stand, whole or not at all."""
        with self._lock:
            save_world(self._world, self._path)


class KeptVendor:
    """A vendor whose books are written before it answers a call that may have changed them."""

    def __init__(self, vendor: Handler, keeper: BookKeeper) -> None:
        self._vendor = vendor
        self._keeper = keeper

    def handle(self, request: EmulatorRequest) -> EmulatorResponse:
        """Answer one call."""
        response = self._vendor.handle(request)
        if request.method not in {"GET", "HEAD"}:
            self._keeper.store()
        return response

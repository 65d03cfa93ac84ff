"""Two pools of threads behind one socket: calls that wait for a vendor never take the threads of pages.

In the cloud each call has a function of its own. Here a placement holds its thread for the second until its
order is read back: with one pool, two placements a second made every page wait for them.
"""

from typing import Any, Final

from waitress.task import ThreadedTaskDispatcher

#: What asks a vendor within the call, besides orders: a refresh, a token that is tried, quotes and chains.
_ASKS_A_VENDOR: Final = ("/api/refresh", "/api/settings", "/api/market/", "/api/account", "/mcp")
_TRADES: Final = "/api/trades"


def waits_for_a_vendor(method: str, path: str) -> bool:
    """Say whether a call's thread may stand waiting for a broker or a data vendor."""
    if path.startswith(_TRADES):
        return method == "POST"
    return path.startswith(_ASKS_A_VENDOR)


class Lanes:
    """A dispatcher as waitress wants it, with a pool for either kind; `threads` each."""

    def __init__(self, threads: int) -> None:
        self._pages, self._waiting = ThreadedTaskDispatcher(), ThreadedTaskDispatcher()
        for pool in (self._pages, self._waiting):
            pool.set_thread_count(threads)

    def add_task(self, task: Any) -> None:  # Any: waitress has no types; a channel with its requests
        """Queue a channel by its first request: those behind it wait for its answer anyway."""
        request = task.requests[0]
        waits = waits_for_a_vendor(str(request.command or ""), str(request.path or ""))
        (self._waiting if waits else self._pages).add_task(task)

    def shutdown(self, *, cancel_pending: bool = True, timeout: float = 5) -> bool:
        """Let running requests finish, then end the threads."""
        ended = [pool.shutdown(cancel_pending, timeout) for pool in (self._pages, self._waiting)]
        return all(ended)

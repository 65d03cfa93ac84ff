"""What functions share of a broker here, in whatever way: the lock of a session, and numbers of contracts."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from chalicelib.vendors.budget import Urgency

#: The lock of a session, held as long as the context is open. An exit goes on without it.
Alone = Callable[[Urgency], AbstractContextManager[None]]


class KnownContracts(Protocol):
    """What was found before, by any function for any user: a conid is its contract's for life."""

    def conids(self, symbols: Sequence[str]) -> Mapping[str, int]:
        """Return the conids that are known of these symbols."""
        ...

    def symbols(self, conids: Sequence[int]) -> Mapping[int, str]:
        """Return the symbols that are known of these conids."""
        ...

    def keep(self, symbol: str, conid: int) -> None:
        """Keep what was found."""
        ...

"""What was worked out and may be asked for again, the oldest given up first."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Kept(Generic[K, V]):
    """At most `most` values; for what follows from its key alone until `clear`."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[K, V] = OrderedDict()

    def get(self, key: K) -> V | None:
        """Return what is kept under a key."""
        return self._values.get(key)

    def keep(self, key: K, value: V) -> V:
        """Keep a value and return it."""
        self._values[key] = value
        while len(self._values) > self._most:
            self._values.popitem(last=False)
        return value

    def forget(self, is_unsure: Callable[[K], bool]) -> None:
        """Give up what may have changed."""
        for key in [key for key in self._values if is_unsure(key)]:
            del self._values[key]

    def clear(self) -> None:
        """Give up everything."""
        self._values.clear()

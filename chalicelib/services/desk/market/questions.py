"""Questions to vendors that are asked beside others; what one is refused is its own trouble."""

from collections.abc import Callable
from typing import Generic, TypeVar

from chalicelib.marketdata.interface import MarketDataError

T = TypeVar("T")


class Question(Generic[T]):
    """A question and, once carried out, its answer: `value` None is not known, `trouble` says who refused."""

    def __init__(self, ask: Callable[[], T]) -> None:
        self._ask = ask
        self.value: T | None = None
        self.trouble: str | None = None

    def __call__(self) -> None:
        """Ask."""
        try:
            self.value = self._ask()
        except MarketDataError as error:
            self.trouble = error.reason

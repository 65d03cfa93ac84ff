"""Whose token reads what for the desk: the operator's where there is one, else those of its users."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial
from typing import Final, TypeVar

from chalicelib.marketdata.interface import MarketData, MarketDataError, Purpose
from chalicelib.services.environment import CredentialsUnreadable, Environment
from chalicelib.vendors.deadline import Deadline

T = TypeVar("T")

#: A token that fails costs nobody else their entries: this many users' are tried, then nothing is known.
USERS_TRIED_MAX: Final = 3


class DataSources:
    """One scan's way to the vendors; each token is opened once."""

    def __init__(
        self, env: Environment, deadline: Deadline | None = None, purpose: Purpose = Purpose.ENTRY
    ) -> None:
        directory = env.market_data
        self._source_for = cache(partial(directory.for_user, deadline=deadline, purpose=purpose))
        self._serves_all = cache(directory.serves_all)
        self._is_operators = cache(directory.serves_underlyings_to)

    def ask_chain(self, usernames: Sequence[str], ask: Callable[[MarketData], T]) -> T:
        """Ask who has chains; raises MarketDataError when everybody who may be asked refuses."""
        return self._first_answer(self._who_has_chains(usernames), ask)

    def expiries_a_call(self, usernames: Sequence[str]) -> int:
        """Return of how many expiries one call of whoever has chains brings them."""
        for name in self._who_has_chains(usernames):
            try:
                return self._source_for(name).expiries_a_call
            except CredentialsUnreadable:
                continue
        return 1

    def ask_underlyings(self, usernames: Sequence[str], ask: Callable[[MarketData], T]) -> T:
        """Ask who has quotes of underlyings, bars and calendars; raises MarketDataError likewise.

        The operator's source comes last where users have one of their own: it may have chains alone.
        """
        own = [one for one in usernames[:USERS_TRIED_MAX] if not self._is_operators(one)]
        names: list[str | None] = [*own, *([None] if self._serves_all() or not own else [])]
        return self._first_answer(names, ask)

    def _who_has_chains(self, usernames: Sequence[str]) -> list[str | None]:
        return [None] if self._serves_all() else list(usernames[:USERS_TRIED_MAX])

    def _first_answer(self, names: Iterable[str | None], ask: Callable[[MarketData], T]) -> T:
        reasons: list[str] = []
        for name in names:
            try:
                return ask(self._source_for(name))
            except (MarketDataError, CredentialsUnreadable) as error:
                reasons.append(str(error))
        raise MarketDataError("; ".join(dict.fromkeys(reasons)) or "nobody has a source of quotes")

"""Whose token reads what for the desk: the operator's where there is one, else those of its users."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Final, TypeVar

from chalicelib.marketdata.interface import MarketData, MarketDataError
from chalicelib.services.environment import CredentialsUnreadable, Environment

T = TypeVar("T")

#: A token that fails costs nobody else their entries: this many users' are tried, then nothing is known.
USERS_TRIED_MAX: Final = 3


class DataSources:
    """One scan's way to the vendors; each token is opened once."""

    def __init__(self, env: Environment) -> None:
        self._directory = env.market_data
        self._source_for = cache(env.market_data.for_user)
        self._serves_all = cache(env.market_data.serves_all)

    def ask_chain(self, usernames: Sequence[str], ask: Callable[[MarketData], T]) -> T:
        """Ask who has chains; raises MarketDataError when everybody who may be asked refuses."""
        names: list[str | None] = [None] if self._serves_all() else list(usernames[:USERS_TRIED_MAX])
        return self._first_answer(names, ask)

    def ask_underlyings(self, usernames: Sequence[str], ask: Callable[[MarketData], T]) -> T:
        """Ask who has quotes of underlyings, bars and calendars; raises MarketDataError likewise.

        The operator's source comes last where users have one of their own: it may have chains alone.
        """
        own = [one for one in usernames[:USERS_TRIED_MAX] if not self._is_operators(one)]
        names: list[str | None] = [*own, *([None] if self._serves_all() or not own else [])]
        return self._first_answer(names, ask)

    def _is_operators(self, username: str) -> bool:
        return self._directory.serves_underlyings_to(username)

    def _first_answer(self, names: Iterable[str | None], ask: Callable[[MarketData], T]) -> T:
        reasons: list[str] = []
        for name in names:
            try:
                return ask(self._source_for(name))
            except (MarketDataError, CredentialsUnreadable) as error:
                reasons.append(str(error))
        raise MarketDataError("; ".join(dict.fromkeys(reasons)) or "nobody has a source of quotes")

"""Whether the owner of a personal token still has an account: asked of the pool once an hour (A-10, I-37).

Sessions end by themselves when an operator disables or deletes an account at Cognito's console; personal
tokens would not. What the pool says ends them here as `offboarding` does. While it cannot be asked, whoever
was served is served on, and it is asked again a minute later: exits must not hang on Cognito.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from chalicelib.domain.people import Holder, UserState, name_of
from chalicelib.security.accounts import Accounts, operators
from chalicelib.security.errors import SigninThrottled, SigninUnavailable
from chalicelib.services.environment import Environment
from chalicelib.services.sign_in import people

_ASK_EVERY_SECONDS: Final = 3600.0
_ASK_AGAIN_SECONDS: Final = 60.0
_OWNERS_MAX: Final = 1000


class TokenOwners:
    """Remembers whom the pool was asked about, in this process."""

    def __init__(self, env: Environment, accounts: Accounts, machine_time: Callable[[], datetime]) -> None:
        self._env = env
        self._accounts = accounts
        self._machine_time = machine_time
        self._good_until: dict[str, float] = {}

    def are_served(self, username: str) -> bool:
        """Say whether this person still has the account that the token was made with."""
        now = self._machine_time()
        if self._good_until.get(username, 0) > now.timestamp():
            return True
        try:
            served = self._ask(username, now)
            good_seconds = _ASK_EVERY_SECONDS
        except (SigninThrottled, SigninUnavailable):
            served, good_seconds = True, _ASK_AGAIN_SECONDS
        if served:
            if len(self._good_until) >= _OWNERS_MAX:
                self._good_until.clear()
            self._good_until[username] = now.timestamp() + good_seconds
        return served

    def _ask(self, username: str, now: datetime) -> bool:
        name = name_of(username)
        account, holder = self._accounts.find(name), people.find(self._env, name)
        if holder is None or holder.username != username:
            return False
        if account is not None and account.enabled and account.sub == holder.sub:
            return True
        self._end(holder, now)
        return False

    def _end(self, holder: Holder, now: datetime) -> None:
        # Hardly ever needed, and it brings the whole way of orders: a third of a cold start.
        from chalicelib.services.sign_in.offboarding import bar, tell

        bar(self._env, holder, UserState.DISABLED, now)
        name = name_of(holder.username)
        for operator in operators(self._accounts) - {name}:
            known = people.find(self._env, operator)
            if known is not None:
                said = f"{name} has no account any more or may not sign in: tokens ended, entries withdrawn."
                tell(self._env, known.username, said, severe=True)

"""The weight that one address may use in a minute of the clock, and what happens to who goes on beyond it."""

from datetime import UTC, datetime, timedelta
from typing import Final

from infra.local.emulators.binance.problems import StayAway

WEIGHT_A_MINUTE: Final = 6000
#: A caller that does not heed so many refusals of one minute is banned: 2 minutes first, then twice as long
#: each time, 3 days at most (wire, 3; how many it takes is ours).
REFUSALS_MAX: Final = 10
BAN_FIRST: Final = timedelta(minutes=2)
BAN_MAX: Final = timedelta(days=3)
_MINUTE: Final = timedelta(minutes=1)


class Weights:
    """What was used in the present minute. Every caller of a stack has the same address."""

    def __init__(self) -> None:
        self._minute: datetime | None = None
        self._refusals = 0
        self._bans = 0
        self._banned_until: datetime | None = None
        self.used = 0

    def use(self, weight: int, now: datetime) -> None:
        """Count a call, or raise StayAway."""
        if self._banned_until is not None and now < self._banned_until:
            raise self._banned(now)
        minute = now.replace(second=0, microsecond=0)
        if minute != self._minute:
            self._minute, self.used, self._refusals = minute, 0, 0
        self.used += weight
        if self.used <= WEIGHT_A_MINUTE:
            return
        self._refusals += 1
        if self._refusals > REFUSALS_MAX:
            self._banned_until = now + min(BAN_FIRST * 2**self._bans, BAN_MAX)
            self._bans += 1
            raise self._banned(now)
        left = max(1, round((minute + _MINUTE - now).total_seconds()))
        raise StayAway(
            f"Too much request weight used; current limit is {WEIGHT_A_MINUTE} request weight per 1 MINUTE. "
            "Please use WebSocket Streams for live updates to avoid polling the API.",
            429,
            left,
        )

    def used_elsewhere(self, weight: int, now: datetime) -> None:
        """Count what others of the address use in this minute, none of whom is refused for it."""
        minute = now.replace(second=0, microsecond=0)
        if minute != self._minute:
            self._minute, self.used, self._refusals = minute, 0, 0
        self.used += weight

    def give_back(self, weight: int) -> None:
        """Take back what a call that went well does not weigh."""
        self.used = max(0, self.used - weight)

    def _banned(self, now: datetime) -> StayAway:
        assert self._banned_until is not None, "only who is banned is told so"
        until = int(self._banned_until.astimezone(UTC).timestamp() * 1000)
        left = max(1, round((self._banned_until - now).total_seconds()))
        return StayAway(
            f"Way too much request weight used; IP banned until {until}. Please use WebSocket Streams for "
            "live updates to avoid bans.",
            418,
            left,
        )

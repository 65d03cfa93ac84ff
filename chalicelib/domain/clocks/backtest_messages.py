"""What a message to the job `backtest` covers: one part of a user's backtest."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from chalicelib.domain.clocks.job_messages import UnreadableWork
from chalicelib.domain.json_value import JsonValue

#: The job's name, for whoever sends to it.
BACKTEST: Final = "backtest"
_USERNAME: Final = "username"
_BACKTEST: Final = "backtest"
_PART: Final = "part"


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestPart:
    """A part of a backtest, which goes on where it was left."""

    username: str
    backtest_id: UUID
    part: int

    def payload(self) -> dict[str, JsonValue]:
        """Return what the message carries."""
        return {_USERNAME: self.username, _BACKTEST: str(self.backtest_id), _PART: self.part}


def parse_backtest_work(payload: Mapping[str, JsonValue]) -> BacktestPart:
    """Read which part is to go on; raises UnreadableWork."""
    username, backtest, part = payload.get(_USERNAME), payload.get(_BACKTEST), payload.get(_PART)
    is_read = isinstance(username, str) and isinstance(part, int) and not isinstance(part, bool)
    if payload.keys() != {_USERNAME, _BACKTEST, _PART} or not is_read:
        raise UnreadableWork(payload)
    try:
        return BacktestPart(username=str(username), backtest_id=UUID(str(backtest)), part=int(str(part)))
    except ValueError as error:
        raise UnreadableWork(payload) from error

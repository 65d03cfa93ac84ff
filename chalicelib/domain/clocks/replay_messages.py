"""What a message to the job `ai_replay` covers: one replay of a user's."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from chalicelib.domain.clocks.job_messages import UnreadableWork
from chalicelib.domain.json_value import JsonValue

#: The job's name, for whoever sends to it.
AI_REPLAY: Final = "ai_replay"
_USERNAME: Final = "username"
_REPLAY: Final = "replay"


@dataclass(frozen=True, slots=True, kw_only=True)
class OneReplay:
    """A replay that was asked for."""

    username: str
    replay_id: UUID

    def payload(self) -> dict[str, JsonValue]:
        """Return what the message carries."""
        return {_USERNAME: self.username, _REPLAY: str(self.replay_id)}


def parse_replay_work(payload: Mapping[str, JsonValue]) -> OneReplay:
    """Read which replay is to be carried out; raises UnreadableWork."""
    username, replay = payload.get(_USERNAME), payload.get(_REPLAY)
    if payload.keys() != {_USERNAME, _REPLAY} or not isinstance(username, str):
        raise UnreadableWork(payload)
    try:
        return OneReplay(username=username, replay_id=UUID(str(replay)))
    except ValueError as error:
        raise UnreadableWork(payload) from error

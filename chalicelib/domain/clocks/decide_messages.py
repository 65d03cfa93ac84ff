"""What a message to the job `decide` covers: a signal, a position at a candle's close, or what was queued."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from chalicelib.domain.clocks.job_messages import UnreadableWork
from chalicelib.domain.json_value import JsonValue

#: The job's name, for whoever sends to it.
DECIDE: Final = "decide"
_USERNAME: Final = "username"
_SIGNAL: Final = "signal"
_TRADE: Final = "trade"
_CANDLE: Final = "candle"
_QUEUED: Final = "queued"


@dataclass(frozen=True, slots=True, kw_only=True)
class OneSignal:
    """A signal, decided once."""

    username: str
    signal_id: UUID

    def payload(self) -> dict[str, JsonValue]:
        """Return what the message carries."""
        return {_USERNAME: self.username, _SIGNAL: str(self.signal_id)}


@dataclass(frozen=True, slots=True, kw_only=True)
class OnePosition:
    """A trader's open position, decided once at each close of its candles."""

    username: str
    trade_id: UUID
    candle: datetime

    def payload(self) -> dict[str, JsonValue]:
        """Return what the message carries."""
        when = self.candle.isoformat()
        return {_USERNAME: self.username, _TRADE: str(self.trade_id), _CANDLE: when}


@dataclass(frozen=True, slots=True, kw_only=True)
class OneQueued:
    """A decision that waited for a slot, decided anew."""

    username: str
    decision_id: UUID

    def payload(self) -> dict[str, JsonValue]:
        """Return what the message carries."""
        return {_USERNAME: self.username, _QUEUED: str(self.decision_id)}


DecideWork = OneSignal | OnePosition | OneQueued


def parse_decide_work(payload: Mapping[str, JsonValue]) -> DecideWork:
    """Read what is to be decided; raises UnreadableWork."""
    username = payload.get(_USERNAME)
    if not isinstance(username, str):
        raise UnreadableWork(payload)
    names = payload.keys() - {_USERNAME}
    try:
        if names == {_SIGNAL}:
            return OneSignal(username=username, signal_id=UUID(str(payload[_SIGNAL])))
        if names == {_QUEUED}:
            return OneQueued(username=username, decision_id=UUID(str(payload[_QUEUED])))
        if names == {_TRADE, _CANDLE}:
            candle = datetime.fromisoformat(str(payload[_CANDLE]))
            if candle.tzinfo is not None:
                trade_id = UUID(str(payload[_TRADE]))
                return OnePosition(username=username, trade_id=trade_id, candle=candle)
    except ValueError as error:
        raise UnreadableWork(payload) from error
    raise UnreadableWork(payload)

"""What a raised signal starts: a message to the job that decides (C-02).

A message may be lost between two lines; each candle's close looks for what was never decided.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from chalicelib.domain.clocks.jobs import MESSAGE_JOBS
from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.ports import Outgoing
from chalicelib.services.environment import Environment

DECIDE: Final = "decide"


def signals_raised(env: Environment, signals: Sequence[tuple[str, UUID]]) -> int:
    """Have these signals, each named with its owner, decided at once; returns how many messages went out.

    None while nothing decides. To be called once the signals are committed.
    """
    if DECIDE not in MESSAGE_JOBS or not signals:
        return 0
    now = env.clock.now()
    payloads: list[dict[str, JsonValue]] = [
        {"username": username, "signal": str(signal_id)} for username, signal_id in signals
    ]
    env.bus.send_all([Outgoing(job=DECIDE, payload=payload, due_at=now) for payload in payloads])
    return len(payloads)

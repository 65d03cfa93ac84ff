"""What a raised signal starts: a message to the job that decides (C-02).

A message may be lost between two lines; each candle's close looks for what was never decided.
"""

from collections.abc import Sequence
from uuid import UUID

from chalicelib.domain.clocks.decide_messages import DECIDE, DecideWork, OneSignal
from chalicelib.domain.ports import Outgoing
from chalicelib.services.environment import Environment


def signals_raised(env: Environment, signals: Sequence[tuple[str, UUID]]) -> int:
    """Have these signals, each named with its owner, decided at once; returns how many messages went out.

    To be called once the signals are committed.
    """
    works = [OneSignal(username=username, signal_id=signal_id) for username, signal_id in signals]
    return send_to_decide(env, works)


def send_to_decide(env: Environment, works: Sequence[DecideWork]) -> int:
    """Have these decided at once; returns how many messages went out."""
    now = env.clock.now()
    if works:
        env.bus.send_all([Outgoing(job=DECIDE, payload=one.payload(), due_at=now) for one in works])
    return len(works)

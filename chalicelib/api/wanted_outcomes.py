"""Which ended trades a question is about, however it was put."""

from datetime import datetime
from typing import Protocol

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.trading.trades import Originator
from chalicelib.store.analysis.outcomes import OutcomeFilter


class Narrowed(Protocol):
    """A question over ended trades: bounds of their end, what they have in common; None leaves it open."""

    @property
    def from_(self) -> datetime | None: ...
    @property
    def to(self) -> datetime | None: ...
    @property
    def ticker(self) -> str | None: ...
    @property
    def strategy(self) -> str | None: ...
    @property
    def mode(self) -> str | None: ...
    @property
    def tag(self) -> str | None: ...
    @property
    def originator(self) -> str | None: ...


def wanted_outcomes(asked: Narrowed) -> OutcomeFilter:
    """Return the trades that count for it."""
    return OutcomeFilter(
        from_at=asked.from_,
        to_at=asked.to,
        ticker=asked.ticker,
        strategy=asked.strategy,
        mode=None if asked.mode is None else BrokerMode(asked.mode),
        tag=asked.tag,
        originator=None if asked.originator is None else Originator(asked.originator),
    )

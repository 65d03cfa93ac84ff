"""Which model serves whom: the operator's endpoint, budgeted by user; without a key nobody's.

The client is imported when the first question is asked: most functions ask none.
"""

from typing import Final, TypeVar

from chalicelib.domain.ports import Clock
from chalicelib.models.interface import (
    NOTHING_USED,
    Model,
    Prices,
    Question,
    Read,
    Talk,
    Try,
    TryFailure,
)
from chalicelib.models.settings import ModelSettings
from chalicelib.vendors.budget import CallBudget, CallLimits, PurposeBudget, Share, ShareKind, Urgency
from chalicelib.vendors.deadline import Deadline
from chalicelib.vendors.http import HttpPool

#: Ours, no provider's: a user's share is two fifths, 500 positions that are looked at in one minute and some
#: of the repeats.
MODEL_LIMITS: Final = CallLimits(exits=2000, orders=2000, market_data=2000, browsing=1200, background=1200)
NOT_CONFIGURED: Final = "There is no key for a model"
T = TypeVar("T")


class Models:
    """The operator's endpoint, for everybody."""

    def __init__(self, settings: ModelSettings, *, budget: CallBudget, clock: Clock, http: HttpPool) -> None:
        self._settings = settings
        self._budget = budget
        self._clock = clock
        self._http = http

    @property
    def usual_model(self) -> str:
        """Name the model of traders that name none."""
        return self._settings.usual_model

    @property
    def prices(self) -> Prices:
        """Return the most that is paid."""
        return self._settings.prices

    def for_user(self, username: str, *, deadline: Deadline | None = None) -> Model:
        """Return the model, whose calls come out of this user's share of the endpoint's minute."""
        environment = self._settings.environment()
        if environment is None:
            return NoModel(self._clock)
        from chalicelib.models.chat import ChatModel

        share = Share(username=username, kind=ShareKind.CHANGES)
        return ChatModel(
            environment,
            budget=PurposeBudget(self._budget, Urgency.DATA, share),
            clock=self._clock,
            http=self._http,
            deadline=deadline,
        )


class NoModel:
    """The model of a deployment without a key: says so at each question."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def ask(self, question: Question, read: Read[T]) -> Talk[T]:
        """Return that nobody is there to ask."""
        del question, read
        failed = Try(
            at=self._clock.now(),
            latency_ms=0,
            usage=NOTHING_USED,
            failure=TryFailure.NOT_CONFIGURED,
            reason=NOT_CONFIGURED,
        )
        return Talk(value=None, answer=None, tries=(failed,))

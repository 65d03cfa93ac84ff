"""Chat completions as OpenAI, OpenRouter and others take them: one question, three tries (C-02)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from re import fullmatch
from typing import Final, TypeVar

from chalicelib.domain.ai.decisions.reading import OutsideSchema
from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.ports import Clock
from chalicelib.models.interface import NOTHING_USED, Prices, Question, Read, Talk, Try, TryFailure, Usage
from chalicelib.models.replies import Reading, read_reply
from chalicelib.models.settings import AnswerForm, ModelEnvironment
from chalicelib.vendors.budget import CallBudget, Urgency, token_key
from chalicelib.vendors.deadline import SECONDS_LEFT_MIN, Deadline
from chalicelib.vendors.errors import BudgetSpent, Outcome, VendorError
from chalicelib.vendors.http import HttpPool, HttpRequest
from chalicelib.vendors.line import ASKED_WAIT_SECONDS_MAX, VendorLine

VENDOR: Final = "the model's endpoint"
TRY_SECONDS_MAX: Final = 10.0
BACKOFF_SECONDS: Final = (1.0, 2.0)
#: Three tries and the waits between them.
TALK_SECONDS_MAX: Final = 33.0
_MILLISECONDS: Final = 1000
_SECONDS: Final = r"[0-9]{1,9}(\.[0-9]{1,6})?"
T = TypeVar("T")


class ChatModel:
    """Asks under one key."""

    def __init__(
        self,
        environment: ModelEnvironment,
        *,
        budget: CallBudget,
        clock: Clock,
        http: HttpPool,
        deadline: Deadline | None = None,
    ) -> None:
        self._environment = environment
        self._budget = budget
        self._clock = clock
        self._http = http
        self._deadline = deadline

    def ask(self, question: Question, read: Read[T]) -> Talk[T]:
        """Ask at most three times, 1 s and 2 s apart, or as long as the endpoint says, 5 s at most.

        A wait that is longer, or does not end before the deadline, is not begun. Raises no VendorError.
        """
        overall = Deadline(self._clock, TALK_SECONDS_MAX).earlier(self._deadline)
        tries: list[Try] = []
        for usual_wait in (*BACKOFF_SECONDS, None):
            began_at, began = self._clock.now(), self._clock.monotonic()
            reading = self._once(question, overall)
            took = round((self._clock.monotonic() - began) * _MILLISECONDS)
            value, reading = _made(reading, read)
            tries.append(_try(began_at, took, reading))
            if reading.failure is None:
                return Talk(value=value, answer=reading.text, tries=tuple(tries))
            if usual_wait is None or reading.failure.is_final:
                break
            wait = max(usual_wait, reading.retry_after_seconds or 0.0)
            if wait > ASKED_WAIT_SECONDS_MAX or overall.seconds_left() < wait + SECONDS_LEFT_MIN:
                break
            self._clock.sleep(wait)
        return Talk(value=None, answer=None, tries=tuple(tries))

    def _once(self, question: Question, overall: Deadline) -> Reading:
        environment = self._environment
        line = VendorLine(
            vendor=VENDOR,
            key=token_key(environment.key),
            budget=self._budget,
            clock=self._clock,
            http=self._http,
            deadline=Deadline(self._clock, TRY_SECONDS_MAX).earlier(overall),
        )
        request = HttpRequest(
            method="POST",
            url=f"{environment.base_url.rstrip('/')}/chat/completions",
            document=_document(environment, question),
            headers={"Authorization": f"Bearer {environment.key}", "Accept": "application/json"},
        )
        try:
            reply = line.call(request, urgency=Urgency.DATA)
        except VendorError as error:
            return _unanswered(error)
        reading = read_reply(reply.status, reply.text, asked_model=question.model)
        asked = reading.retry_after_seconds or _retry_after(reply.headers, self._clock.now())
        usage = _priced(reading.usage, environment.prices)
        return replace(reading, retry_after_seconds=asked, usage=usage)


def _document(environment: ModelEnvironment, question: Question) -> JsonValue:
    """Return the body: what every endpoint takes, and OpenRouter's own where it is one."""
    prices = environment.prices
    document: dict[str, JsonValue] = {
        "model": question.model,
        "messages": [{"role": one.role.value, "content": one.content} for one in question.messages],
        "max_tokens": question.answer_tokens_max,
        "stream": False,
    }
    if environment.temperature is not None:
        document["temperature"] = float(environment.temperature)
    match environment.answer_form:
        case AnswerForm.JSON_SCHEMA:
            schema: JsonValue = {"name": question.schema_name, "strict": True, "schema": question.schema}
            document["response_format"] = {"type": "json_schema", "json_schema": schema}
        case AnswerForm.JSON_OBJECT:
            document["response_format"] = {"type": "json_object"}
        case AnswerForm.TEXT:
            pass
    if environment.takes_provider_options:
        most: JsonValue = {"prompt": float(prices.prompt), "completion": float(prices.answer)}
        document["provider"] = {"require_parameters": True, "max_price": most}
        if question.asker is not None:
            document["user"] = question.asker
    return document


def _made(reading: Reading, read: Read[T]) -> tuple[T | None, Reading]:
    """Make a value of an answer; one outside the schema is a failed try."""
    if reading.failure is not None:
        return None, reading
    try:
        return read(reading.text), reading
    except OutsideSchema:
        failure, reason = TryFailure.OUTSIDE_SCHEMA, "the answer is not a decision by the schema"
        return None, replace(reading, failure=failure, reason=reason, text=None)


def _try(at: datetime, latency_ms: int, reading: Reading) -> Try:
    return Try(
        at=at,
        latency_ms=latency_ms,
        usage=reading.usage,
        failure=reading.failure,
        reason=reading.reason,
        model=reading.model,
    )


def _unanswered(error: VendorError) -> Reading:
    """Sort what the line raised; what left us may have been answered and charged."""
    left_us = error.outcome is Outcome.UNKNOWN
    if isinstance(error, BudgetSpent):
        failure = TryFailure.BUDGET_SPENT
    else:
        failure = TryFailure.NO_ANSWER if left_us else TryFailure.UNREACHABLE
    return Reading(
        failure=failure,
        reason=error.reason,
        usage=Usage() if left_us else NOTHING_USED,
        retry_after_seconds=error.retry_after_seconds,
    )


def _priced(usage: Usage, prices: Prices) -> Usage:
    """Let tokens without a cost have cost the most that is paid, as with endpoints that tell no cost."""
    if usage.cost_usd is not None or usage.prompt_tokens is None or usage.answer_tokens is None:
        return usage
    return replace(usage, cost_usd=prices.cost(usage.prompt_tokens, usage.answer_tokens))


def _retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Read Retry-After in any of its forms; what cannot be read says nothing."""
    for name, scale in (("retry-after-ms", _MILLISECONDS), ("retry-after", 1)):
        value = headers.get(name, "").strip()
        if fullmatch(_SECONDS, value):
            return float(value) / scale
    try:
        until = parsedate_to_datetime(headers.get("retry-after", ""))
    except ValueError:
        return None
    return None if until.tzinfo is None else max(0.0, (until - now).total_seconds())

"""A model whose endpoint says what a test tells it to."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import httpx

from chalicelib.domain.ai.decisions.decision import AiDecision
from chalicelib.domain.ai.decisions.reading import read_decision
from chalicelib.domain.ai.decisions.schema import DECISION_SCHEMA, NAME
from chalicelib.models.chat import ChatModel
from chalicelib.models.interface import Message, Prices, Question, Role, Talk
from chalicelib.models.settings import AnswerForm, ModelEnvironment
from chalicelib.vendors.budget import CallBudget
from chalicelib.vendors.deadline import Deadline
from chalicelib.vendors.http import HttpPool
from tests.brokers.support import HandClock, OpenBudget, ScriptedVendor, answer

MODEL = "openai/gpt-4o-mini-2024-07-18"
KEY = "sk-or-v1-a-key-that-is-secret"
BASE_URL = "https://models.test/api/v1"
PRICES = Prices(prompt=Decimal(1), answer=Decimal(5))
QUESTION = Question(
    model=MODEL,
    messages=(
        Message(role=Role.SYSTEM, content="You decide."),
        Message(role=Role.USER, content="BTCUSDT trades at 96000."),
    ),
    schema_name=NAME,
    schema=DECISION_SCHEMA,
)
NO_TRADE: Mapping[str, object] = {"decision": "NO_TRADE", "confidence": 0.4, "reasoning": "Nothing to see."}


def environment(**other: Any) -> ModelEnvironment:
    """Return an endpoint at a test's host."""
    usual: dict[str, Any] = {
        "base_url": BASE_URL,
        "key": KEY,
        "prices": PRICES,
        "answer_form": AnswerForm.JSON_SCHEMA,
        "takes_provider_options": True,
        "temperature": Decimal(0),
    }
    return ModelEnvironment(**(usual | other))


def ask(
    vendor: httpx.BaseTransport,
    *,
    clock: HandClock | None = None,
    budget: CallBudget | None = None,
    deadline: Deadline | None = None,
    question: Question = QUESTION,
    **other: Any,
) -> Talk[AiDecision]:
    """Ask for a decision."""
    model = ChatModel(
        environment(**other),
        budget=budget or OpenBudget(),
        clock=clock or HandClock(),
        http=HttpPool(vendor),
        deadline=deadline,
    )
    return model.ask(question, read_decision)


def completion(
    content: object = NO_TRADE, *, model: str | None = MODEL, usage: object = None, **choice: object
) -> httpx.Response:
    """Build an answer of chat completions; an object becomes the JSON text that it is."""
    text = content if content is None or isinstance(content, str) else json.dumps(content)
    message = {"role": "assistant", "content": text, "refusal": None, "reasoning": None}
    body: dict[str, object] = {
        "id": "gen-1",
        "object": "chat.completion",
        "choices": [{"index": 0, "finish_reason": "stop", "message": message, **choice}],
        "usage": usage or {"prompt_tokens": 1000, "completion_tokens": 100, "cost": 0.0003},
    }
    return answer(body if model is None else {**body, "model": model})


def asked_body(vendor: ScriptedVendor, index: int = -1) -> dict[str, Any]:
    """Return what was sent."""
    body: dict[str, Any] = json.loads(vendor.asked[index].content)
    return body

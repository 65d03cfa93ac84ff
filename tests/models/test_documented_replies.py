"""OpenRouter's documented and recorded bodies, as the reader of replies takes them (C-02)."""

import json
from decimal import Decimal
from typing import Any  # JSON

import pytest

from chalicelib.models.interface import TryFailure
from chalicelib.models.replies import read_reply
from tests.brokers.support import fixture


def documented(name: str) -> Any:  # Any: JSON
    return json.loads(fixture("openrouter", name))


@pytest.mark.parametrize(
    ("name", "begins", "failure"),
    [
        ("response_basic.json", "The capital of France", None),
        ("response_recorded_2025_12.json", "", None),
        ("response_markdown_fenced_recorded_2026_01.json", "```cpp", None),
        ("response_reasoning_recorded_2025_12.json", "", None),
        ("response_structured_output_derived.json", "{", None),
        ("response_empty_content_recorded_2025_10.json", None, TryFailure.EMPTY),
    ],
)
def test_an_answer_is_its_text_or_why_there_is_none(
    name: str, begins: str | None, failure: TryFailure | None
) -> None:
    """C-02: fenced, with its reasoning, empty; who answered and what it used."""
    body = documented(name)
    read = read_reply(200, json.dumps(body), asked_model=body["model"])

    assert (read.failure, read.model) == (failure, body["model"])
    assert read.text is None if begins is None else read.text is not None and read.text.startswith(begins)
    used = body.get("usage", {})
    assert read.usage.prompt_tokens == used.get("prompt_tokens")
    assert read.usage.answer_tokens == used.get("completion_tokens")


def test_what_an_answer_cost_is_as_it_is_told() -> None:
    """C-02: a usage with its cost, beside an answer."""
    body = {**documented("response_basic.json"), "usage": documented("usage_full.json")}
    usage = read_reply(200, json.dumps(body), asked_model=body["model"]).usage

    assert (usage.prompt_tokens, usage.answer_tokens, usage.cost_usd) == (10, 15, Decimal("0.0012"))


def test_a_part_of_a_stream_is_no_answer() -> None:
    """C-02: nothing is asked for in a stream; a part of one has no message."""
    body = documented("stream_chunk.json")

    assert read_reply(200, json.dumps(body), asked_model=body["model"]).failure is TryFailure.EMPTY


@pytest.mark.parametrize("name", ["error_403_guardrail.json", "error_404_no_endpoints_recorded_2025_10.json"])
def test_a_refusal_is_sorted_by_its_code_and_never_told_in_its_words(name: str) -> None:
    """C-02: by the status, and by the code in the body where the status says that all is well."""
    body = documented(name)
    code = body["error"]["code"]
    by_status, by_code = (read_reply(status, json.dumps(body), asked_model="m") for status in (code, 200))

    assert by_status.failure is by_code.failure
    assert (by_status.failure, by_status.text) == (TryFailure.REFUSED, None)
    assert by_status.reason.endswith(f"answered {code}"), "what a vendor writes is no reason of ours"


def test_what_is_said_of_availability_sorts_an_error() -> None:
    """C-02: each documented case has a failure; what may be asked for again is told apart."""
    cases = documented("errors_availability.json")
    read = [read_reply(one["http_status"], json.dumps(one["body"]), asked_model="m") for one in cases]

    assert all(one.failure is not None and one.text is None for one in read)
    for case, one in zip(cases, read, strict=True):
        availability = case["body"]["error"]["availability"]
        assert one.failure is not None
        assert one.failure.is_final is not availability["retryable"], availability["code"]

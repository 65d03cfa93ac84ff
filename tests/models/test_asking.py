"""A model is asked three times at most, and what it says is never more than data (C-02)."""

import logging
from datetime import timedelta
from decimal import Decimal

import httpx
import pytest

from chalicelib.domain.ai.decisions.decision import DecisionWord
from chalicelib.domain.ai.decisions.reading import read_decision
from chalicelib.models.directory import Models
from chalicelib.models.interface import Prices, TryFailure, worst_cost
from chalicelib.models.settings import AnswerForm, ModelSettings
from chalicelib.vendors.deadline import Deadline
from chalicelib.vendors.http import HttpPool
from tests.brokers.support import NOON, HandClock, OpenBudget, ScriptedVendor, answer
from tests.models.support import (
    BASE_URL,
    KEY,
    MODEL,
    NO_TRADE,
    PRICES,
    QUESTION,
    ask,
    asked_body,
    completion,
    environment,
)

SECRET_WORDS = "a reasoning that nobody else may read"


def test_a_question_names_its_model_its_schema_and_its_bounds() -> None:
    """C-02: pinned, no fallback model, 1,000 tokens out, a strict schema that the endpoint must know."""
    vendor = ScriptedVendor(completion())
    talk = ask(vendor)

    assert talk.value is not None
    assert talk.value.decision is DecisionWord.NO_TRADE
    assert talk.failure is None
    (sent,) = vendor.asked
    assert str(sent.url) == f"{BASE_URL}/chat/completions"
    assert sent.headers["authorization"] == f"Bearer {KEY}"
    body = asked_body(vendor)
    assert (body["model"], body["max_tokens"], body["stream"]) == (MODEL, 1000, False)
    assert "models" not in body
    form = body["response_format"]
    assert (form["type"], form["json_schema"]["strict"]) == ("json_schema", True)
    assert body["temperature"] == 0
    assert body["provider"] == {"require_parameters": True, "max_price": {"prompt": 1.0, "completion": 5.0}}


def test_an_endpoint_that_knows_less_is_told_less() -> None:
    """Any compatible endpoint: vendor's extras can be switched off."""
    vendor = ScriptedVendor(completion(), completion())
    ask(vendor, answer_form=AnswerForm.JSON_OBJECT, takes_provider_options=False)
    ask(vendor, answer_form=AnswerForm.TEXT, takes_provider_options=False, temperature=None)

    assert asked_body(vendor, 0)["response_format"] == {"type": "json_object"}
    assert "provider" not in asked_body(vendor, 0)
    assert not asked_body(vendor, 1).keys() & {"response_format", "temperature", "provider", "user"}


def test_what_may_pass_is_asked_again_after_one_and_two_seconds() -> None:
    """C-02: three tries with backoff; an answer outside the schema is a failed try."""
    clock = HandClock()
    vendor = ScriptedVendor(
        answer({"error": {"code": 502, "message": "Provider returned error"}}, 502),
        completion({"decision": "BUY", "confidence": 1, "reasoning": SECRET_WORDS}),
        completion(),
    )
    talk = ask(vendor, clock=clock)

    assert talk.value is not None
    assert clock.slept == [1.0, 2.0]
    failures = [one.failure for one in talk.tries]
    assert failures == [TryFailure.PROVIDER_DOWN, TryFailure.OUTSIDE_SCHEMA, None]
    assert talk.tokens == (2000, 200)
    assert talk.cost_usd(Decimal(1)) == Decimal("0.0006")


def test_after_three_failed_tries_there_is_no_answer() -> None:
    """C-02: then rules alone decide."""
    vendor = ScriptedVendor(*(completion("I would buy, frankly.") for _ in range(3)))
    talk = ask(vendor)

    assert (talk.value, talk.answer, len(talk.tries)) == (None, None, 3)
    assert talk.failure is TryFailure.OUTSIDE_SCHEMA


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (400, TryFailure.REFUSED),
        (401, TryFailure.KEY_REFUSED),
        (402, TryFailure.OUT_OF_CREDIT),
        (403, TryFailure.REFUSED),
        (404, TryFailure.REFUSED),
        (413, TryFailure.REFUSED),
        (422, TryFailure.REFUSED),
    ],
)
def test_what_would_be_answered_the_same_is_not_asked_again(status: int, failure: TryFailure) -> None:
    """C-13: out of credit is told as that, not as a limit of ours; nothing of it is charged."""
    talk = ask(ScriptedVendor(answer({"error": {"code": status, "message": "no"}}, status)))

    assert [one.failure for one in talk.tries] == [failure]
    assert talk.cost_usd(Decimal(1)) == 0
    assert str(status) in talk.reason


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 524, 529])
def test_what_passes_is_asked_again(status: int) -> None:
    refusal = {"error": {"code": status, "message": "later"}}
    talk = ask(ScriptedVendor(answer(refusal, status), completion()))

    assert talk.value is not None
    assert len(talk.tries) == 2


def test_a_wait_that_is_asked_for_is_kept_where_there_is_time() -> None:
    clock = HandClock()
    limited = answer({"error": {"code": 429, "message": "slow"}}, 429, {"Retry-After": "4"})
    ask(ScriptedVendor(limited, completion()), clock=clock)
    assert clock.slept == [4.0]

    dated = (NOON + timedelta(seconds=3)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    limited = answer({"error": {"code": 429, "message": "slow"}}, 429, {"Retry-After": dated})
    ask(ScriptedVendor(limited, completion()), clock=clock)
    assert clock.slept[1:] == [3.0]


def test_a_wait_beyond_the_deadline_ends_the_talk() -> None:
    """A decision of this candle is of no use after it: the rules decide at once."""
    body = {
        "error": {
            "message": "At capacity.",
            "error_type": "rate_limit_exceeded",
            "http_status": 429,
            "availability": {"code": "capacity_exhausted", "retryable": True, "retry_after": 40},
        }
    }
    clock = HandClock()
    talk = ask(ScriptedVendor(answer(body, 429)), clock=clock)
    assert talk.failure is TryFailure.RATE_LIMITED
    assert (len(talk.tries), clock.slept) == (1, [])
    assert "capacity_exhausted" in talk.reason

    limited = answer({"error": {"code": 429, "message": "slow"}}, 429, {"Retry-After": "20"})
    assert len(ask(ScriptedVendor(limited), clock=clock).tries) == 1

    short = ask(ScriptedVendor(answer(body, 500)), clock=clock, deadline=Deadline(clock, 1.5))
    assert len(short.tries) == 1


def test_an_answer_that_was_lost_may_have_cost_the_worst() -> None:
    """C-13: settled by what was told, else by the most that it can have been."""
    lost = [httpx.ReadTimeout("late") for _ in range(3)]
    talk = ask(ScriptedVendor(*lost))

    assert talk.failure is TryFailure.NO_ANSWER
    worst = PRICES.cost(1000, 1000)
    assert talk.cost_usd(worst) == 3 * worst == worst_cost(PRICES, 1000)
    unreached = ask(ScriptedVendor(*(httpx.ConnectError("no") for _ in range(3))))
    assert unreached.failure is TryFailure.UNREACHABLE
    assert unreached.cost_usd(worst) == 0


def test_tokens_without_a_cost_have_cost_what_is_paid_at_most() -> None:
    talk = ask(ScriptedVendor(completion(usage={"prompt_tokens": 2000, "completion_tokens": 200})))

    assert talk.cost_usd(Decimal(9)) == Decimal("0.003")


def test_a_spent_budget_is_no_call() -> None:
    vendor = ScriptedVendor()
    talk = ask(vendor, budget=OpenBudget(left=0))

    assert talk.failure is TryFailure.BUDGET_SPENT
    assert vendor.asked == []


@pytest.mark.parametrize(
    ("answered", "is_taken"),
    [
        (MODEL, True),
        (f"{MODEL}:nitro", True),
        ("openai/gpt-4o-mini", True),
        (None, True),
        ("openai/gpt-4o-mini-2025-01-01", False),
        ("openai/gpt-4o", False),
        ("mistralai/mistral-7b-instruct:free", False),
    ],
)
def test_another_models_answer_is_a_failed_try(answered: str | None, is_taken: bool) -> None:
    """C-02: no silent fallback model; an alias that moved shows."""
    talk = ask(ScriptedVendor(*(completion(model=answered) for _ in range(3))))

    assert (talk.value is not None) is is_taken
    assert talk.failure is (None if is_taken else TryFailure.OTHER_MODEL)
    assert talk.tries[-1].model == answered


def test_neither_key_nor_answer_stands_in_a_log_or_a_text(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    said = {**NO_TRADE, "reasoning": SECRET_WORDS}
    talks = [
        ask(ScriptedVendor(completion(said))),
        ask(ScriptedVendor(*(completion({**said, "decision": "BUY"}) for _ in range(3)))),
        ask(ScriptedVendor(answer({"error": {"code": 403, "message": f"{KEY} {SECRET_WORDS}"}}, 403))),
    ]

    shown = caplog.text + "".join(f"{talk.tries!r} {talk.reason}" for talk in talks) + repr(environment())
    assert KEY not in shown
    assert SECRET_WORDS not in shown
    assert SECRET_WORDS in (talks[0].answer or "")
    assert SECRET_WORDS not in repr(talks)


def test_settings_are_read_by_name_and_what_makes_no_sense_is_refused() -> None:
    found = ModelSettings.read(
        {
            "MODEL_URL": "https://models.test/v1",
            "MODEL_KEY": KEY,
            "MODEL_NAME": "openai/gpt-4o-2024-08-06",
            "MODEL_PRICES": "2.5,10",
            "MODEL_ANSWER_FORM": "json_object",
            "MODEL_PROVIDER_OPTIONS": "false",
            "MODEL_TEMPERATURE": "none",
        }.get
    )
    assert (found.usual_model, found.temperature) == ("openai/gpt-4o-2024-08-06", None)
    assert found.prices == Prices(prompt=Decimal("2.5"), answer=Decimal(10))
    assert KEY not in repr(found)
    assert ModelSettings.read(lambda _: None).environment() is None

    wrong = {"MODEL_PRICES": "cheap", "MODEL_ANSWER_FORM": "xml", "MODEL_TEMPERATURE": "-1"}
    for name, value in wrong.items():
        with pytest.raises(ValueError, match=r"number|0 or more|xml"):
            ModelSettings.read({name: value}.get)


def test_without_a_key_nobody_is_asked() -> None:
    """Rules alone decide then."""
    models = Models(ModelSettings(), budget=OpenBudget(), clock=HandClock(), http=HttpPool(ScriptedVendor()))
    talk = models.for_user("alice").ask(QUESTION, read_decision)

    assert (talk.failure, talk.cost_usd(Decimal(1))) == (TryFailure.NOT_CONFIGURED, Decimal(0))
    assert models.usual_model == MODEL

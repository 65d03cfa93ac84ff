"""The OpenRouter emulator answers like the recorded ones, and can be told every quirk (wire, section 8)."""

import json
from typing import Any

import pytest

from chalicelib.domain.ai.decisions.reading import read_decision
from chalicelib.domain.ai.decisions.schema import DECISION_SCHEMA
from infra.local.emulators.openrouter.answers import BadAnswer
from tests.emulators.support import Outside, fixture

MODEL = "openai/gpt-4o-mini-2024-07-18"
DECISION = {"decision": "WATCH", "confidence": 0.5, "reasoning": "Near a level."}


@pytest.fixture
def outside() -> Outside:
    """Ten in the morning of a trading day."""
    return Outside()


def asked(symbol: str = "BTCUSDT", **other: object) -> dict[str, Any]:
    """Return a call about a pair as the product makes it."""
    told = {"symbol": symbol, "price": 96000.0, "position": None}
    schema = {"name": "trade_decision", "strict": True, "schema": DECISION_SCHEMA}
    body: dict[str, Any] = {
        "model": MODEL,
        "messages": [
            {"role": "system", "content": "You decide."},
            {"role": "user", "content": f"The market:\n{json.dumps(told)}"},
        ],
        "max_tokens": 1000,
        "response_format": {"type": "json_schema", "json_schema": schema},
    }
    return body | other


def told(**facts: object) -> dict[str, Any]:
    """Return a call that tells these facts."""
    content = json.dumps({"symbol": "BTCUSDT", **facts})
    return asked(messages=[{"role": "user", "content": content}])


def decision_of(outside: Outside, body: object) -> dict[str, Any]:
    """Return what is decided."""
    text = outside.model(body).json()["choices"][0]["message"]["content"]
    assert read_decision(text) is not None
    found: dict[str, Any] = json.loads(text)
    return found


@pytest.mark.parametrize(
    "name", ["response_structured_output_derived.json", "response_recorded_2025_12.json"]
)
def test_an_answer_has_the_fields_of_the_recorded_one(outside: Outside, name: str) -> None:
    recorded: Any = fixture("openrouter", name)
    answer = outside.model(asked()).json()

    assert answer.keys() == recorded.keys() - {"system_fingerprint"}
    (choice,), (known,) = answer["choices"], recorded["choices"]
    assert choice.keys() == known.keys()
    assert choice["message"].keys() == known["message"].keys()
    assert answer["usage"].keys() == recorded["usage"].keys()
    assert answer["usage"]["cost_details"].keys() == recorded["usage"]["cost_details"].keys()
    assert answer["id"].startswith("gen-")
    assert answer["usage"]["cost"] > 0
    assert (answer["model"], answer["provider"]) == (MODEL, "OpenAI")


@pytest.mark.parametrize("name", ["request_basic.json", "request_structured_output.json"])
def test_a_documented_request_is_answered(outside: Outside, name: str) -> None:
    """With and without a schema, by the model that was asked for; it knows one thing to say."""
    request: Any = fixture("openrouter", name)
    answer = outside.model(request).json()
    content = answer["choices"][0]["message"]["content"]

    assert answer["model"] == request["model"]
    assert isinstance(json.loads(content), dict)


def test_reasoning_stands_beside_the_content_and_counts_as_answered(outside: Outside) -> None:
    recorded: Any = fixture("openrouter", "response_reasoning_recorded_2025_12.json")
    plain = outside.model(asked()).json()
    outside.world.openrouter.queue([{"content": DECISION, "reasoning": "A long thought. " * 20}])
    answer = outside.model(asked()).json()

    assert answer["choices"][0]["message"].keys() == recorded["choices"][0]["message"].keys()
    assert answer["usage"]["completion_tokens_details"]["reasoning_tokens"] == 80
    assert plain["usage"]["completion_tokens_details"]["reasoning_tokens"] == 0


def test_only_its_own_key_is_let_in(outside: Outside) -> None:
    assert outside.model(asked(), key="another").status_code == 401
    without = outside.client("https://openrouter.ai", "")
    assert without.post("/api/v1/chat/completions", json=asked()).json() == {
        "error": {"code": 401, "message": "Missing Authentication header"}
    }
    assert outside.world.openrouter.asked() == []


@pytest.mark.parametrize(
    "body",
    [
        asked(model="gpt"),
        asked(messages=[]),
        asked(response_format={"type": "yaml"}),
        asked(response_format={"type": "json_schema", "json_schema": {"name": "has blanks", "schema": {}}}),
        asked(
            response_format={
                "type": "json_schema",
                "json_schema": {
                    "name": "loose",
                    "strict": True,
                    "schema": {"type": "object", "properties": {"a": {"type": "string"}}},
                },
            }
        ),
    ],
)
def test_what_makes_no_sense_is_refused(outside: Outside, body: object) -> None:
    """A strict schema requires each property and allows nothing beyond."""
    answer = outside.model(body)

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == 400


def test_answers_wait_in_order_each_for_the_call_that_fits(outside: Outside) -> None:
    outside.world.openrouter.queue(
        [
            {"content": {**DECISION, "reasoning": "ETH first."}, "match": {"symbol": "ETHUSDT"}},
            {"content": {**DECISION, "reasoning": "Of trader 7."}, "match": {"trader_id": "t-7"}},
            {"content": {**DECISION, "reasoning": "Anybody's."}},
        ]
    )
    said = [
        decision_of(outside, body)["reasoning"]
        for body in (asked(), asked("ETHUSDT"), asked(user="t-7"), asked())
    ]

    assert said == ["Anybody's.", "ETH first.", "Of trader 7.", "As told: NO_TRADE."]
    outside.world.openrouter.queue([{"content": DECISION}])
    outside.world.openrouter.clear()
    assert decision_of(outside, asked())["decision"] == "NO_TRADE"


@pytest.mark.parametrize(
    ("scripted", "content"),
    [
        ({"content": None}, None),
        ({"content": "\n"}, "\n"),
        ({"content": f"```json\n{json.dumps(DECISION)}\n```"}, f"```json\n{json.dumps(DECISION)}\n```"),
        ({"content": {"decision": "BUY"}}, '{"decision": "BUY"}'),
        ({"content": "I would rather not."}, "I would rather not."),
    ],
)
def test_it_says_whatever_it_is_told_to(outside: Outside, scripted: dict[str, Any], content: object) -> None:
    """Empty, fenced, outside the schema, no JSON at all."""
    outside.world.openrouter.queue([scripted])

    assert outside.model(asked()).json()["choices"][0]["message"]["content"] == content


def test_a_long_answer_is_cut_off_at_the_callers_most(outside: Outside) -> None:
    outside.world.openrouter.queue([{"content": {**DECISION, "reasoning": "word " * 200}}])
    (choice,) = outside.model(asked(max_tokens=100)).json()["choices"]

    assert choice["finish_reason"] == "length"
    assert len(choice["message"]["content"]) == 400


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 408, 413, 422, 429, 500, 502, 503, 524, 529])
def test_errors_have_the_documented_bodies(outside: Outside, status: int) -> None:
    documented: Any = fixture("openrouter", "errors_openapi.json")
    known = next(one["body"] for one in documented if one["http_status"] == status)
    outside.world.openrouter.queue([{"status": status}])
    answer = outside.model(asked())

    assert answer.status_code == status
    error = known["error"]
    assert answer.json()["error"] == {"code": error["code"], "message": error["message"]}


def test_a_provider_that_is_full_says_when_to_come_back(outside: Outside) -> None:
    body = fixture("openrouter", "error_429_capacity_exhausted.json")
    outside.world.openrouter.queue([{"status": 429, "content": body, "headers": {"Retry-After": "40"}}])
    answer = outside.model(asked())

    assert (answer.status_code, answer.headers["retry-after"], answer.json()) == (429, "40", body)


def test_an_error_can_come_with_200(outside: Outside) -> None:
    error = fixture("openrouter", "error_429_provider.json")["error"]
    outside.world.openrouter.queue([{"error": error}, {"content": None, "finish_reason": "error"}])

    answer = outside.model(asked())
    assert (answer.status_code, answer.json()) == (200, {"error": error})
    assert outside.model(asked()).json()["choices"][0]["finish_reason"] == "error"


def test_another_model_may_answer_and_usage_may_be_missing(outside: Outside) -> None:
    outside.world.openrouter.queue(
        [
            {"content": DECISION, "model": "mistralai/mistral-7b-instruct", "usage": None},
            {"content": DECISION, "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}},
        ]
    )
    first, second = outside.model(asked()).json(), outside.model(asked()).json()

    assert first["model"] == "mistralai/mistral-7b-instruct"
    assert "usage" not in first
    assert second["usage"]["total_tokens"] == 3


def test_a_stream_has_comments_chunks_a_last_one_with_usage_and_an_end(outside: Outside) -> None:
    recorded = fixture("openrouter", "stream_sse_derived.json")["lines"]
    outside.world.openrouter.queue([{"content": DECISION}])
    answer = outside.model(asked(stream=True))
    lines = answer.text.split("\n")

    assert answer.headers["content-type"] == "text/event-stream"
    assert isinstance(recorded, list)
    assert lines[:4] == recorded[:4]
    chunks = [json.loads(line[6:]) for line in lines if line.startswith("data: {")]
    assert chunks[0].keys() == json.loads(recorded[4][6:]).keys()
    assert "".join(chunk["choices"][0]["delta"]["content"] for chunk in chunks[:-1]) == json.dumps(DECISION)
    assert (chunks[-1]["choices"], lines[-3]) == ([], "data: [DONE]")
    assert chunks[-1]["usage"]["total_tokens"] > 0


def test_an_error_in_the_middle_of_a_stream_ends_it(outside: Outside) -> None:
    recorded = fixture("openrouter", "stream_midstream_error_chunk.json")
    outside.world.openrouter.queue([{"content": DECISION, "error": recorded["error"]}])
    answer = outside.model(asked(stream=True))
    last = [line for line in answer.text.split("\n") if line.startswith("data: ")][-1]

    assert answer.status_code == 200
    chunk = json.loads(last[6:])
    assert chunk.keys() == recorded.keys()
    assert (chunk["error"], chunk["choices"][0]["finish_reason"]) == (recorded["error"], "error")


def test_slowness_is_real_whatever_the_clocks_speed(outside: Outside) -> None:
    """C-13: `seconds` is real time, since deadlines are."""
    outside.world.openrouter.queue([{"content": DECISION, "seconds": 12}])
    outside.model(asked())
    outside.model(asked())

    assert (outside.real_waits, outside.waits) == ([12], [])


def test_one_word_is_said_where_it_fits(outside: Outside) -> None:
    """A word for positions says nothing of a symbol that is not held, and the reverse."""
    held = told(position={"side": "LONG", "quantity": 0.5}, price=100.0)
    free = told(position=None, price=100.0)
    said = {}
    for word in ("NO_TRADE", "WATCH", "LONG", "SHORT", "HOLD", "CLOSE", "PARTIAL_TP", "MODIFY"):
        outside.world.openrouter.set_default({"decision": word})
        said[word] = [decision_of(outside, body)["decision"] for body in (free, held)]

    assert said["LONG"] == ["LONG", "HOLD"]
    assert said["CLOSE"] == ["NO_TRADE", "CLOSE"]
    assert said["MODIFY"] == ["NO_TRADE", "MODIFY"]
    outside.world.openrouter.set_default({"decision": "LONG"})
    long = decision_of(outside, free)
    assert (long["stop_loss"], [one["price"] for one in long["take_profits"]]) == (98.5, [101.5, 103.0])
    outside.world.openrouter.set_default({"decision": DECISION})
    assert decision_of(outside, free) == DECISION


def test_the_demo_follows_a_rise_and_leaves_with_a_profit(outside: Outside) -> None:
    """`--demo`: a small rule on the context."""
    outside.world.openrouter.set_default({"rule": "demo"})
    rising, falling = [100.0 + step for step in range(12)], [100.0 - step for step in range(12)]
    position = {"side": "LONG", "quantity": "0.5", "stop": 98}

    def said(**facts: object) -> str:
        return str(decision_of(outside, told(**facts))["decision"])

    assert said(price=111.0, closes=rising, position=None) == "LONG"
    assert said(candles={"5m": [[0, 1, 1, 1, one, 1] for one in rising]}, position=None) == "LONG"
    assert said(price=89.0, closes=falling, position=None) == "NO_TRADE"
    assert said(position=None) == "NO_TRADE"
    assert said(price=100.2, position={**position, "pnl_pct": 0.2}) == "HOLD"
    assert said(price=101.5, position={**position, "pnl_pct": 1.5}) == "MODIFY"
    assert said(price=104.0, position={**position, "pnl_pct": 4}) == "CLOSE"


def test_what_was_asked_is_told(outside: Outside) -> None:
    outside.world.openrouter.queue([{"status": 502}])
    outside.model(asked())
    outside.model(asked("ETHUSDT"))
    first, second = outside.world.openrouter.asked()

    assert set(second) == {"at", "model", "messages", "response_format", "max_tokens", "usage", "answer"}
    assert (first["answer"], second["model"], second["max_tokens"]) == (None, MODEL, 1000)
    assert second["messages"] == asked("ETHUSDT")["messages"]
    assert second["at"] == outside.clock()


@pytest.mark.parametrize(
    "answers",
    [
        [],
        "text",
        [{}],
        [{"contents": 1}],
        [{"content": 1}],
        [{"content": DECISION, "seconds": -1}],
        [{"content": DECISION, "status": 99}],
        [{"content": DECISION, "match": {"user": "x"}}],
        [{"content": DECISION, "usage": []}],
    ],
)
def test_answers_that_make_no_sense_are_not_queued(outside: Outside, answers: object) -> None:
    with pytest.raises(BadAnswer):
        outside.world.openrouter.queue(answers)
    for wish in ({"decision": "BUY"}, {"rule": "other"}, {}):
        with pytest.raises(BadAnswer):
            outside.world.openrouter.set_default(wish)
    assert decision_of(outside, asked())["decision"] == "NO_TRADE"

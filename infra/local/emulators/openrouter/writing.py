"""Completions as they go over the wire: whole, or chunk by chunk in a stream."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any, Final

from infra.local.emulators.openrouter.answers import Scripted
from infra.local.emulators.openrouter.asked import CHARS_A_TOKEN, Asked
from infra.local.emulators.serving.exchange import EmulatorResponse

#: Dollars per million tokens of prompts and of answers; what is not listed costs as the first.
PRICES: Final[Mapping[str, tuple[float, float]]] = {
    "openai/gpt-4o-mini": (0.15, 0.60),
    "openai/gpt-4o": (2.50, 10.00),
    "anthropic/claude-sonnet-4.5": (3.00, 15.00),
    "anthropic/claude-haiku-4.5": (1.00, 5.00),
}
_PROVIDERS: Final = {"openai": "OpenAI", "anthropic": "Anthropic", "google": "Google", "mistralai": "Mistral"}
_CHUNKS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """One answer of a model: its text, why it ended, and what it took."""

    number: int
    at: datetime
    model: str
    text: str | None
    finish_reason: str
    reasoning: str | None
    usage: Mapping[str, Any] | None

    def _head(self, kind: str) -> dict[str, object]:
        created = int(self.at.timestamp())
        author = self.model.partition("/")[0]
        return {
            "id": f"gen-{created}-{self.number:020d}",
            "provider": _PROVIDERS.get(author, author.title()),
            "model": self.model,
            "object": kind,
            "created": created,
        }

    def body(self) -> dict[str, object]:
        """Return the whole answer."""
        message: dict[str, object] = {
            "role": "assistant",
            "content": self.text,
            "refusal": None,
            "reasoning": self.reasoning,
        }
        if self.reasoning is not None:
            part = {"format": None, "index": 0, "type": "reasoning.text", "text": self.reasoning}
            message["reasoning_details"] = [part]
        choice = {
            "logprobs": None,
            "finish_reason": self.finish_reason,
            "native_finish_reason": self.finish_reason,
            "index": 0,
            "message": message,
        }
        usage = {} if self.usage is None else {"usage": self.usage}
        return {**self._head("chat.completion"), "choices": [choice], **usage}

    def stream(self, error: Mapping[str, Any] | None) -> EmulatorResponse:
        """Return the answer as server-sent events; an error comes in the middle and ends them."""
        head, text = self._head("chat.completion.chunk"), self.text or ""
        size = max(1, ceil(len(text) / _CHUNKS))
        parts = [text[begin : begin + size] for begin in range(0, len(text), size)] or [""]
        chunks: list[dict[str, object]] = [
            {**head, "choices": [_delta(part, self.finish_reason if part is parts[-1] else None)]}
            for part in parts
        ]
        if error is not None:
            chunks = [*chunks[: len(chunks) // 2], {**head, "error": error, "choices": [_delta("", "error")]}]
        elif self.usage is not None:
            chunks.append({**head, "choices": [], "usage": self.usage})
        lines = [": OPENROUTER PROCESSING", "", ": OPENROUTER PROCESSING", ""]
        for chunk in chunks:
            lines += [f"data: {json.dumps(chunk, separators=(',', ':'))}", ""]
        if error is None:
            lines += ["data: [DONE]", ""]
        return EmulatorResponse(
            status=200,
            headers={"Content-Type": "text/event-stream"},
            body=("\n".join(lines) + "\n").encode(),
        )


def _delta(text: str, finish_reason: str | None) -> dict[str, object]:
    delta = {"role": "assistant", "content": text}
    return {"index": 0, "delta": delta, "finish_reason": finish_reason}


def complete(number: int, at: datetime, asked: Asked, said: Scripted) -> Completion:
    """Make an answer of what is to be said; one that is too long is cut off at the caller's most."""
    text = said.content if said.content is None or isinstance(said.content, str) else json.dumps(said.content)
    finish_reason = said.finish_reason or "stop"
    if text is not None and asked.max_tokens is not None and _tokens(text) > asked.max_tokens:
        text, finish_reason = text[: asked.max_tokens * CHARS_A_TOKEN], said.finish_reason or "length"
    usage = _usage(asked, text, said.reasoning) if said.usage is None else said.usage
    return Completion(
        number=number,
        at=at,
        model=said.model or asked.model,
        text=text,
        finish_reason=finish_reason,
        reasoning=said.reasoning,
        usage=usage if said.has_usage else None,
    )


def _tokens(text: str | None) -> int:
    return ceil(len(text or "") / CHARS_A_TOKEN)


def _usage(asked: Asked, text: str | None, reasoning: str | None) -> dict[str, object]:
    """Count tokens and dollars; reasoning counts as answered."""
    prompt, thought = asked.prompt_tokens, _tokens(reasoning)
    answered = _tokens(text) + thought
    named = next((name for name in sorted(PRICES, reverse=True) if asked.model.startswith(name)), None)
    prompt_price, answer_price = PRICES[named or "openai/gpt-4o-mini"]
    of_prompt, of_answer = prompt * prompt_price / 1e6, answered * answer_price / 1e6
    return {
        "prompt_tokens": prompt,
        "completion_tokens": answered,
        "total_tokens": prompt + answered,
        "cost": round(of_prompt + of_answer, 10),
        "is_byok": False,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0, "video_tokens": 0},
        "cost_details": {
            "upstream_inference_cost": None,
            "upstream_inference_prompt_cost": round(of_prompt, 10),
            "upstream_inference_completions_cost": round(of_answer, 10),
        },
        "completion_tokens_details": {"reasoning_tokens": thought, "image_tokens": 0},
    }

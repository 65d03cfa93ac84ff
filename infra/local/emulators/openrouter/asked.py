"""What a call to chat completions says, and what of it the emulator can make sense of."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from re import findall, fullmatch, search
from typing import Any, Final

from infra.local.emulators.openrouter.problems import OpenRouterRefusal

#: Roughly what tokenizers make of English and of numbers.
CHARS_A_TOKEN: Final = 4
_TOKENS_A_MESSAGE: Final = 4
_SLUG: Final = r"~?[a-z0-9][\w.-]*/[\w.:-]+"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One call; `user` is whom it is made for, as the caller names them."""

    model: str
    messages: Sequence[Mapping[str, Any]]
    response_format: object
    max_tokens: int | None
    is_stream: bool
    user: str | None

    @property
    def prompt_tokens(self) -> int:
        """Return about how many tokens the messages are."""
        said = sum(ceil(len(_text_of(one)) / CHARS_A_TOKEN) for one in self.messages)
        return said + _TOKENS_A_MESSAGE * len(self.messages)

    @property
    def text(self) -> str:
        """Return all that is said, for whoever looks for a word in it."""
        return "\n".join(_text_of(one) for one in self.messages)

    def told(self) -> Iterator[Mapping[str, Any]]:
        """Yield the JSON objects that the caller's messages hold, each message's first one."""
        for message in self.messages:
            text = _text_of(message)
            begin = text.find("{")
            if message.get("role") == "user" and begin >= 0:
                try:
                    found, _ = json.JSONDecoder().raw_decode(text[begin:])
                except ValueError:
                    continue
                yield found

    def symbol(self) -> str | None:
        """Return the pair that is asked about: the first that is named as one."""
        named = search(r'"symbol"\s*:\s*"([A-Z0-9]+)"', self.text)
        return None if named is None else named[1]

    def is_about(self, symbol: str) -> bool:
        """Say whether a pair is what is asked about; where none is named as such, whether it is mentioned."""
        named = self.symbol()
        return symbol in findall(r"[A-Z0-9]+", self.text) if named is None else named == symbol

    def is_for(self, trader_id: str) -> bool:
        """Say whether a trader asks."""
        return self.user == trader_id or trader_id in self.text


def read_asked(body: bytes) -> Asked:
    """Read a call. Raises OpenRouterRefusal."""
    try:
        said = json.loads(body)
    except ValueError as error:
        raise OpenRouterRefusal(400, "Invalid JSON in request body") from error
    if not isinstance(said, dict):
        raise OpenRouterRefusal(400)
    messages, model, most = said.get("messages"), said.get("model"), said.get("max_tokens")
    if not isinstance(messages, list) or not messages or not all(_is_message(one) for one in messages):
        raise OpenRouterRefusal(400, "messages: Required")
    if not isinstance(model, str) or fullmatch(_SLUG, model) is None:
        raise OpenRouterRefusal(400, f"{model} is not a valid model ID")
    if most is not None and (not isinstance(most, int) or most < 1):
        raise OpenRouterRefusal(400)
    user = said.get("user")
    return Asked(
        model=model,
        messages=messages,
        response_format=_known_form(said.get("response_format")),
        max_tokens=most,
        is_stream=said.get("stream") is True,
        user=user if isinstance(user, str) else None,
    )


def _known_form(form: object) -> object:
    """Refuse a schema that no strict mode takes: each property required, nothing beyond them."""
    if form is None:
        return None
    kind = form.get("type") if isinstance(form, dict) else None
    if kind not in {"text", "json_object", "json_schema"}:
        raise OpenRouterRefusal(400, "response_format: Invalid input")
    if kind == "json_schema" and isinstance(form, dict):
        named = form.get("json_schema")
        named = named if isinstance(named, dict) else {}
        schema = named.get("schema")
        if not isinstance(schema, dict) or not fullmatch(r"[\w-]{1,64}", str(named.get("name"))):
            raise OpenRouterRefusal(400, "response_format.json_schema: Invalid input")
        if named.get("strict") is True and not _is_strict(schema):
            raise OpenRouterRefusal(400, "Invalid schema for response_format: every property is required")
    return form


def _is_strict(schema: Mapping[str, Any]) -> bool:
    if "properties" in schema:
        required, properties = schema.get("required"), schema["properties"]
        if schema.get("additionalProperties") is not False or set(required or ()) != set(properties):
            return False
        return all(_is_strict(one) for one in properties.values())
    return _is_strict(schema["items"]) if isinstance(schema.get("items"), dict) else True


def _is_message(value: object) -> bool:
    return isinstance(value, dict) and isinstance(value.get("role"), str)


def _text_of(message: Mapping[str, Any]) -> str:
    """Return what a message says, whether as a text or in parts."""
    content = message.get("content")
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""

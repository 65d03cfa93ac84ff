"""Which endpoint an operator chose, by what key, and what it can be told."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Final

from chalicelib.models.interface import Prices

OPENROUTER_URL: Final = "https://openrouter.ai/api/v1"
#: A dated name: what it stands for does not move (C-02).
USUAL_MODEL: Final = "openai/gpt-4o-mini-2024-07-18"
#: Dollars per million tokens of prompts and of answers: above what small models with schemas cost.
USUAL_PRICES: Final = Prices(prompt=Decimal(1), answer=Decimal(5))


class AnswerForm(StrEnum):
    """How an endpoint is asked for JSON; not every one knows schemas (wire/openrouter.md, 7)."""

    JSON_SCHEMA = "json_schema"
    JSON_OBJECT = "json_object"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelEnvironment:
    """An endpoint (`…/v1`), the key that belongs to it, and what it can be told.

    `takes_provider_options` is for OpenRouter and its like, which choose a provider for each call. Some
    models take no `temperature`: None.
    """

    base_url: str
    key: str = field(repr=False)
    prices: Prices
    answer_form: AnswerForm
    takes_provider_options: bool
    temperature: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSettings:
    """What is configured; without a key no model is asked."""

    base_url: str = OPENROUTER_URL
    key: str | None = field(default=None, repr=False)
    usual_model: str = USUAL_MODEL
    prices: Prices = USUAL_PRICES
    answer_form: AnswerForm = AnswerForm.JSON_SCHEMA
    takes_provider_options: bool = True
    temperature: Decimal | None = Decimal(0)

    @classmethod
    def read(cls, optional: Callable[[str], str | None]) -> "ModelSettings":
        """Read the settings `MODEL_…`; raises ValueError for what is not of their kind."""
        prices = optional("MODEL_PRICES")
        return cls(
            base_url=optional("MODEL_URL") or OPENROUTER_URL,
            key=optional("MODEL_KEY"),
            usual_model=optional("MODEL_NAME") or USUAL_MODEL,
            prices=USUAL_PRICES if prices is None else _prices(prices),
            answer_form=AnswerForm(optional("MODEL_ANSWER_FORM") or AnswerForm.JSON_SCHEMA),
            takes_provider_options=optional("MODEL_PROVIDER_OPTIONS") != "false",
            temperature=_temperature(optional("MODEL_TEMPERATURE") or "0"),
        )

    def environment(self) -> ModelEnvironment | None:
        """Return the endpoint, None without a key."""
        if self.key is None:
            return None
        return ModelEnvironment(
            base_url=self.base_url,
            key=self.key,
            prices=self.prices,
            answer_form=self.answer_form,
            takes_provider_options=self.takes_provider_options,
            temperature=self.temperature,
        )


def _prices(text: str) -> Prices:
    """Read `1,5`: dollars per million tokens of prompts and of answers."""
    prompt, _, answer = text.partition(",")
    return Prices(prompt=_amount("MODEL_PRICES", prompt), answer=_amount("MODEL_PRICES", answer))


def _temperature(text: str) -> Decimal | None:
    """Read a temperature; `none` is not sent."""
    return None if text == "none" else _amount("MODEL_TEMPERATURE", text)


def _amount(name: str, text: str) -> Decimal:
    try:
        read = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"{name} has {text!r}, which is no number") from error
    if not read.is_finite() or read < 0:
        raise ValueError(f"{name} has {text!r}, which is not 0 or more")
    return read

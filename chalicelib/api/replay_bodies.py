"""The body of a replay: over which time, with which answers, and what is tried on them (C-09)."""

from decimal import Decimal
from typing import Annotated, Final, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from chalicelib.api.fields import Percentage, RequestModel, Share, Whole
from chalicelib.api.queries import UtcFrom, UtcTo
from chalicelib.api.reading import ID_PATTERN, parse_id
from chalicelib.domain.ai.replays.request import AnswerSource, ReplayRequest, read_variant


def _at_most_one(value: Decimal) -> Decimal:
    if value > 1:
        raise ValueError("must be at most 1")
    return value


def _above_zero(value: Decimal) -> Decimal:
    if value == 0:
        raise ValueError("must be above 0")
    return value


def _tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _id(value: object) -> UUID:
    found = parse_id(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("must be an id")
    return found


VARIANTS_MAX: Final = 10
IdText = Annotated[
    UUID, BeforeValidator(_id), WithJsonSchema({"type": "string", "format": "uuid", "pattern": ID_PATTERN})
]
PositivePercentage = Annotated[Percentage, AfterValidator(_above_zero)]


class VariedTargetBody(RequestModel):
    """A target so many per cent from the entry, over a share of the position."""

    distance_pct: PositivePercentage
    share: Share


class VariantBody(RequestModel):
    """What a replay tries: what is named differs from the trader, null switches off."""

    name: Annotated[str, Field(min_length=1, max_length=40)]
    min_confidence: Annotated[Percentage, AfterValidator(_at_most_one)] | None = None
    breakeven_at_pct: PositivePercentage | None = None
    trailing_pct: PositivePercentage | None = None
    max_holding_minutes: Annotated[int, Field(ge=1, le=525_600), Whole] | None = None
    stop_distance_pct: PositivePercentage | None = None
    targets: Annotated[list[VariedTargetBody], Field(max_length=5)] | None = None

    @model_validator(mode="after")
    def _shares(self) -> Self:
        if sum((one.share for one in self.targets or ()), Decimal(0)) > 1:
            raise ValueError("targets: shares are more than all")
        return self


class ReplayBody(RequestModel):
    """Replay a trader over past candles; `answers` as they are stored, or asked for anew."""

    trader_id: IdText
    from_: Annotated[UtcFrom, Field(alias="from")]
    to: UtcTo
    answers: Literal["stored", "fresh"] = "stored"
    variants: Annotated[tuple[VariantBody, ...], BeforeValidator(_tuple), Field(max_length=VARIANTS_MAX)] = ()

    @model_validator(mode="after")
    def _names(self) -> Self:
        if len({one.name for one in self.variants}) < len(self.variants):
            raise ValueError("variants: each needs a name of its own")
        return self

    def request(self) -> ReplayRequest:
        """Return what is asked for."""
        variants = [one.model_dump(exclude_unset=True) for one in self.variants]
        return ReplayRequest(
            from_at=self.from_,
            to_at=self.to,
            answers=AnswerSource(self.answers),
            variants=tuple(read_variant(one) for one in variants),
        )

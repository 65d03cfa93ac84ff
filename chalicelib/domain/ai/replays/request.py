"""What a replay is asked with, as JSON and back (C-09)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from chalicelib.domain.ai.replays.answers import Variant, VariedTarget
from chalicelib.domain.instants import rfc3339
from chalicelib.domain.json_value import JsonValue

#: What a variant may name, besides its targets.
_FIGURES: Final = (
    *("min_confidence", "breakeven_at_pct", "trailing_pct", "max_holding_minutes"),
    "stop_distance_pct",
)


class AnswerSource(StrEnum):
    """Answers as they are stored, or asked for anew in the situations that were told then."""

    STORED = "stored"
    FRESH = "fresh"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayRequest:
    """Over which time, with which answers, and what is tried on them."""

    from_at: datetime
    to_at: datetime
    answers: AnswerSource
    variants: tuple[Variant, ...]

    def as_json(self) -> dict[str, JsonValue]:
        """Return the form that is stored and shown; exact numbers as numbers."""
        return {
            "from": rfc3339(self.from_at),
            "to": rfc3339(self.to_at),
            "answers": self.answers.value,
            "variants": [_written(one) for one in self.variants],
        }


def read_request(value: Mapping[str, Any]) -> ReplayRequest:  # Any: JSON
    """Read what `as_json` wrote."""
    return ReplayRequest(
        from_at=datetime.fromisoformat(value["from"]),
        to_at=datetime.fromisoformat(value["to"]),
        answers=AnswerSource(value["answers"]),
        variants=tuple(read_variant(one) for one in value["variants"]),
    )


def read_variant(value: Mapping[str, Any]) -> Variant:  # Any: JSON
    """Read a variant: what stands in it is named, a null too, which switches off."""
    named = frozenset(value) - {"name"}
    figures: dict[str, Any] = {name: _number(value.get(name)) for name in _FIGURES}
    longest = value.get("max_holding_minutes")
    return Variant(
        name=value["name"],
        named=named,
        **{**figures, "max_holding_minutes": None if longest is None else int(longest)},
        targets=tuple(
            VariedTarget(distance_pct=Decimal(str(one["distance_pct"])), share=Decimal(str(one["share"])))
            for one in value.get("targets") or ()
        ),
    )


def _written(one: Variant) -> dict[str, JsonValue]:
    figures = {name: getattr(one, name) for name in _FIGURES if name in one.named}
    shown: dict[str, JsonValue] = {
        name: float(value) if isinstance(value, Decimal) else value for name, value in figures.items()
    }
    if "targets" in one.named:
        shown["targets"] = [
            {"distance_pct": float(target.distance_pct), "share": float(target.share)}
            for target in one.targets
        ]
    return {"name": one.name, **shown}


def _number(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))

"""What a model asked to be changed, as it is kept beside the change: judged anew before it counts (C-04)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from chalicelib.domain.ai.decisions.decision import ChangeKind, Modification, TakeProfit
from chalicelib.domain.json_value import JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedChanges:
    """An answer's changes and the confidence that they are compared by."""

    confidence: Decimal
    changes: tuple[Modification, ...]

    @property
    def kind(self) -> str:
        """Return in one word what it does: the one kind, or of stop and targets together MOVE_BOTH."""
        kinds = {one.kind for one in self.changes}
        if len(kinds) == 1:
            return min(kinds).value
        of_stop = {ChangeKind.MOVE_SL, ChangeKind.TRAIL_SL}
        if kinds <= of_stop:
            return ChangeKind.TRAIL_SL.value
        return "MOVE_BOTH" if kinds & of_stop else ChangeKind.MODIFY_TP.value

    @property
    def reason(self) -> str:
        """Return the model's words for all of them."""
        return "; ".join(dict.fromkeys(one.reason for one in self.changes))

    def as_json(self) -> dict[str, JsonValue]:
        """Return the form that is stored; exact numbers as texts."""
        return {
            "confidence": str(self.confidence),
            "modifications": [_written(one) for one in self.changes],
        }


def asked_from(value: Mapping[str, Any]) -> AskedChanges:  # Any: JSON
    """Read what `as_json` wrote."""
    return AskedChanges(
        confidence=Decimal(value["confidence"]),
        changes=tuple(_read(one) for one in value["modifications"]),
    )


def _written(one: Modification) -> dict[str, JsonValue]:
    return {
        "kind": one.kind.value,
        "reason": one.reason,
        "new_stop": None if one.new_stop is None else str(one.new_stop),
        "distance_pct": None if one.distance_pct is None else str(one.distance_pct),
        "target_id": one.target_id,
        "new_targets": _pairs(one.new_targets),
    }


def _pairs(targets: Iterable[TakeProfit]) -> list[JsonValue]:
    return [{"price": str(one.price), "share": str(one.share)} for one in targets]


def _read(value: Mapping[str, Any]) -> Modification:  # Any: JSON
    return Modification(
        kind=ChangeKind(value["kind"]),
        reason=value["reason"],
        new_stop=_number(value["new_stop"]),
        distance_pct=_number(value["distance_pct"]),
        target_id=value["target_id"],
        new_targets=_targets(value["new_targets"]),
    )


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _targets(value: Sequence[Mapping[str, str]]) -> tuple[TakeProfit, ...]:
    return tuple(TakeProfit(price=Decimal(one["price"]), share=Decimal(one["share"])) for one in value)

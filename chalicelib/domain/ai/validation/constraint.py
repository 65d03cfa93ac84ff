"""One rule's word on a model's numbers, and all of them together (C-03)."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from chalicelib.domain.json_value import JsonValue


class ConstraintName(StrEnum):
    """In the order in which they are shown."""

    TIER = "TIER"
    KILL_SWITCH = "KILL_SWITCH"
    EXCHANGE = "EXCHANGE"
    LIVE_SHORT = "LIVE_SHORT"
    POSITION = "POSITION"
    MIN_CONFIDENCE = "MIN_CONFIDENCE"
    PRICE_AGE = "PRICE_AGE"
    ENTRY_PRICE = "ENTRY_PRICE"
    STOP_REQUIRED = "STOP_REQUIRED"
    STOP_SIDE = "STOP_SIDE"
    MIN_SL_DISTANCE = "MIN_SL_DISTANCE"
    MAX_RISK_PER_TRADE = "MAX_RISK_PER_TRADE"
    MAX_POSITION_SIZE = "MAX_POSITION_SIZE"
    CORRELATED_EXPOSURE = "CORRELATED_EXPOSURE"
    BALANCE = "BALANCE"
    TP_BEYOND_FEES = "TP_BEYOND_FEES"
    TP_DISTANCE = "TP_DISTANCE"
    TICK = "TICK"
    LOT = "LOT"
    NOTIONAL = "NOTIONAL"
    QUANTITY_HELD = "QUANTITY_HELD"
    MAX_POSITIONS_TRADER = "MAX_POSITIONS_TRADER"
    MAX_POSITIONS_ACCOUNT = "MAX_POSITIONS_ACCOUNT"
    DAILY_DRAWDOWN = "DAILY_DRAWDOWN"
    TOTAL_DRAWDOWN = "TOTAL_DRAWDOWN"
    LIVE_CAP = "LIVE_CAP"
    DYNAMIC_SL = "DYNAMIC_SL"
    DYNAMIC_TP = "DYNAMIC_TP"
    STOP_ONLY_TIGHTER = "STOP_ONLY_TIGHTER"
    BREAKEVEN_LOCK = "BREAKEVEN_LOCK"
    TP_ONLY_EXTENDED = "TP_ONLY_EXTENDED"
    CHANGE_INTERVAL = "CHANGE_INTERVAL"


class FailsAs(StrEnum):
    """What a rule that does not hold means."""

    ERROR = "error"
    SIZE = "size"
    """An error that a smaller size mends: that size is offered."""
    WARNING = "warning"
    QUEUED = "queued"
    CONFIDENCE = "confidence"


Value = Decimal | int | bool | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """A rule with its figures, each in the rule's own unit; what cannot be computed is not satisfied."""

    name: ConstraintName
    satisfied: bool
    current_value: Value
    required_value: Value
    message: str
    fails_as: FailsAs = FailsAs.ERROR

    def as_json(self) -> dict[str, JsonValue]:
        """Return the form that is stored and shown."""
        return {
            "name": self.name.value,
            "satisfied": self.satisfied,
            "current_value": _told(self.current_value),
            "required_value": _told(self.required_value),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """All rules' words; `offered_quantity` is the largest size where the asked one is beyond it."""

    constraints: tuple[Constraint, ...]
    warnings: tuple[str, ...] = ()
    offered_quantity: Decimal | None = None

    def failed(self, *kinds: FailsAs) -> tuple[Constraint, ...]:
        """Return the rules that do not hold and mean one of these."""
        return tuple(one for one in self.constraints if not one.satisfied and one.fails_as in kinds)

    @property
    def is_valid(self) -> bool:
        """Say whether it may be carried out as it is: only warnings may stand."""
        return not any(not one.satisfied and one.fails_as is not FailsAs.WARNING for one in self.constraints)

    @property
    def errors(self) -> tuple[str, ...]:
        """Return in words what stands against it."""
        return tuple(
            f"{one.name.value}: {one.message}"
            for one in self.constraints
            if not one.satisfied and one.fails_as is not FailsAs.WARNING
        )

    def as_json(self) -> dict[str, JsonValue]:
        """Return the form that is stored and shown."""
        beside = tuple(f"{one.name.value}: {one.message}" for one in self.failed(FailsAs.WARNING))
        told: dict[str, JsonValue] = {
            "is_valid": self.is_valid,
            "errors": [*self.errors],
            "warnings": [*self.warnings, *beside],
            "constraints": [one.as_json() for one in self.constraints],
        }
        return (
            told
            if self.offered_quantity is None
            else {**told, "offered_quantity": float(self.offered_quantity)}
        )


def _told(value: Value) -> JsonValue:
    return float(value) if isinstance(value, Decimal) else value


def collected(found: Iterable[Constraint | None]) -> tuple[Constraint, ...]:
    """Return the words of the rules that apply, in their order."""
    order = {name: number for number, name in enumerate(ConstraintName)}
    return tuple(sorted((one for one in found if one is not None), key=lambda one: order[one.name]))

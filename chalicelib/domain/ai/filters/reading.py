"""From a body to a filter and back: what is unknown or out of range is named by field (C-01, C-13)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from chalicelib.domain.ai.filters.rules import Comparison, Filter, Indicator, IndicatorKind, Operand, Rule
from chalicelib.domain.ai.traders.timeframes import Timeframe
from chalicelib.domain.body_reader import BodyReader, limits
from chalicelib.domain.json_value import JsonValue

#: Within what the parameters of indicators must lie.
PERIOD: Final = limits(2, 400)
DEVIATIONS: Final = limits(0, 10, above=True)
NUMBER_MAX: Final = Decimal("1e12")
LINES: Final[Mapping[IndicatorKind, tuple[str, ...]]] = {
    IndicatorKind.PRICE: ("close", "open", "high", "low"),
    IndicatorKind.MACD: ("macd", "signal", "histogram"),
    IndicatorKind.BOLLINGER: ("middle", "upper", "lower"),
}
_WITH_PERIOD: Final[Mapping[IndicatorKind, int]] = {
    IndicatorKind.EMA: 20,
    IndicatorKind.SMA: 50,
    IndicatorKind.RSI: 14,
    IndicatorKind.ATR: 14,
    IndicatorKind.ADX: 14,
    IndicatorKind.BOLLINGER: 20,
}
_MACD: Final = {"fast": 12, "slow": 26, "signal": 9}
_BANDS_WIDTH: Final = Decimal(2)


def read_filter(reader: BodyReader, name: str) -> Filter | None:
    """Read a field that holds a filter; None for null, and for a faulty one, whose faults are noted."""
    value = reader.take(name)
    if value is None:
        return None
    inside = reader.inside(name, value)
    required, optional = (_rules(inside, part) for part in ("required", "optional"))
    if len(required) + len(optional) > Filter.RULES_MAX:
        inside.fault("", f"may have at most {Filter.RULES_MAX} rules")
    inside.end()
    return Filter(required=required, optional=optional)


def filter_body(one: Filter | None) -> JsonValue:
    """Return the body that describes a filter."""
    if one is None:
        return None
    return {
        "required": [_rule_body(rule) for rule in one.required],
        "optional": [_rule_body(rule) for rule in one.optional],
    }


def _rules(reader: BodyReader, name: str) -> tuple[Rule, ...]:
    value = reader.take(name)
    if value is None:
        return ()
    if not isinstance(value, list):
        reader.fault(name, "must be a list")
        return ()
    found = [_rule(reader.inside(f"{name}[{number}]", one)) for number, one in enumerate(value)]
    return tuple(rule for rule in found if rule is not None)


def _rule(reader: BodyReader) -> Rule | None:
    op = reader.word("op", Comparison, required=True)
    left, right = (_operand(reader, side) for side in ("left", "right"))
    reader.end()
    if op is None or left is None or right is None:
        return None
    if not isinstance(left, Indicator) and not isinstance(right, Indicator):
        reader.fault("", "must compare at least one indicator")
        return None
    return Rule(left=left, op=op, right=right)


def _operand(reader: BodyReader, name: str) -> Operand | None:
    value = reader.take(name, required=True)
    if isinstance(value, Mapping):
        return _indicator(reader.inside(name, value))
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        reader.fault(name, "must be a number or an indicator")
        return None
    number = Decimal(str(value))
    if not number.is_finite() or abs(number) > NUMBER_MAX:
        reader.fault(name, f"must be a number up to {NUMBER_MAX:g}")
        return None
    return number


def _indicator(reader: BodyReader) -> Indicator | None:
    kind = reader.word("indicator", IndicatorKind, required=True)
    timeframe = reader.word("timeframe", Timeframe)
    params = reader.block("params")
    reader.end()
    if kind is None:
        return None
    period = fast = slow = signal = 0
    width = Decimal(0)
    if kind in _WITH_PERIOD:
        period = params.whole("period", PERIOD) or _WITH_PERIOD[kind]
    if kind is IndicatorKind.MACD:
        fast, slow, signal = (params.whole(one, PERIOD) or usual for one, usual in _MACD.items())
        if fast >= slow:
            params.fault("fast", "must be below slow")
    if kind is IndicatorKind.BOLLINGER:
        width = params.number("deviations", DEVIATIONS) or _BANDS_WIDTH
    output = _output(params, kind)
    params.end()
    return Indicator(
        kind=kind,
        period=period,
        fast=fast,
        slow=slow,
        signal=signal,
        deviations=width,
        output=output,
        timeframe=timeframe,
    )


def _output(params: BodyReader, kind: IndicatorKind) -> str:
    lines = LINES.get(kind)
    if lines is None:
        return ""
    name = _output_name(kind)
    found = params.take(name)
    if found is None:
        return lines[0]
    if isinstance(found, str) and found in lines:
        return found
    params.fault(name, f"must be one of {', '.join(lines)}")
    return lines[0]


def _output_name(kind: IndicatorKind) -> str:
    return "field" if kind is IndicatorKind.PRICE else "output"


def _rule_body(rule: Rule) -> JsonValue:
    return {"left": _operand_body(rule.left), "op": rule.op.value, "right": _operand_body(rule.right)}


def _operand_body(operand: Operand) -> JsonValue:
    if not isinstance(operand, Indicator):
        return float(operand)
    params: dict[str, JsonValue] = {}
    if operand.period:
        params["period"] = operand.period
    if operand.kind is IndicatorKind.MACD:
        params |= {"fast": operand.fast, "slow": operand.slow, "signal": operand.signal}
    if operand.kind is IndicatorKind.BOLLINGER:
        params["deviations"] = float(operand.deviations)
    if operand.output:
        params[_output_name(operand.kind)] = operand.output
    told: dict[str, JsonValue] = {"indicator": operand.kind.value, "params": params}
    if operand.timeframe is not None:
        told["timeframe"] = operand.timeframe.value
    return told

"""What a backtest is asked for (B-12), read field by field, and the sets of parameters of its sweep."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import product
from typing import Final
from uuid import UUID

from chalicelib.domain.backtest.sources import Source
from chalicelib.domain.body_reader import BodyReader, FieldFault, limits
from chalicelib.domain.desk.strategies.reading import body_of, read_strategy
from chalicelib.domain.desk.strategies.strategy import Strategy
from chalicelib.domain.json_value import JsonValue, plain_json

YEARS_MAX: Final = 20
VARIANTS_MAX: Final = 100
SYNTHETIC: Final = "synthetic"
NAME_MAX: Final = 100
CAPITAL: Final = limits(100, 1_000_000_000)
SLIPPAGE: Final = limits(0, 100)
COMMISSION: Final = limits(0, 100)
SEED: Final = limits(0, 2**31 - 1)
_BLOCKS: Final = ("entry_conditions", "exit_conditions", "sizing")


class Filling(StrEnum):
    """The paper broker's fill rules, by its names."""

    TOUCH = "touch"
    MID_TICKS = "mid_ticks"
    MID_PCT = "mid_pct"


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestRequest:
    """One backtest: dollars and per cents as asked. `file` is what a loader reads, `sweep` values by path."""

    strategy: Strategy
    first: date
    last: date
    initial_capital: Decimal = Decimal(100_000)
    slippage_pct: Decimal = Decimal("0.5")
    commission: Decimal = Decimal("0.65")
    source: str = SYNTHETIC
    file: str | None = None
    fill_rule: Filling = Filling.TOUCH
    assume: tuple[Source, ...] = ()
    seed: int = 1
    sweep: tuple[tuple[str, tuple[JsonValue, ...]], ...] = ()

    def as_json(self) -> dict[str, JsonValue]:
        """Write it as `read_request` reads it."""
        return {
            "strategy": plain_json(body_of(self.strategy)),
            "from": self.first.isoformat(),
            "to": self.last.isoformat(),
            "initial_capital": float(self.initial_capital),
            "slippage_pct": float(self.slippage_pct),
            "commission": float(self.commission),
            "source": self.source,
            "file": self.file,
            "fill_rule": self.fill_rule.value,
            "assume": [one.value for one in self.assume],
            "seed": self.seed,
            "sweep": {path: list(values) for path, values in self.sweep} or None,
        }


def read_request(
    body: object, strategy: Strategy | None, sources: Sequence[str], strategy_id: UUID
) -> BacktestRequest | tuple[FieldFault, ...]:
    """Return what a body asks for, or everything that is wrong with it.

    `strategy` is the stored one where the body names it by id, else its own body is read under `strategy_id`;
    `sources` are the names that histories can be had by.
    """
    faults: list[FieldFault] = []
    reader = BodyReader(body, faults)
    given = reader.take("strategy", required=True)
    if strategy is None and given is not None:
        strategy = _strategy(given, strategy_id, faults)
    first, last = (_day(reader, name) for name in ("from", "to"))
    _check_days(reader, first, last)
    request = {
        "initial_capital": reader.number("initial_capital", CAPITAL),
        "slippage_pct": reader.number("slippage_pct", SLIPPAGE),
        "commission": reader.number("commission", COMMISSION),
        "source": _source(reader, sources),
        "file": reader.text("file", NAME_MAX),
        "fill_rule": reader.word("fill_rule", Filling),
        "assume": _assumed(reader),
        "seed": reader.whole("seed", SEED),
    }
    sweep = () if strategy is None else _sweep(reader, strategy)
    reader.end()
    if faults or strategy is None or first is None or last is None:
        return tuple(faults)
    asked = {name: value for name, value in request.items() if value is not None}
    return BacktestRequest(strategy=strategy, first=first, last=last, sweep=sweep, **asked)  # type: ignore[arg-type]  # by field name, each read with its own type


def _strategy(given: object, strategy_id: UUID, faults: list[FieldFault]) -> Strategy | None:
    if not isinstance(given, Mapping):
        faults.append(FieldFault(field="strategy", message="must be an id of yours, or a strategy"))
        return None
    found = read_strategy(given, strategy_id, 1)
    if isinstance(found, Strategy):
        return found
    for fault in found:
        path = f"strategy.{fault.field}" if fault.field else "strategy"
        faults.append(FieldFault(field=path, message=fault.message))
    return None


def _day(reader: BodyReader, name: str) -> date | None:
    given = reader.take(name, required=True)
    if given is None:
        return None
    if isinstance(given, str) and len(given) == len("2025-01-31"):
        try:
            return date.fromisoformat(given)
        except ValueError:
            pass  # told below, as of any other text
    reader.fault(name, "must be a date as YYYY-MM-DD")
    return None


def _check_days(reader: BodyReader, first: date | None, last: date | None) -> None:
    if first is None or last is None:
        return
    if first > last:
        reader.fault("from", "must not be after to")
    elif (last - first).days > YEARS_MAX * 366:
        reader.fault("from", f"may lie {YEARS_MAX} years before to")
    if first.year < 1990:
        reader.fault("from", "must be 1990 or later: VIX begins then")


def _source(reader: BodyReader, sources: Sequence[str]) -> str | None:
    given = reader.text("source", NAME_MAX)
    if given is not None and given not in sources:
        reader.fault("source", f"must be one of {', '.join(sources)}")
        return None
    return given


def _assumed(reader: BodyReader) -> tuple[Source, ...] | None:
    given = reader.take("assume")
    if given is None:
        return None
    known = [source.value for source in Source]
    if not isinstance(given, list) or any(one not in known for one in given):
        reader.fault("assume", f"must be a list of {', '.join(known)}")
        return None
    return tuple(source for source in Source if source.value in given)


def _sweep(reader: BodyReader, strategy: Strategy) -> tuple[tuple[str, tuple[JsonValue, ...]], ...]:
    """Read the values by parameter; each set of them has to be a strategy."""
    given = reader.take("sweep")
    if given is None:
        return ()
    if not isinstance(given, Mapping) or not given:
        reader.fault("sweep", "must be an object of lists by parameter")
        return ()
    found: list[tuple[str, tuple[JsonValue, ...]]] = []
    for path, values in given.items():
        if not isinstance(values, list) or not values:
            reader.fault("sweep", f"{path} must be a list of values")
            return ()
        found.append((str(path), tuple(plain_json(one) for one in values)))
    sweep = tuple(found)
    count = 1
    for _, values in sweep:
        count *= len(values)
    if count > VARIANTS_MAX:
        reader.fault("sweep", f"may ask for {VARIANTS_MAX} sets of parameters at most, not {count}")
        return ()
    wrong = next((one for one in _sets(sweep) if not isinstance(varied(strategy, one), Strategy)), None)
    if wrong is not None:
        faults = varied(strategy, wrong)
        assert isinstance(faults, tuple)
        reader.fault("sweep", "; ".join(f"{fault.field} {fault.message}" for fault in faults))
        return ()
    return sweep


def _sets(sweep: Sequence[tuple[str, Sequence[JsonValue]]]) -> list[dict[str, JsonValue]]:
    names = [path for path, _ in sweep]
    return [dict(zip(names, values, strict=True)) for values in product(*(of for _, of in sweep))]


def parameter_sets(request: BacktestRequest) -> list[dict[str, JsonValue]]:
    """Return the sets of a sweep in the order of its heat map: the last parameter varies fastest."""
    return _sets(request.sweep) if request.sweep else []


def varied(strategy: Strategy, values: Mapping[str, JsonValue]) -> Strategy | tuple[FieldFault, ...]:
    """Return a strategy with other values; a parameter is a path, `exit_conditions.stop_pct`, or its end."""
    body = body_of(strategy)
    for path, value in values.items():
        block, _, name = path.rpartition(".")
        place = _block(body, block, name)
        if place is None:
            return (FieldFault(field=path, message="is not known"),)
        place[name] = value
    found = read_strategy(body, strategy.id, strategy.version)
    return replace(found, name=strategy.name) if isinstance(found, Strategy) else found


def _block(body: dict[str, object], block: str, name: str) -> dict[str, object] | None:
    """Return the part of a body that a parameter is in, found by its name alone where no part is told."""
    if block:
        found = body.get(block)
        return found if isinstance(found, dict) and name in found else None
    parts = [body, *(body[one] for one in _BLOCKS)]
    return next((part for part in parts if isinstance(part, dict) and name in part), None)

"""From a body to a strategy and back: the unknown, inconsistent and missing is named by field (B-01)."""

from collections.abc import Sequence
from datetime import time
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from chalicelib.domain.body_reader import BodyReader, FieldFault
from chalicelib.domain.desk.strategies import bounds
from chalicelib.domain.desk.strategies.strategy import (
    ADX_MAX,
    EARNINGS_AFTER_DAYS,
    MAX_QUOTE_AGE_S,
    MIN_OPEN_INTEREST,
    MIN_UNDERLYING_VOLUME_PCT,
    MIN_VOLUME,
    Between,
    DeskBroker,
    DeskMode,
    EntryConditions,
    ExitConditions,
    Liquidity,
    MovingAverageRule,
    Sizing,
    SizingKind,
    Strategy,
)
from chalicelib.domain.desk.strategies.strategy_types import StrategyType
from chalicelib.domain.instruments.tickers import spell_ticker

Given = TypeVar("Given")


def read_strategy(body: object, strategy_id: UUID, version: int) -> Strategy | tuple[FieldFault, ...]:
    """Return the strategy that a body describes, or everything that is wrong with it.

    `id` and `version` in the body are the caller's to judge and are passed over.
    """
    faults: list[FieldFault] = []
    reader = BodyReader(body, faults)
    reader.take("id")
    reader.take("version")
    kind = reader.word("type", StrategyType, required=True)
    name = reader.text("name", bounds.NAME_CHARS_MAX, required=True)
    underlying = _underlying(reader)
    enabled = reader.flag("enabled")
    mode = reader.word("mode", DeskMode)
    broker = reader.word("preferred_broker", DeskBroker)
    entry = _entry(reader.block("entry_conditions"), kind)
    leaving = _exit(reader.block("exit_conditions"), kind, entry)
    sizing = _sizing(reader)
    max_positions = reader.whole("max_positions", bounds.POSITIONS, required=True)
    reader.end()
    if faults or not (kind and name and underlying and entry and sizing and max_positions):
        return tuple(faults)
    return Strategy(
        id=strategy_id,
        version=version,
        name=name,
        type=kind,
        underlying=underlying,
        enabled=_or(enabled, default=True),
        mode=_or(mode, default=DeskMode.PAPER),
        preferred_broker=_or(broker, default=DeskBroker.TRADIER),
        entry_conditions=entry,
        exit_conditions=leaving,
        sizing=sizing,
        max_positions=max_positions,
    )


def _or(value: Given | None, *, default: Given) -> Given:
    return default if value is None else value


def _underlying(reader: BodyReader) -> str | None:
    typed = reader.text("underlying", bounds.TICKER_CHARS_MAX, required=True)
    if typed is None:
        return None
    ticker = spell_ticker(typed)
    if not ticker.replace("/", "").replace(".", "").replace("-", "").isalnum() or not ticker.isascii():
        reader.fault("underlying", "must be a ticker")
        return None
    return ticker


def _entry(reader: BodyReader, kind: StrategyType | None) -> EntryConditions | None:
    dte_min = reader.whole("dte_min", bounds.DTE, required=True)
    dte_max = reader.whole("dte_max", bounds.DTE, required=True)
    ivr_min, ivr_max = (reader.number(name, bounds.PER_CENT) for name in ("ivr_min", "ivr_max"))
    entry_from, entry_to = (reader.clock(name) for name in ("entry_from", "entry_to"))
    _in_order(reader, "dte_min", dte_min, dte_max, "dte_max")
    _in_order(reader, "ivr_min", ivr_min, ivr_max, "ivr_max")
    if entry_from is not None and entry_to is not None and entry_from >= entry_to:
        reader.fault("entry_from", "must be before entry_to")
    conditions = EntryConditions(
        dte_min=_or(dte_min, default=0),
        dte_max=_or(dte_max, default=0),
        short_delta=_between(
            reader.pair("short_delta", bounds.DELTA, required=kind is not None and kind.is_sold_by_delta)
        ),
        wing_width=_between(
            reader.pair("wing_width", bounds.PRICE, required=kind is not None and kind.has_wings)
        ),
        min_credit=reader.number("min_credit", bounds.CREDIT, required=kind is not None and kind.is_credit),
        ivr_min=ivr_min,
        ivr_max=ivr_max,
        ma_rule=_or(reader.word("ma_rule", MovingAverageRule), default=MovingAverageRule.NONE),
        min_premium_pct=reader.number("min_premium_pct", bounds.PER_CENT),
        entry_from=entry_from,
        entry_to=entry_to,
        adx_max=_or(reader.number("adx_max", bounds.PER_CENT), default=ADX_MAX),
        min_vrp=_or(reader.number("min_vrp", bounds.VRP), default=Decimal(0)),
        liquidity=_liquidity(reader.block("liquidity")),
        earnings_after_days=_or(
            reader.whole("earnings_after_days", bounds.DAYS), default=EARNINGS_AFTER_DAYS
        ),
        max_gamma_loss_1pct=reader.number("max_gamma_loss_1pct", bounds.DOLLARS),
        skew_aware=_or(reader.flag("skew_aware"), default=False),
        dynamic_dte=_or(reader.flag("dynamic_dte"), default=False),
    )
    reader.end()
    return None if dte_min is None or dte_max is None else conditions


def _in_order(
    reader: BodyReader, name: str, low: Decimal | int | None, high: Decimal | int | None, other: str
) -> None:
    if low is not None and high is not None and low > high:
        reader.fault(name, f"must not be above {other}")


def _between(pair: tuple[Decimal, Decimal] | None) -> Between | None:
    return None if pair is None else Between(low=pair[0], high=pair[1])


def _liquidity(reader: BodyReader) -> Liquidity:
    found = Liquidity(
        max_spread_pct=reader.number("max_spread_pct", bounds.SHARE),
        min_volume=_or(reader.whole("min_volume", bounds.COUNT), default=MIN_VOLUME),
        min_open_interest=_or(reader.whole("min_open_interest", bounds.COUNT), default=MIN_OPEN_INTEREST),
        min_underlying_volume_pct=_or(
            reader.number("min_underlying_volume_pct", bounds.PER_CENT), default=MIN_UNDERLYING_VOLUME_PCT
        ),
        max_quote_age_s=_or(reader.whole("max_quote_age_s", bounds.AGE), default=MAX_QUOTE_AGE_S),
    )
    reader.end()
    return found


def _exit(reader: BodyReader, kind: StrategyType | None, entry: EntryConditions | None) -> ExitConditions:
    conditions = ExitConditions(
        profit_target_pct=reader.number("profit_target_pct", bounds.SHARE),
        profit_target_usd=reader.number("profit_target_usd", bounds.DOLLARS),
        trail_from_pct=reader.number("trail_from_pct", bounds.SHARE),
        trail_pct=reader.number("trail_pct", bounds.SHARE),
        stop_pct=reader.number("stop_pct", bounds.STOP_PCT),
        stop_usd=reader.number("stop_usd", bounds.DOLLARS),
        time_stop_dte=reader.whole("time_stop_dte", bounds.DTE),
        time_stop_at=reader.clock("time_stop_at"),
        vix_exit=_or(reader.flag("vix_exit"), default=kind is None or kind.is_credit),
    )
    reader.end()
    stops = (conditions.stop_pct, conditions.stop_usd, conditions.time_stop_dte, conditions.time_stop_at)
    if all(stop is None for stop in stops):
        reader.fault("", "must have at least one stop (stop_pct, stop_usd, time_stop_dte or time_stop_at)")
    if (conditions.trail_from_pct is None) is not (conditions.trail_pct is None):
        missing = "trail_from_pct" if conditions.trail_from_pct is None else "trail_pct"
        reader.fault(missing, "trail_from_pct and trail_pct go together")
    if entry is not None and (conditions.time_stop_dte or -1) >= entry.dte_max:
        reader.fault("time_stop_dte", "must be below dte_max, else each entry would be left at once")
    return conditions


def read_exit_conditions(stored: object, kind: StrategyType | None) -> ExitConditions:
    """Return the conditions of leaving that a strategy is stored with, as far as they can be read.

    What cannot be is as if it was not set: a position is watched by the rest.
    """
    return _exit(BodyReader(stored, []), kind, None)


def _sizing(reader: BodyReader) -> Sizing | None:
    given = reader.take("sizing", required=True)
    if given is None:
        return None
    inner = reader.inside("sizing", given)
    kind = inner.word("kind", SizingKind, required=True)
    qty = inner.whole("qty", bounds.QTY, required=kind is SizingKind.FIXED)
    pct = inner.number("pct", bounds.SHARE, required=kind is SizingKind.RISK)
    other = qty if kind is SizingKind.RISK else pct
    if kind is not None and other is not None:
        inner.fault("qty" if kind is SizingKind.RISK else "pct", f"is not known to {kind} sizing")
    inner.end()
    return None if kind is None else Sizing(kind=kind, qty=qty, pct=pct)


def body_of(strategy: Strategy) -> dict[str, object]:
    """Write a strategy as its body, which reads back the same; `read_strategy`'s other half."""
    entry, leaving = strategy.entry_conditions, strategy.exit_conditions
    plain = ("name", "type", "underlying", "enabled", "mode", "preferred_broker", "max_positions", "version")
    return {
        "id": str(strategy.id),
        **{name: getattr(strategy, name) for name in plain},
        "entry_conditions": {
            **_written(entry, EntryConditions.__slots__),
            "liquidity": _written(entry.liquidity, Liquidity.__slots__),
        },
        "exit_conditions": _written(leaving, ExitConditions.__slots__),
        "sizing": {"kind": strategy.sizing.kind, **_given(strategy.sizing)},
    }


def _given(sizing: Sizing) -> dict[str, object]:
    return {"qty": sizing.qty} if sizing.kind is SizingKind.FIXED else {"pct": sizing.pct}


def _written(block: object, names: Sequence[str]) -> dict[str, object]:
    return {name: _plain(getattr(block, name)) for name in names}


def _plain(value: object) -> object:
    if isinstance(value, Between):
        return value.low if value.is_target else {"min": value.low, "max": value.high}
    return f"{value:%H:%M}" if isinstance(value, time) else value

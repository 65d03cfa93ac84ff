"""From a body to a trader and back: the unknown, inconsistent and missing is named by field (C-01, C-13)."""

from decimal import Decimal
from re import fullmatch
from typing import Final, TypeVar
from uuid import UUID

from chalicelib.domain.ai.filters.reading import filter_body, read_filter
from chalicelib.domain.ai.traders import bounds
from chalicelib.domain.ai.traders.timeframes import Timeframe
from chalicelib.domain.ai.traders.trader import (
    Analysis,
    SizingRule,
    Trader,
    TraderExchange,
    TraderMode,
    Trading,
)
from chalicelib.domain.body_reader import BodyReader, FieldFault
from chalicelib.domain.json_value import JsonValue

#: A moving alias is not a model: what it stands for changes unseen (C-02).
_ALIASES: Final = ("openrouter/auto", "~")
_ALIAS_ENDS: Final = ("-latest", ":latest", ":online")
_DEFAULTS: Final = Trading()

Given = TypeVar("Given")


def read_trader(body: object, trader_id: UUID, version: int) -> Trader | tuple[FieldFault, ...]:
    """Return the trader that a body describes, or everything that is wrong with it.

    `id`, `version` and `state` in the body are the caller's to judge and are passed over.
    """
    faults: list[FieldFault] = []
    reader = BodyReader(body, faults)
    for passed_over in ("id", "version", "state"):
        reader.take(passed_over)
    name = reader.text("name", bounds.NAME_CHARS_MAX, required=True)
    symbols = _symbols(reader)
    timeframe = reader.word("timeframe", Timeframe, required=True)
    rules = read_filter(reader, "filter")
    analysis = _analysis(reader.block("analysis"))
    trading = _trading(reader.block("trading"))
    reader.end()
    if faults or name is None or timeframe is None:
        return tuple(faults)
    return Trader(
        id=trader_id,
        version=version,
        name=name,
        symbols=symbols,
        timeframe=timeframe,
        filter=rules,
        analysis=analysis,
        trading=trading,
    )


def trader_body(trader: Trader) -> dict[str, JsonValue]:
    """Return the body that describes a trader, without what its reader passes over."""
    trading = trader.trading
    return {
        "name": trader.name,
        "symbols": [*trader.symbols],
        "timeframe": trader.timeframe.value,
        "filter": filter_body(trader.filter),
        "analysis": {"model": trader.analysis.model, "prompt_version": trader.analysis.prompt_version},
        "trading": {name: _plain(getattr(trading, name)) for name in Trading.__dataclass_fields__},
    }


def _plain(value: object) -> JsonValue:
    match value:
        case Decimal():
            return float(value)
        case bool() | int() | None:
            return value
        case _:
            return str(value)


def _symbols(reader: BodyReader) -> tuple[str, ...]:
    value = reader.take("symbols", required=True)
    if value is None:
        return ()
    if not isinstance(value, list) or not 1 <= len(value) <= bounds.SYMBOLS_MAX:
        reader.fault("symbols", f"must be a list of 1 to {bounds.SYMBOLS_MAX} symbols")
        return ()
    found = [one for one in value if isinstance(one, str) and fullmatch(bounds.SYMBOL, one)]
    if len(found) < len(value):
        reader.fault("symbols", "must be symbols of the exchange, as BTCUSDT")
    if len(set(found)) < len(found):
        reader.fault("symbols", "must not name a symbol twice")
    return tuple(found)


def _analysis(reader: BodyReader) -> Analysis:
    model = reader.text("model", bounds.MODEL_CHARS_MAX)
    prompt_version = reader.text("prompt_version", bounds.NAME_CHARS_MAX)
    if model is not None and (model.startswith(_ALIASES) or model.endswith(_ALIAS_ENDS)):
        reader.fault("model", "must be the exact name of a model, not an alias that moves")
    reader.end()
    return Analysis(model=model, prompt_version=prompt_version)


def _trading(reader: BodyReader) -> Trading:
    usual = _DEFAULTS
    found = Trading(
        enabled=_or(reader.flag("enabled"), usual.enabled),
        mode=_or(reader.word("mode", TraderMode), usual.mode),
        sizing=_or(reader.word("sizing", SizingRule), usual.sizing),
        position_size_usd=reader.number("position_size_usd", bounds.DOLLARS),
        position_size_pct=reader.number("position_size_pct", bounds.PER_CENT),
        max_positions=_or(reader.whole("max_positions", bounds.POSITIONS), usual.max_positions),
        max_risk_pct=_or(reader.number("max_risk_pct", bounds.RISK_PCT), usual.max_risk_pct),
        min_confidence=_or(reader.number("min_confidence", bounds.CONFIDENCE), usual.min_confidence),
        require_approval=_or(reader.flag("require_approval"), usual.require_approval),
        dynamic_sl=_or(reader.flag("dynamic_sl"), usual.dynamic_sl),
        dynamic_tp=_or(reader.flag("dynamic_tp"), usual.dynamic_tp),
        breakeven_at_pct=_off_by_null(reader, "breakeven_at_pct", usual.breakeven_at_pct),
        trailing_pct=reader.number("trailing_pct", bounds.PER_CENT),
        max_daily_drawdown_pct=_or(
            reader.number("max_daily_drawdown_pct", bounds.PER_CENT), usual.max_daily_drawdown_pct
        ),
        max_total_drawdown_pct=_or(
            reader.number("max_total_drawdown_pct", bounds.PER_CENT), usual.max_total_drawdown_pct
        ),
        max_holding_minutes=reader.whole("max_holding_minutes", bounds.MINUTES),
        max_correlated_pct=_or(
            reader.number("max_correlated_pct", bounds.PER_CENT), usual.max_correlated_pct
        ),
        calibrated=_or(reader.flag("calibrated"), usual.calibrated),
        market_hours_only=_or(reader.flag("market_hours_only"), usual.market_hours_only),
        veto_seconds=_or(reader.whole("veto_seconds", bounds.VETO_SECONDS), usual.veto_seconds),
        exchange=_or(reader.word("exchange", TraderExchange), usual.exchange),
        daily_cost_limit_usd=_or(
            reader.number("daily_cost_limit_usd", bounds.COST_USD), usual.daily_cost_limit_usd
        ),
    )
    if found.mode is TraderMode.LIVE and found.exchange is TraderExchange.PAPER:
        reader.fault("exchange", "must be an exchange to trade live")
    reader.end()
    return found


def _off_by_null(reader: BodyReader, name: str, usual: Decimal | None) -> Decimal | None:
    """Read a per cent that null switches off and that has a default where it is not there."""
    return reader.number(name, bounds.PER_CENT) if reader.has(name) else usual


def _or(value: Given | None, usual: Given) -> Given:
    return usual if value is None else value

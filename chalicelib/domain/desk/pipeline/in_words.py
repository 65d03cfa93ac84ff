"""What a stage said, in a plain sentence with its figures: from its verdict as it is stored (B-02)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from chalicelib.domain.desk.pipeline.verdicts import Stage
from chalicelib.domain.json_value import JsonValue

#: What each stage looks at, as people call it.
TITLES: Final[Mapping[Stage, str]] = {
    Stage.A: "the underlying",
    Stage.B: "the macro calendar",
    Stage.C1: "the legs' spreads",
    Stage.C2: "the legs' volume",
    Stage.C3: "the legs' open interest",
    Stage.C4: "the underlying's volume",
    Stage.C5: "the quotes' age",
    Stage.D: "the days to expiry",
    Stage.E1: "the term structure of volatility",
    Stage.E2: "the regime",
    Stage.E3: "the IV rank",
    Stage.F: "the structure",
    Stage.G1: "earnings",
    Stage.G2: "dividends",
    Stage.G3: "the expected value",
    Stage.H: "the time of day",
    Stage.FILTER: "the strategy's own filter",
    Stage.SIZING: "the size",
    Stage.BOOK: "the book with it",
    Stage.EXECUTION: "the walk of its price",
}
_NOT_KNOWN: Final = "not known"
_PER_CENTS: Final = ("_pct", "iv_rank", "ivr_min", "ivr_max")
_SHARES: Final = ("pop", "pop_implied")

Numbers = Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageInWords:
    """A stage by its letter and by what it looks at, whether it let pass, and a sentence with its figures."""

    stage: str
    title: str
    passed: bool
    sentence: str


def in_words(verdict: Mapping[str, JsonValue]) -> StageInWords:
    """Tell one stored verdict; of a stage that this code does not know its reason alone."""
    stage, reason = str(verdict["stage"]), str(verdict.get("reason") or "")
    title = title_of(stage)
    numbers = verdict.get("numbers")
    figures = _figures(stage, numbers if isinstance(numbers, dict) else {})
    passed = verdict["passed"] is True
    if passed:
        said = f"{_capital(title)} passed"
        return StageInWords(stage=stage, title=title, passed=True, sentence=_joined(said, reason, figures))
    said = f"{_capital(title)} ended it"
    if verdict.get("missing"):
        reason = f"{reason}, and what is not known lets nothing be entered"
    return StageInWords(stage=stage, title=title, passed=False, sentence=_joined(said, reason, figures))


def title_of(stage: str) -> str:
    """Return what a stage looks at."""
    return TITLES[Stage(stage)] if stage in Stage.__members__ else stage


def _joined(said: str, reason: str, figures: str) -> str:
    told = f"{said}: {reason}" if reason else said
    return f"{told} ({figures})." if figures else f"{told}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _figures(stage: str, numbers: Numbers) -> str:
    told = {name: _figure(name, value) for name, value in numbers.items()}
    write = _OWN_WORDS.get(stage)
    try:
        return _TEMPLATES[stage].format_map(told) if write is None else write(numbers, told)
    except KeyError:  # a row of another release: what it has is told by name
        return ", ".join(f"{name} {value}" for name, value in told.items())


def _figure(name: str, value: JsonValue) -> str:
    match value:
        case None:
            return _NOT_KNOWN
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return _number(name, value)
        case list():
            return ", ".join(str(one) for one in value) or "none"
    return str(value)


def _number(name: str, value: float) -> str:
    if name in _SHARES:
        return f"{_plain(value * 100)} %"
    return f"{_plain(value)} %" if name.endswith(_PER_CENTS) else _plain(value)


def _plain(value: float) -> str:
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def _volume(numbers: Numbers, told: Mapping[str, str]) -> str:
    if numbers["share_pct"] is None:
        return ""
    return (
        f"the last full session had {told['share_pct']} of its usual volume; at least {told['minimum_pct']}"
    )


def _calendar(numbers: Numbers, told: Mapping[str, str]) -> str:
    if numbers["window"] is not None:
        return f"{told['window']} from {told['from']} until {told['until']}"
    return f"{told['rows_in_month']} releases known this month, none of them now"


def _earnings(numbers: Numbers, told: Mapping[str, str]) -> str:
    if not numbers["known"]:
        return f"looked for until {told['until']}"
    if numbers["next_earnings"] is None:
        return f"none to come until {told['until']}"
    return f"the next on {told['next_earnings']}, watched until {told['until']}"


def _dividend(numbers: Numbers, told: Mapping[str, str]) -> str:
    if not numbers["known"]:
        return ""
    if numbers["next_ex_date"] is None:
        return "none to come"
    return f"{told['amount']} a share on {told['next_ex_date']}, the call's time value {told['time_value']}"


def _hours(numbers: Numbers, told: Mapping[str, str]) -> str:
    if numbers["minutes_to_close"] is None:
        return "the market is closed all day"
    return f"{told['minutes_to_close']} minutes to the close"


def _filter(numbers: Numbers, told: Mapping[str, str]) -> str:
    if numbers["rule"] == "none":
        return "none is set"
    return f"{told['rule']}: {told['value']} against {told['required']}"


def _sizing(numbers: Numbers, told: Mapping[str, str]) -> str:
    at_risk = "" if numbers["risk_usd"] is None else f" of {told['risk_usd']} dollars to risk"
    return f"{told['qty']} structures, {told['max_loss_usd']} dollars to lose at most{at_risk}"


_OWN_WORDS: Final[Mapping[str, Callable[[Numbers, Mapping[str, str]], str]]] = {
    "B": _calendar,
    "C4": _volume,
    "G1": _earnings,
    "G2": _dividend,
    "H": _hours,
    "FILTER": _filter,
    "SIZING": _sizing,
}
_TEMPLATES: Final[Mapping[str, str]] = {
    "A": "price {spot}, {expirations} expirations listed",
    "C1": "the widest, {symbol}, {worst_spread_pct} of its mid; at most {limit_pct}",
    "C2": "the least, {symbol}, {lowest_volume} contracts today; at least {minimum}",
    "C3": "the least, {symbol}, {lowest_open_interest} contracts; at least {minimum}",
    "C5": "the oldest, {symbol}, {oldest_age_s} seconds beyond its source's delay; at most {limit_s}",
    "D": "{dte} days; {dte_min} to {dte_max} wanted",
    "E1": "VIX {vix}, VIX3M {vix3m}; contango wanted",
    "E2": "implied less realised volatility {vrp}, at least {min_vrp}; trend {trend}; "
    "ADX {adx}, at most {adx_max}",
    "E3": "{iv_rank} over {days} days; {ivr_min} to {ivr_max} wanted",
    "F": "{candidates} structures over {strikes} strikes, the best for {best_credit}; at least {min_credit}",
    "G3": "{ev_net} dollars expected net, {ev_mean} by the mean; it wins with {pop}, {pop_implied} as the "
    "market implies; {max_profit} to win, {max_loss} to lose, {friction} for fees",
    "BOOK": "delta {net_delta_shares} shares, gamma {net_gamma_shares_per_dollar} shares a dollar, "
    "vega {net_vega_usd_per_1vol} dollars a point; past its cap: {breaches}",
    "EXECUTION": "from {start} to {worst} by {step}",
}

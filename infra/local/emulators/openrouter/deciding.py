"""What is said when nothing is queued: always one word, or a small rule on what the call tells (demo)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from infra.local.emulators.openrouter.answers import BadAnswer
from infra.local.emulators.openrouter.asked import Asked
from infra.local.emulators.openrouter.saying import decision, move_of_stop, rounded

Decision: TypeAlias = Mapping[str, object]
Decide: TypeAlias = Callable[[Asked], Decision]

WITHOUT_POSITION: Final = frozenset({"NO_TRADE", "WATCH", "LONG", "SHORT"})
WITH_POSITION: Final = frozenset({"HOLD", "CLOSE", "PARTIAL_TP", "MODIFY"})
#: How far from the price its stop and its two targets are.
_STOP, _NEAR, _FAR = 0.015, 0.015, 0.03
_CLOSES_MIN: Final = 5
_TREND_CANDLES: Final = 12
#: The demo's profits in per cent: from one it tightens the stop, from the other it leaves.
_TIGHTEN_PCT, _LEAVE_PCT = 1.0, 3.0


def read_default(body: Mapping[str, object]) -> Decide:
    """Read `{decision}` (a word or a whole decision) or `{rule: "demo"}`. Raises BadAnswer."""
    told = body.get("decision")
    if set(body) == {"rule"} and body["rule"] == "demo":
        return demo
    if set(body) == {"decision"} and isinstance(told, dict):
        return lambda _asked: told
    if set(body) == {"decision"} and told in WITHOUT_POSITION | WITH_POSITION:
        return always(str(told))
    raise BadAnswer("give a decision, one of the eight words or a whole one, or the rule demo")


def always(word: str) -> Decide:
    """Say one word to every call; where the call is of the other kind, the one that does nothing."""

    def decide(asked: Asked) -> Decision:
        fitting = WITH_POSITION if told_position(asked) is not None else WITHOUT_POSITION
        said = word if word in fitting else ("HOLD" if fitting is WITH_POSITION else "NO_TRADE")
        return _decision(said, asked, f"As told: {word}.")

    return decide


def demo(asked: Asked) -> Decision:
    """Buy what has risen over its last candles, tighten the stop in profit, leave with a good one."""
    if told_position(asked) is None:
        closes = _closes(asked)[-_TREND_CANDLES:]
        rises = len(closes) >= _CLOSES_MIN and closes[-1] > sum(closes) / len(closes)
        if rises and told_price(asked) is not None:
            return _decision("LONG", asked, "It has risen over its last candles.")
        return _decision("NO_TRADE", asked, "No rise to follow.")
    profit = told_number(asked, "pnl_pct", "unrealized_pnl_pct", "unrealised_pnl_pct") or 0.0
    if profit >= _LEAVE_PCT:
        return _decision("CLOSE", asked, "A good profit is taken.")
    if profit >= _TIGHTEN_PCT and told_price(asked) is not None:
        return _decision("MODIFY", asked, "The stop follows the profit.")
    return _decision("HOLD", asked, "Nothing has changed.")


def _decision(word: str, asked: Asked, reasoning: str) -> Decision:
    price = told_price(asked)
    says = decision(word, reasoning)
    if word in {"LONG", "SHORT"} and price is not None:
        sign = 1 if word == "LONG" else -1
        targets = [(price * (1 + sign * _NEAR), 0.5), (price * (1 + sign * _FAR), 0.5)]
        says["stop_loss"] = rounded(price * (1 - sign * _STOP))
        says["take_profits"] = [{"price": rounded(at), "share": share} for at, share in targets]
    if word == "PARTIAL_TP":
        held = told_number(asked, "quantity", "open_qty")
        says["partial_quantity"] = None if held is None else held / 2
    if word == "MODIFY" and price is not None:
        says["modifications"] = [_tighter(price, asked)]
    return says


def _tighter(price: float, asked: Asked) -> Decision:
    """Move the stop half the way to the price."""
    stop = told_number(asked, "stop", "stop_loss", "current_stop") or price * (1 - _STOP)
    return move_of_stop(rounded((stop + price) / 2), "The stop follows the profit.")


def told_price(asked: Asked) -> float | None:
    """Return the price that a call tells, the last close where it tells none."""
    found = told_number(asked, "price", "last_price", "last")
    if found is not None:
        return found
    closes = _closes(asked)
    return closes[-1] if closes else None


def told_position(asked: Asked) -> Mapping[str, Any] | None:
    """Return the position that a call tells of, None without one."""
    return next((value for value in _under(asked, "position") if isinstance(value, dict) and value), None)


def told_number(asked: Asked, *names: str) -> float | None:
    """Return the first number that a call tells under one of these names."""
    for name in names:
        for value in _under(asked, name):
            if isinstance(value, str) and value.replace(".", "", 1).lstrip("-").isdigit():
                return float(value)
            if isinstance(value, int | float) and not isinstance(value, bool):
                return float(value)
    return None


def _closes(asked: Asked) -> list[float]:
    """Return the first series of closes that is told: a list of numbers, or of candles."""
    for name in ("closes", "close", "closing", "candles"):
        for value in _under(asked, name):
            lists = value.values() if isinstance(value, dict) else [value]
            for rows in lists:
                if isinstance(rows, list) and len(rows) >= _CLOSES_MIN:
                    found = [close for row in rows if (close := _close_of(row)) is not None]
                    if len(found) == len(rows):
                        return found
    return []


def _close_of(row: object) -> float | None:
    """Return a close: a number, the field of that name, or the fifth of a candle's row."""
    if isinstance(row, dict):
        row = row.get("close", row.get("closing", row.get("c")))
    elif isinstance(row, list) and len(row) >= 5:
        row = row[4]
    try:
        return float(str(row))
    except ValueError:
        return None


def _under(asked: Asked, name: str) -> Iterator[object]:
    """Yield whatever is told under a name, the outermost first."""
    level: Sequence[object] = list(asked.told())
    while level:
        for node in level:
            if isinstance(node, dict) and name in node:
                yield node[name]
        level = [child for node in level for child in _children(node)]


def _children(node: object) -> Sequence[object]:
    if isinstance(node, dict):
        return list(node.values())
    return node if isinstance(node, list) and node and isinstance(node[0], dict) else []

"""What the desk would do by a strategy that nobody has stored."""

from chalicelib.api.shapes.book_with import shape_book_with
from chalicelib.api.shapes.values import instant, number, seen_at
from chalicelib.domain.desk.selection.legs import LegQuote
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.json_value import JsonValue
from chalicelib.services.desk.strategies.preview_strategy import StrategyPreview
from chalicelib.services.desk.strategies.structure_picture import Points, StructurePicture

_DIGITS = 6


def shape_strategy_preview(found: StrategyPreview) -> dict[str, JsonValue]:
    """Write every stage's word, what stands in the way, and the structure."""
    evaluation, spot = found.rehearsal.evaluation, found.rehearsal.case.facts.spot
    ended = evaluation.ended_by
    picture = found.picture
    return {
        "as_of": instant(found.at),
        "decision": evaluation.decision.value,
        "reason": evaluation.reason,
        "ended_by": None if ended is None else ended.stage.value,
        "gates": [one.as_json() for one in found.rehearsal.verdicts],
        "standing": [{"cause": one.cause, "reason": one.reason} for one in found.standing],
        "spot": None if spot is None else spot.value,
        "spot_as_of": None if spot is None else seen_at(spot.at, found.at),
        "chain_as_of": instant(found.read_at),
        "source": found.source,
        "trouble": list(found.trouble),
        "structure": None if picture is None else _structure(picture),
        "book": None if picture is None else shape_book_with(picture.book),
    }


def _structure(picture: StructurePicture) -> dict[str, JsonValue]:
    worth, qty, added = picture.worth, picture.qty, picture.book.added
    return {
        "structure": picture.kind.value,
        "expiry": picture.expiry.isoformat(),
        "dte": picture.dte,
        "qty": qty,
        "legs": [_leg(one) for one in picture.legs],
        "credit": round(worth.credit, _DIGITS),
        "max_profit": number(picture.bounds.max_profit),
        "max_loss": number(picture.bounds.max_loss),
        "break_evens": [number(price) for price in picture.break_evens],
        "payoff": _points(picture.at_expiry),
        "payoff_now": _points(picture.now),
        "pop": round(worth.pop, _DIGITS),
        "pop_implied": round(worth.pop_implied, _DIGITS),
        "pot": round(worth.pot, _DIGITS),
        "expected_move": round(worth.expected_move, _DIGITS),
        "ev_net": round(worth.ev_net * qty, _DIGITS),
        "ev_mean": round(worth.ev_mean * qty, _DIGITS),
        "friction": round(worth.friction * qty, _DIGITS),
        "delta": None if added is None else round(added.delta, _DIGITS),
        "gamma": None if added is None else round(added.gamma, _DIGITS),
        "vega": None if added is None else round(added.vega, _DIGITS),
    }


def _points(points: Points) -> list[JsonValue]:
    return [[number(price), number(result)] for price, result in points]


def _leg(leg: LegQuote) -> dict[str, JsonValue]:
    return {
        "symbol": leg.symbol,
        "side": (LegSide.LONG if leg.units > 0 else LegSide.SHORT).value,
        "ratio": abs(leg.units),
        "option_type": leg.right.value,
        "strike": leg.strike,
        "bid": leg.bid,
        "ask": leg.ask,
        "mid": round(leg.mid, _DIGITS) if leg.bid and leg.ask else None,
        "iv": leg.iv,
        "delta": leg.delta,
        "volume": leg.volume,
        "open_interest": leg.open_interest,
    }

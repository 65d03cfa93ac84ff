"""What of a result the entry's Greeks explain: of several legs each by its own (docs/formulas.md)."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Final

from chalicelib.domain.analysis import loss
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.services.analysis.stored_trade import Stored, dollars_per_point, number, rows, terms_of
from chalicelib.store.market.held_marks import HeldMark

_DAY_SECONDS: Final = Decimal(86_400)
_DAYS_SHOWN: Final = Decimal("0.000001")
_NOTHING: Final = Decimal(0)
#: Shares move with the underlying, and with nothing else.
_OF_SHARES: Final = loss.Greeks(delta=Decimal(1), theta=_NOTHING, vega=_NOTHING)


def parts_of(
    stored: Stored,
    gross: Decimal,
    move: loss.Move,
    first: HeldMark | None,
    leg_marks: Mapping[int, tuple[HeldMark, HeldMark]],
) -> loss.Parts:
    """Split a trade's gross result; nothing of it is told once a leg of it has become shares.

    `move` and `first` are the trade's own, `leg_marks` each leg's first and last by its number.
    """
    captured = stored.get("order_book_state")
    book: Stored = captured if isinstance(captured, dict) else {}
    legs, qty = rows(stored, "legs"), number(stored, "filled_qty") or _NOTHING
    if any(leg["origin"] is not None for leg in legs):
        return loss.split_by_legs(gross, [])
    if len(legs) < 2:
        return loss.split(gross, _greeks(book, first), move, qty * dollars_per_point(legs))
    seen = {leg["symbol"]: leg for leg in rows(book, "legs")}
    moves = []
    for leg_no, leg in enumerate(legs, start=1):
        began, ended = leg_marks.get(leg_no, (None, None))
        of_leg, terms = _move(began, ended), terms_of(leg)
        greeks = _greeks(seen.get(leg["symbol"], {}), began)
        if terms.instrument is not Instrument.OPTION:
            greeks = _OF_SHARES
            of_leg = loss.Move(underlying=of_leg.underlying, iv=_NOTHING, days=of_leg.days)
        moves.append(loss.LegMove(greeks=greeks, move=of_leg, shares=terms.units * qty))
    return loss.split_by_legs(gross, moves)


def days_of(held: timedelta) -> Decimal:
    """Return calendar days, as theta counts them."""
    return (Decimal(held.total_seconds()) / _DAY_SECONDS).quantize(_DAYS_SHOWN)


def difference(first: HeldMark | None, last: HeldMark | None, name: str) -> Decimal | None:
    """Return how a mark's field changed; None where either does not tell it."""
    before, after = getattr(first, name, None), getattr(last, name, None)
    return None if before is None or after is None else Decimal(after) - Decimal(before)


def _move(first: HeldMark | None, last: HeldMark | None) -> loss.Move:
    """How a leg's market moved between its first and its last mark: one that expires early ends there."""
    return loss.Move(
        underlying=difference(first, last, "underlying"),
        iv=difference(first, last, "iv"),
        days=None if first is None or last is None else days_of(last.at - first.at),
    )


def _greeks(book: Stored, first: HeldMark | None) -> loss.Greeks:
    """Those captured with the order, else those of the first snapshot while held."""
    captured = book.get("greeks")
    if isinstance(captured, dict) and captured.get("delta") is not None:
        return loss.Greeks(**{name: number(captured, name) for name in ("delta", "theta", "vega")})
    if first is None:
        return loss.Greeks(delta=None, theta=None, vega=None)
    return loss.Greeks(delta=first.delta, theta=first.theta, vega=first.vega)

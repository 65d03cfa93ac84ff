"""What was seen of a structure when it was ordered (A-08): all of its legs, and what they are together.

Pure. One contract's own is `capsule.order_book_state`, which every leg's row here is made of.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from chalicelib.domain.analysis.capsule import Block, order_book_state
from chalicelib.domain.instants import rfc3339
from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.market.quotes import OptionQuote
from chalicelib.domain.money import percent
from chalicelib.domain.structures.chance import greeks_in_sum
from chalicelib.domain.structures.prices import (
    NoPrice,
    natural_entry_price,
    natural_exit_price,
    unit_multiplier,
)
from chalicelib.domain.structures.terms import LegTerms

_BY_LEG: Final = "each leg has its own"
_ONE: Final = Decimal(1)


def order_book_of(legs: Sequence[LegTerms], quotes: Sequence[OptionQuote]) -> Block:
    """Return what was seen of a trade's legs, in their order; of one leg what was seen of that contract.

    Of several, `bid` and `ask` are what leaving and entering them at once would have had (W-02: signed),
    `spread_pct` is of the middle's size, Greeks are of one structure per share, and `legs` has each.
    """
    if len(legs) == 1:
        return order_book_state(quotes[0])
    reasons: Block = {}

    def known(path: str, value: Decimal | None, why: str) -> JsonValue:
        if value is None:
            reasons[path] = why
            return None
        return float(value)

    bid, ask = natural_exit_price(legs, quotes), natural_entry_price(legs, quotes)
    greeks = greeks_in_sum(legs, quotes, _ONE)
    per_share = unit_multiplier(legs)
    unknown = "a leg's is not known"
    return {
        "bid": known("bid", _price(bid), _why(bid, quotes)),
        "ask": known("ask", _price(ask), _why(ask, quotes)),
        "spread_pct": known("spread_pct", _spread(bid, ask), "not quoted on both sides, or worth nothing"),
        "volume": known("volume", None, _BY_LEG),
        "open_interest": known("open_interest", None, _BY_LEG),
        "greeks": {
            **{
                name: known(f"greeks.{name}", None if value is None else value / per_share, unknown)
                for name, value in (
                    ("delta", greeks.delta),
                    ("gamma", greeks.gamma),
                    ("theta", greeks.theta),
                    ("vega", greeks.vega),
                )
            },
            "iv": known("greeks.iv", None, _BY_LEG),
        },
        "as_of": _oldest(quotes),
        "source": ", ".join(sorted({quote.source for quote in quotes})),
        "delayed": any(quote.is_delayed for quote in quotes),
        "legs": [_leg(leg, quote) for leg, quote in zip(legs, quotes, strict=True)],
        "reasons": reasons,
    }


def _leg(leg: LegTerms, quote: OptionQuote) -> Block:
    return {
        "symbol": quote.symbol,
        "side": leg.side.value,
        "ratio": leg.ratio,
        **order_book_state(quote),
    }


def _price(found: Decimal | NoPrice) -> Decimal | None:
    return None if isinstance(found, NoPrice) else found


def _why(found: Decimal | NoPrice, quotes: Sequence[OptionQuote]) -> str:
    return f"{found.reason} for {quotes[found.leg].symbol}" if isinstance(found, NoPrice) else ""


def _spread(bid: Decimal | NoPrice, ask: Decimal | NoPrice) -> Decimal | None:
    if isinstance(bid, NoPrice) or isinstance(ask, NoPrice):
        return None
    return percent(ask - bid, abs(bid + ask) / 2)


def _oldest(quotes: Sequence[OptionQuote]) -> str | None:
    told = [quote.quoted_at for quote in quotes]
    known = [at for at in told if at is not None]
    return rfc3339(min(known)) if len(known) == len(told) else None

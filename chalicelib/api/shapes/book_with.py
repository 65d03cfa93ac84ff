"""A book before and after something is added to it."""

from chalicelib.api.shapes.values import number
from chalicelib.domain.desk.book import BookWith
from chalicelib.domain.json_value import JsonValue

_DIGITS = 4


def shape_book_with(found: BookWith) -> dict[str, JsonValue]:
    """Write each figure before and after, beside its cap."""
    before, after = (None if one is None else one.figures for one in (found.before, found.after))
    return {
        name: {
            "before": None if before is None else round(before[place], _DIGITS),
            "after": None if after is None else round(after[place], _DIGITS),
            "cap": number(found.caps.limits[place]),
        }
        for place, name in enumerate(("delta", "gamma", "vega"))
    }

"""What operators told of the market."""

from chalicelib.api.responses.base import InstantText, ResponseModel


class MacroWindow(ResponseModel):
    """A span in which nothing is entered, and who told it when."""

    name: str
    start: InstantText
    end: InstantText
    source: str
    loaded_at: InstantText


class MacroWindows(ResponseModel):
    """All of them, ascending."""

    items: list[MacroWindow]


class IvHistoryKept(ResponseModel):
    """How many days of an underlying were kept."""

    symbol: str
    kept: int

"""Which way a leg is held, and the four sides of orders that open and close it."""

from enum import StrEnum


class OrderSide(StrEnum):
    """The brokers' words for the four sides of an option order."""

    BUY_TO_OPEN = "buy_to_open"
    BUY_TO_CLOSE = "buy_to_close"
    SELL_TO_OPEN = "sell_to_open"
    SELL_TO_CLOSE = "sell_to_close"

    @property
    def is_buy(self) -> bool:
        """Say whether this side takes the ask."""
        return self is OrderSide.BUY_TO_OPEN or self is OrderSide.BUY_TO_CLOSE

    @property
    def is_closing(self) -> bool:
        """Say whether this side gives up what is held."""
        return self is OrderSide.BUY_TO_CLOSE or self is OrderSide.SELL_TO_CLOSE

    @property
    def sign(self) -> int:
        """Return 1 for what adds to a position, -1 for what takes from it: a short one is below 0."""
        return 1 if self.is_buy else -1


class LegSide(StrEnum):
    """Which way a leg is held."""

    LONG = "LONG"
    SHORT = "SHORT"

    @property
    def sign(self) -> int:
        """Return 1 for what gains when the price rises, -1 for what gains when it falls."""
        return 1 if self is LegSide.LONG else -1

    @property
    def other(self) -> "LegSide":
        """Return the other way to hold it."""
        return LegSide.SHORT if self is LegSide.LONG else LegSide.LONG

    @property
    def opens_by(self) -> OrderSide:
        """Return the side of the order that opens a leg held this way."""
        return OrderSide.BUY_TO_OPEN if self is LegSide.LONG else OrderSide.SELL_TO_OPEN

    @property
    def closes_by(self) -> OrderSide:
        """Return the side of the order that closes a leg held this way."""
        return OrderSide.SELL_TO_CLOSE if self is LegSide.LONG else OrderSide.BUY_TO_CLOSE

"""Quotes, expiries and chains, as calls answer them."""

from chalicelib.api.responses.base import DateText, InstantText, Number, OptionTypeWord, Page, ResponseModel


class Quote(ResponseModel):
    """An underlying's quote."""

    symbol: str
    last: Number | None
    bid: Number | None
    ask: Number | None
    change_pct: Number | None
    as_of: InstantText | None
    delayed: bool


class ChainItem(ResponseModel):
    """One contract's quote, of `multiplier` shares; Greeks per share, IV a fraction."""

    symbol: str
    root: str
    multiplier: Number
    option_type: OptionTypeWord
    strike: Number
    bid: Number | None
    ask: Number | None
    mid: Number | None
    last: Number | None
    volume: int | None
    open_interest: int | None
    delta: Number | None
    gamma: Number | None
    theta: Number | None
    vega: Number | None
    iv: Number | None


class QuotePage(Page):
    """Quotes."""

    items: list[Quote]


class ExpirationPage(Page):
    """Expiries, nearest first."""

    items: list[DateText]


class Chain(Page):
    """One expiry's chain; `quoted_at` is its newest quote's time, `delayed` a source 15 minutes behind."""

    underlying: str
    underlying_price: Number | None
    expiry: DateText
    source: str | None
    delayed: bool
    quoted_at: InstantText | None
    items: list[ChainItem]

"""One ended trade as analytics see it, and what its entry cost against the mid."""

from datetime import date, datetime
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

from chalicelib.domain.clocks.calendar import NEW_YORK, new_york_date
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.instruments.symbols import OptionType
from chalicelib.domain.structures.shapes import OF_ONE_LEG

_HUNDRED: Final = Decimal(100)


class Outcome(NamedTuple):
    """An ended trade's facts; a tuple, since ten thousand of them are made at once.

    `pnl` is realised, net of `fees`, both in account money for the whole quantity. `bid` and `ask` are the
    quote of what was traded when the entry was ordered, of several legs what leaving and entering them would
    have had (W-02: signed); `mfe_pct` and `mae_pct` the best and worst mark while held, in per cent of the
    risk basis. `option_type` and `side` are those of the first leg. `r` is the P&L over the initial risk
    (A-15): from the entry to its first stop, else the premium or the maximum loss. `credit` is what the entry
    brought, in account money, below 0 where it cost something. What is not known is None.
    """

    trade_id: UUID
    ticker: str
    strategy: str | None
    option_type: OptionType | None
    side: LegSide
    close_reason: str
    pnl: Decimal
    pnl_pct: Decimal | None
    fees: Decimal
    entered_at: datetime | None
    closed_at: datetime
    hold_hours: Decimal | None
    entry_price: Decimal | None
    bid: Decimal | None
    ask: Decimal | None
    score: Decimal | None
    delta: Decimal | None
    ai_verdict: str | None
    mfe_pct: Decimal | None
    mae_pct: Decimal | None
    structure: str | None = None
    r: Decimal | None = None
    tags: tuple[str, ...] = ()
    credit: Decimal | None = None

    @property
    def is_structure(self) -> bool:
        """Say whether it has several legs, whose signed price is bought."""
        return self.structure is not None and self.structure not in OF_ONE_LEG

    @property
    def closed_on(self) -> date:
        """Return the New York day that the result belongs to."""
        return new_york_date(self.closed_at)

    @property
    def entered_in_new_york(self) -> datetime | None:
        """Return New York's wall clock at the entry."""
        return None if self.entered_at is None else self.entered_at.astimezone(NEW_YORK)

    @property
    def credit_captured_pct(self) -> Decimal | None:
        """Return how much of its credit a trade kept before fees, in per cent; None of what was no credit."""
        if self.credit is None or self.credit <= 0:
            return None
        return (self.pnl + self.fees) / self.credit * _HUNDRED

    @property
    def slippage_pct(self) -> Decimal | None:
        """Return how much worse than the mid the entry was, in per cent of the mid; negative is better.

        None without a two-sided, uncrossed quote, and for legs that are worth nothing together.
        """
        if self.entry_price is None or self.bid is None or self.ask is None or self.bid > self.ask:
            return None
        mid = (self.bid + self.ask) / 2
        if mid == 0 or (self.bid <= 0 and not self.is_structure):
            return None
        is_bought = self.is_structure or self.side is LegSide.LONG
        paid = self.entry_price - mid if is_bought else mid - self.entry_price
        return paid / abs(mid) * _HUNDRED


def tags_of(stored: object) -> tuple[str, ...]:
    """Return the tags in a trade's notes, each once, in their order; what is no text is none."""
    if not isinstance(stored, list):
        return ()
    return tuple(dict.fromkeys(one for one in stored if isinstance(one, str) and one))

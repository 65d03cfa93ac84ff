"""One evaluation's case: inputs and configuration together, with what stages ask of them again and again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final

from chalicelib.domain.clocks.calendar import new_york_date
from chalicelib.domain.desk.pipeline.facts import Facts, Inputs
from chalicelib.domain.desk.pipeline.verdicts import Stage
from chalicelib.domain.desk.selection.candidate import Candidate, Selection
from chalicelib.domain.desk.selection.commissions import Commission, commission_of
from chalicelib.domain.desk.selection.economics import Economics
from chalicelib.domain.desk.selection.legs import LegQuote
from chalicelib.domain.desk.selection.view import View
from chalicelib.domain.desk.strategies.settings import DeskSettings
from chalicelib.domain.desk.strategies.strategy import EntryConditions, Liquidity, Strategy
from chalicelib.domain.desk.strategies.strategy_types import StrategyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Premises:
    """What a backtest asks to be taken for granted (B-12): nothing of it live.

    Stages in `assumed` let what is missing pass, and say so; what the data do say still fails. `commission`
    None: the broker's own.
    """

    assumed: frozenset[Stage] = frozenset()
    commission: Commission | None = None


NONE_TAKEN: Final = Premises()


@dataclass(frozen=True, kw_only=True)
class Case:
    """What the stages judge."""

    inputs: Inputs
    strategy: Strategy
    desk: DeskSettings
    premises: Premises = NONE_TAKEN

    @property
    def commission(self) -> Commission:
        """Return what contracts cost."""
        return self.premises.commission or commission_of(self.strategy.preferred_broker)

    @property
    def facts(self) -> Facts:
        """Return the facts."""
        return self.inputs.facts

    @property
    def selection(self) -> Selection:
        """Return what was selected."""
        return self.inputs.selection

    @property
    def kind(self) -> StrategyType:
        """Return what is sold now: the wheel counts as that."""
        return self.selection.kind

    @property
    def entry(self) -> EntryConditions:
        """Return the strategy's conditions."""
        return self.strategy.entry_conditions

    @property
    def liquidity(self) -> Liquidity:
        """Return what legs must offer."""
        return self.entry.liquidity

    @property
    def candidate(self) -> Candidate | None:
        """Return the structure ranked first."""
        return self.selection.candidate

    @property
    def legs(self) -> Sequence[LegQuote]:
        """Return its legs, none without a candidate."""
        return () if self.candidate is None else self.candidate.legs

    @property
    def today(self) -> date:
        """Return the New York day."""
        return new_york_date(self.facts.at)

    @property
    def spot(self) -> float | None:
        """Return the underlying's price where it is fresh."""
        reading = self.facts.spot
        if reading is None or not reading.is_fresh(self.facts.at, self.liquidity.max_quote_age_s):
            return None
        return reading.value

    @cached_property
    def view(self) -> View | None:
        """Return the seller's view of the candidate's expiry; None without what it takes."""
        realised = self.facts.technicals.realised_volatility
        if self.candidate is None or self.spot is None or realised is None:
            return None
        return self.candidate.view(self.facts.at, self.spot, realised, self.facts.closes_at)

    @cached_property
    def worth(self) -> Economics | None:
        """Return what one candidate is worth; None without one."""
        if self.candidate is None or self.view is None:
            return None
        return self.candidate.economics(self.kind, self.view, self.commission)

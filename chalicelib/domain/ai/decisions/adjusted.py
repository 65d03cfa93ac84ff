"""What a person makes of an entry before saying yes to it (C-07)."""

from dataclasses import dataclass, replace
from decimal import Decimal

from chalicelib.domain.ai.decisions.decision import TakeProfit
from chalicelib.domain.ai.validation.entry_rules import Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjusted:
    """What its owner makes of an entry before saying yes; None leaves it as it was offered."""

    quantity: Decimal | None = None
    stop_loss: Decimal | None = None
    take_profits: tuple[TakeProfit, ...] | None = None

    def applied_to(self, wish: Wish) -> Wish:
        """Return the entry as its owner wants it."""
        return replace(
            wish,
            quantity=wish.quantity if self.quantity is None else self.quantity,
            stop=wish.stop if self.stop_loss is None else self.stop_loss,
            targets=wish.targets if self.take_profits is None else self.take_profits,
        )

"""Bodies of the AI trader's calls; a trader is read by the domain, and `ai_schemas` describes it."""

import re
from decimal import Decimal
from typing import Annotated, ClassVar, Final

from pydantic import BeforeValidator, Field, WithJsonSchema

from chalicelib.api.fields import PartQuantity, RequestModel, Share, TargetPrice, Version
from chalicelib.api.read_by_domain import ReadByDomain
from chalicelib.domain.ai.decisions.adjusted import Adjusted
from chalicelib.domain.ai.decisions.decision import TakeProfit
from chalicelib.domain.ai.decisions.schema import TARGETS_MAX
from chalicelib.domain.ai.traders.bounds import SYMBOL
from chalicelib.domain.json_value import JsonValue, plain_json

NOTE_CHARS_MAX: Final = 2000
_NUMBER: Final = re.compile(r"[0-9]{1,12}(\.[0-9]{1,8})?")


def _number_or_text(value: object) -> object:
    """Read a number, or a text that is one: senders fill placeholders in between quotes."""
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return Decimal(value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError("must be a number")
    number = Decimal(value)
    if not number.is_finite() or not _NUMBER.fullmatch(f"{number:f}"):
        raise ValueError("is out of bounds")
    return number


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Symbol = Annotated[str, Field(pattern=f"^{SYMBOL}$")]
ContextWord = Annotated[str, Field(min_length=1, max_length=20)]


class NewTraderBody(ReadByDomain):
    """A trader to be made (C-01)."""

    SCHEMA: ClassVar[str] = "ai_schemas.new_trader"


class TraderBody(ReadByDomain):
    """What takes a trader's place, with the version that was seen; its state is passed over."""

    SCHEMA: ClassVar[str] = "ai_schemas.changed_trader"

    version: Version


class ResumeBody(RequestModel):
    """Resume a trader, or one symbol of it that was closed by hand."""

    symbol: Symbol | None = None


class TraderLiveBody(RequestModel):
    """Switch a trader's live trading; to switch it on all of C-08 is needed, `confirm` the account's number.

    `lift_cap` ends the cap of the first live trades, once they are behind it.
    """

    enable: bool
    confirm: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    disclaimer: bool = False
    lift_cap: bool = False


class EntriesBody(RequestModel):
    """Whether traders may enter."""

    enabled: bool


class SeenBody(RequestModel):
    """A word on a change that waits; `version` is the trade's as it was seen."""

    version: Version | None = None


class PauseAiBody(RequestModel):
    """Take the model's hand off a position, or put it on again."""

    paused: bool
    version: Version | None = None


class TakeProfitBody(RequestModel):
    """A target over a share of what is bought."""

    price: TargetPrice
    share: Share


class ApproveBody(SeenBody):
    """A yes, as offered or with other figures."""

    quantity: PartQuantity | None = None
    stop_loss: TargetPrice | None = None
    take_profits: Annotated[list[TakeProfitBody], Field(max_length=TARGETS_MAX)] | None = None

    def adjusted(self) -> Adjusted:
        """Return what the owner makes of the entry."""
        targets = self.take_profits
        return Adjusted(
            quantity=self.quantity,
            stop_loss=self.stop_loss,
            take_profits=None
            if targets is None
            else tuple(TakeProfit(price=one.price, share=one.share) for one in targets),
        )


class TryTraderBody(RequestModel):
    """Which of the trader's symbols to try; else the first that signals, else the first."""

    symbol: Symbol | None = None


class PaperResetBody(RequestModel):
    """Have the paper account begin anew; `confirm` is RESET."""

    confirm: Annotated[str, Field(min_length=1, max_length=20)]


class HookBody(RequestModel):
    """What a webhook says (C-01); side, price, interval, note are context. `secret` is for who cannot."""

    id: Annotated[str, Field(min_length=1, max_length=100), BeforeValidator(_as_text)] | None = None
    symbol: Annotated[str, Field(min_length=1, max_length=40)]
    side: ContextWord | None = None
    price: (
        Annotated[
            Decimal,
            BeforeValidator(_number_or_text),
            WithJsonSchema({"type": ["number", "string"], "description": "A number, or its text"}),
        ]
        | None
    ) = None
    interval: Annotated[ContextWord, BeforeValidator(_as_text)] | None = None
    note: Annotated[str, Field(max_length=NOTE_CHARS_MAX)] | None = None
    secret: Annotated[str, Field(max_length=200)] | None = Field(default=None, repr=False)

    def context(self) -> dict[str, JsonValue]:
        """Return what is kept as context, without what was not said."""
        said = {"side": self.side, "price": self.price, "interval": self.interval, "note": self.note}
        return {name: plain_json(value) for name, value in said.items() if value is not None}

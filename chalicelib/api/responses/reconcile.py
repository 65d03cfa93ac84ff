"""What holding books against brokers came to, account by account."""

from typing import Literal

from chalicelib.api.fields import AnyMode
from chalicelib.api.responses.base import Id, InstantText, Number, ResponseModel


class DriftFound(ResponseModel):
    """A contract, or shares, of which the broker shows something else than our trades hold; short below 0."""

    symbol: str
    underlying: str
    books: Number
    broker: Number
    since: InstantText
    accepted: bool


class UnsettledOrder(ResponseModel):
    """A trade with an order that should be over five minutes after it was sent."""

    trade_id: Id
    role: Literal["ENTRY", "EXIT"]


class Reconciled(ResponseModel):
    """One account; `trouble` says why it could not be looked at."""

    broker_mode: AnyMode
    account_id: str
    underlyings: list[str]
    settled: list[Id]
    unsettled: list[UnsettledOrder]
    drift: list[DriftFound]
    trouble: str | None


class Reconciliation(ResponseModel):
    """What was found in each account in which the desk acts."""

    results: list[Reconciled]

"""Positions that one order opened together and that protect one another; pure (W-01).

Collateral is counted group by group, never across them: what one trade holds protects no other, so that each
can be closed at any time without leaving the other uncovered.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final
from uuid import NAMESPACE_OID, UUID, uuid5

from chalicelib.brokers.errors import Uncovered
from chalicelib.brokers.paper.collateral import Quantities, contract_of, shares_to_cover, terms_of, worst_loss
from chalicelib.domain.instruments.index_classes import is_cash_settled
from chalicelib.domain.money import ZERO
from chalicelib.domain.structures.settlement import delivers_shares
from chalicelib.domain.structures.shapes import recognise

NAKED: Final = "collateral: a short call needs its shares, or a long call that expires no earlier"


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionGroup:
    """What belongs together since something in it is short; `id` is the order's that opened it.

    Long options and shares in it are tied: they are for the short ones. `delivers`: its short options deliver
    shares at their expiry, as those do that are about shares; all others settle in cash (W-05).
    """

    id: UUID
    underlying: str
    quantities: Quantities
    delivers: bool = False

    @property
    def is_short(self) -> bool:
        """Say whether anything in it still asks for protection."""
        return any(quantity < 0 for quantity in self.quantities.values())

    def changed(self, symbol: str, by: Decimal) -> "PositionGroup":
        """Return it with more or less of one position, below 0 for less."""
        moved = {**self.quantities, symbol: self.quantities.get(symbol, ZERO) + by}
        return replace(self, quantities={name: count for name, count in moved.items() if count})

    def without_idle_shares(self) -> "PositionGroup":
        """Return it with no more shares than its short calls need."""
        shares = self.quantities.get(self.underlying, ZERO)
        if shares <= 0:
            return self
        options = {name: count for name, count in self.quantities.items() if name != self.underlying}
        return self.changed(self.underlying, -max(ZERO, shares - shares_to_cover(options)))


Groups = tuple[PositionGroup, ...]


def tied(groups: Iterable[PositionGroup], symbol: str) -> Decimal:
    """Return how much of a position groups hold, signed."""
    return sum((group.quantities.get(symbol, ZERO) for group in groups), ZERO)


def collateral(groups: Iterable[PositionGroup]) -> Decimal | None:
    """Return the dollars that groups hold back; None where one of them can lose without a bound."""
    held = ZERO
    for group in groups:
        loss = worst_loss(group.quantities)
        if loss is None:
            return None
        held += loss
    return held


def cover_of(opened: Quantities) -> Decimal:
    """Return the shares that must be had beside what is opened; 0 unless a call in it is short."""
    return shares_to_cover(opened) if any(count < 0 for count in opened.values()) else ZERO


def after_opening(
    groups: Groups, opened: Quantities, *, order_id: UUID, underlying: str, loose_shares: Decimal
) -> Groups:
    """Return the groups once an order has opened these positions; raises Uncovered for a naked call.

    `loose_shares` are held and for nothing else: calls that nothing in the order bounds take what they need.
    """
    cover = cover_of(opened)
    if cover > loose_shares:
        raise Uncovered(NAKED)
    grown = PositionGroup(id=order_id, underlying=underlying, quantities={})
    for symbol, count in opened.items():
        grown = grown.changed(symbol, count)
    if not grown.is_short:
        return groups
    grown = grown.changed(underlying, cover)
    grown = replace(grown, delivers=_delivers(grown))
    known = next((group for group in groups if group.id == order_id), None)
    if known is None:
        return (*groups, grown)
    for symbol, count in grown.quantities.items():
        known = known.changed(symbol, count)
    return tuple(known if group.id == order_id else group for group in groups)


def _delivers(group: PositionGroup) -> bool:
    """Say whether a group is a short put or a covered call; whose strategy it is, books never hear."""
    return delivers_shares(
        broker_delivers=False,
        is_cash_settled=is_cash_settled(group.underlying),
        is_on_paper=True,
        shape=recognise(terms_of(group.quantities)),
    )


def after_closing(groups: Groups, closed: Quantities, held: Mapping[str, Decimal]) -> Groups:
    """Return the groups once these positions were given up; raises Uncovered where that leaves a call naked.

    `closed` is signed as the orders were, above 0 for what was bought back; `held` is what was there before.
    What several legs close together comes from groups of just these legs, the oldest first. Else a short
    position comes from the smallest group that has it, a long one from what is in no group first.
    """
    left = dict(closed)
    if len(closed) > 1:
        for group in groups:
            if group.quantities.keys() == closed.keys():
                groups = _take(groups, group, left, closed.keys())
    for symbol in closed:
        if left[symbol] < 0:
            loose = max(ZERO, held.get(symbol, ZERO) - max(ZERO, tied(groups, symbol)))
            left[symbol] = min(ZERO, left[symbol] + loose)
        for group in sorted(groups, key=lambda one: len(one.quantities)):
            groups = _take(groups, group, left, (symbol,))
    return tuple(group.without_idle_shares() for group in groups if group.is_short)


def _take(groups: Groups, group: PositionGroup, left: dict[str, Decimal], symbols: Iterable[str]) -> Groups:
    """Take of one group what is left to close of these positions."""
    taken, bares = group, False
    for symbol in symbols:
        there = group.quantities.get(symbol, ZERO)
        if there * left[symbol] >= 0:  # nothing to close, or on the other side
            continue
        by = min(abs(there), abs(left[symbol])).copy_sign(left[symbol])
        taken, bares = taken.changed(symbol, by), bares or by < 0
        left[symbol] -= by
    if bares and taken.is_short and worst_loss(taken.quantities) is None:
        raise Uncovered(NAKED)
    return tuple(taken if one.id == group.id else one for one in groups)


def with_strays(groups: Groups, held: Mapping[str, Decimal]) -> Groups:
    """Return the groups, and one for each short option that none knows: it holds collateral by itself.

    A release that knows no groups leaves such positions behind.
    """
    strays = []
    for symbol, count in held.items():
        contract, unknown = contract_of(symbol), count - tied(groups, symbol)
        if contract is not None and count < 0 and unknown < 0:
            strays.append(
                PositionGroup(
                    id=uuid5(NAMESPACE_OID, symbol),
                    underlying=contract.underlying,
                    quantities={symbol: unknown},
                )
            )
    return (*groups, *strays)


def without(groups: Sequence[PositionGroup], symbol: str) -> Groups:
    """Return the groups once a contract has gone from all of them, as an expired one does."""
    left = (group.changed(symbol, -group.quantities.get(symbol, ZERO)) for group in groups)
    return tuple(group.without_idle_shares() for group in left if group.is_short)

"""Tradier's names of combinations of options."""

from collections.abc import Iterable

from infra.local.emulators.brokerage.tickets import Ticket
from infra.local.emulators.market.occ import Right, parse


def strategy_name(legs: Iterable[Ticket]) -> str:
    """Return Tradier's name of a combination, by the number of its legs and their order."""
    tickets = list(legs)
    contracts = [contract for ticket in tickets if (contract := parse(ticket.option_symbol or ""))]
    rights = {contract.right for contract in contracts}
    if len(contracts) < len(tickets):
        return _beside_shares(rights)
    quantities = [ticket.quantity for ticket in tickets]
    if len(contracts) == 2:
        if len(rights) == 1:
            return "spread"
        return "straddle" if contracts[0].strike == contracts[1].strike else "strangle"
    if len(contracts) == 3 and quantities[1] == quantities[0] + quantities[2]:
        return "butterfly"
    return "condor" if len(contracts) == 4 else "unknown"


def _beside_shares(rights: set[Right]) -> str:
    """Return what shares and options are together; samples print a space where the reference does not."""
    if len(rights) > 1:
        return "collar"
    return "covered call" if Right.CALL in rights else "protective put"

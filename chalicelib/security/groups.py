"""Names of sign-in groups that mean something to papertape."""

from typing import Final

from chalicelib.domain.people import Tier

#: Members run this deployment (A-10).
OPERATOR_GROUP: Final = "operator"


def tier_of(groups: frozenset[str]) -> Tier:
    """Return the tier of a member of these sign-in groups: the best known one, none known: Free.

    Who is in no group at all has the best: a deployment without groups gives everyone Elite (C-08).
    """
    named = {group.lower() for group in groups} - {OPERATOR_GROUP}
    if not named:
        return Tier.ELITE
    return next((tier for tier in reversed(Tier) if tier.value in named), Tier.FREE)

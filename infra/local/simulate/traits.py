"""What a seed's run has of itself, so that runs of a kind can be lived through as they are, and counted."""

from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import count
from typing import Final

from infra.local.simulate.ai_traders import has_traders
from infra.local.simulate.desks import has_desks
from infra.local.simulate.exchange import has_accounts_there
from infra.local.simulate.other_brokers import has_brokers
from infra.local.simulate.population import has_structures

TRAITS: Final[Mapping[str, Callable[[int], bool]]] = {
    "structures": has_structures,
    "desks": has_desks,
    "traders": has_traders,
    "exchange": lambda seed: has_traders(seed) and has_accounts_there(seed),
    "brokers": has_brokers,
}


def traits_of(seed: int) -> frozenset[str]:
    """Return what people of a seed's run have beside single contracts."""
    return frozenset(name for name, has in TRAITS.items() if has(seed))


def seeds_having(traits: Collection[str], first: int, without: Collection[str] = ()) -> Iterator[int]:
    """Yield the seeds from `first` on whose runs have all of these and none of those, without end."""
    for seed in count(first):
        own = traits_of(seed)
        if own >= set(traits) and own.isdisjoint(without):
            yield seed


def known_traits(text: str) -> frozenset[str]:
    """Read traits with commas between; raises ValueError for a word that is none."""
    wanted = frozenset(text.split(","))
    if unknown := wanted - TRAITS.keys():
        raise ValueError(f"{', '.join(sorted(unknown))}: there are {', '.join(sorted(TRAITS))}")
    return wanted

"""Chains as last read in this container, for a scan that is refused: five minutes old at most (B-10)."""

from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from chalicelib.domain.desk.selection.chains import ChainSide, ExpiryChain

#: B-10: a scan never uses an older one.
CHAIN_AGE_MAX: Final = timedelta(seconds=300)
_CHAINS_MAX: Final = 512


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KeptChain:
    """One expiry laid out; its quotes' ages count from `read_at`."""

    chain: "ExpiryChain"
    source: str
    read_at: datetime

    def at(self, instant: datetime) -> "ExpiryChain":
        """Return the chain with the ages that its quotes have then."""
        seconds = (instant - self.read_at).total_seconds()
        if not seconds:
            return self.chain
        calls, puts = (_older(side, seconds) for side in (self.chain.calls, self.chain.puts))
        return replace(self.chain, calls=calls, puts=puts)


class KeptChains:
    """Chains by underlying and expiry, some 20 kB each."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, date], KeptChain] = OrderedDict()
        self._lock = Lock()

    def keep(self, underlying: str, kept: KeptChain) -> None:
        """Keep a chain in the place of a former one."""
        key = (underlying, kept.chain.expiry)
        with self._lock:
            self._kept[key] = kept
            self._kept.move_to_end(key)
            if len(self._kept) > _CHAINS_MAX:
                self._kept.popitem(last=False)

    def find(self, underlying: str, expiry: date, at: datetime) -> KeptChain | None:
        """Return the chain that may still be used at an instant, None without one.

        Product time may be moved, back too: what was read at another time says nothing of this one.
        """
        with self._lock:
            found = self._kept.get((underlying, expiry))
        if found is None or not timedelta(0) <= at - found.read_at <= CHAIN_AGE_MAX:
            return None
        return found

    def forget(self) -> None:
        """Read anew from now on: the market was moved without time having passed."""
        with self._lock:
            self._kept.clear()


def _older(side: "ChainSide", seconds: float) -> "ChainSide":
    return replace(side, age_s=side.age_s + seconds)

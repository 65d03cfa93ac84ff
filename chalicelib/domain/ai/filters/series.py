"""Closed candles as columns."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Series = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CandleArrays:
    """Closed candles of one symbol and length, oldest first, of one length each; float64."""

    opens: "Series"
    highs: "Series"
    lows: "Series"
    closes: "Series"
    volumes: "Series"

    def __len__(self) -> int:
        return len(self.closes)

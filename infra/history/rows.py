"""One contract at one moment as sixty-odd bytes: what every vendor's rows become (B-12)."""

from typing import Final

import numpy as np
import numpy.typing as npt

from chalicelib.domain.backtest.loading.packed import COUNTS, FRACTIONS, PRICE_UNITS, PRICES, UNKNOWN

#: `at`: epoch seconds, of end-of-day rows the day's ordinal until the day's close is known. `root`, `file`:
#: indices into names. Whole numbers as in `loading.packed`.
ROW: Final = np.dtype(
    [
        ("at", "i8"),
        ("expiry", "i4"),
        ("strike", "i4"),
        ("is_call", "?"),
        *((name, "i4") for name in (*PRICES, *COUNTS)),
        *((name, "f4") for name in FRACTIONS),
        ("spot", "i4"),
        ("root", "i2"),
        ("file", "i2"),
        ("row", "i4"),
    ]
)
Rows = npt.NDArray[np.void]
_WHOLE_MAX: Final = 2**31 - 1


def whole(values: npt.NDArray[np.float64], units: int) -> npt.NDArray[np.int32]:
    """Return values in whole units, -1 for what is not known, negative or beyond counting."""
    scaled = np.rint(values * units)
    is_known = (scaled >= 0) & (scaled <= _WHOLE_MAX)
    return np.where(is_known, scaled, UNKNOWN).astype(np.int32)


def prices(values: npt.NDArray[np.float64]) -> npt.NDArray[np.int32]:
    """Return dollars in ten-thousandths."""
    return whole(values, PRICE_UNITS)

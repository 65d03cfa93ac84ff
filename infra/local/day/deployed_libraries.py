"""Libraries as a deployed function has them, where the development environment has more."""

import importlib
import sys
from typing import Final

_ONLY_HERE: Final = "pandas"


def load_indicators() -> None:
    """Load TA-Lib without pandas, which is no part of a deployment.

    Where there is pandas, TA-Lib loads it and wraps its own functions for it: most of what the indicators of
    a day would cost. Nothing happens when either is loaded already.
    """
    if _ONLY_HERE in sys.modules or "talib" in sys.modules:
        return
    sys.modules[_ONLY_HERE] = None  # type: ignore[assignment]  # Python's own word for "is not there"
    try:
        importlib.import_module("talib")
    finally:
        del sys.modules[_ONLY_HERE]

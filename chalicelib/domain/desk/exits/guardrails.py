"""The figures that hold an exit back, or hurry it (B-06)."""

from datetime import timedelta
from decimal import Decimal
from typing import Final

EXIT_EVAL_INTERVAL: Final = timedelta(seconds=60)
#: The same exit must hold on so many scans running.
STOP_PERSISTENCE_SCANS: Final = 3
#: Scans running lie no further apart; after a longer gap counting begins anew.
SCANS_APART_MAX: Final = 2 * EXIT_EVAL_INTERVAL
#: Grace after the entry's fill.
MIN_HOLDING: Final = timedelta(seconds=900)
SUSPECT_MARK_JUMP_FRACTION: Final = Decimal("0.50")
#: An older mark says nothing of a jump.
JUMP_AGAINST_AGE_MAX: Final = timedelta(minutes=5)
VIX_SPIKE_PCT_1M: Final = 10.0
#: So many scans without a fresh VIX, with positions that leave by it, are told of.
VIX_BLIND_SCANS: Final = 3

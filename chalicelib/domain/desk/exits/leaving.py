"""How far an exit may go, and when the VIX path takes its last step (B-05, B-06)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from chalicelib.domain.desk.exits.guardrails import VIX_BLIND_SCANS, VIX_EMERGENCY_TIMEOUT


def worst_exit_price(natural: Decimal, buffer_pct: Decimal, *, is_buy: bool) -> Decimal:
    """Return the natural price plus the fill-price buffer: how far an exit's limit may walk.

    Prices are the order's own: what is sold goes lower, what is bought back higher.
    """
    buffer = abs(natural) * buffer_pct / 100
    return natural + buffer if is_buy else natural - buffer


def is_market_step_due(sent_at: datetime, now: datetime) -> bool:
    """Say whether a limit of the VIX path has been unfilled long enough for its last step."""
    return now - sent_at >= VIX_EMERGENCY_TIMEOUT


@dataclass(frozen=True, slots=True, kw_only=True)
class VixWatch:
    """How many exit scans running had no fresh VIX while positions that leave by it were open."""

    blind_scans: int = 0
    scan_at: datetime | None = None

    def after(self, scan_at: datetime, vix: float | None, *, has_positions: bool) -> "VixWatch":
        """Return the watch after a scan; the same scan again counts nothing."""
        if self.scan_at is not None and scan_at <= self.scan_at:
            return self
        is_blind = vix is None and has_positions
        return VixWatch(blind_scans=self.blind_scans + 1 if is_blind else 0, scan_at=scan_at)

    @property
    def is_alarming(self) -> bool:
        """Say whether somebody has to be told."""
        return self.blind_scans >= VIX_BLIND_SCANS

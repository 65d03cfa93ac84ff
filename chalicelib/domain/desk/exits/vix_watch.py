"""What exit scans keep of VIX between them (B-05, B-06)."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.desk.exits.guardrails import SCANS_APART_MAX, VIX_BLIND_SCANS


@dataclass(frozen=True, slots=True, kw_only=True)
class VixWatch:
    """What exit scans keep of VIX: the last scan's reading, the one it is held against, and blindness.

    `vix` is as fresh as of `read_at`, `before` what it was a scan earlier; None where there was none.
    `blind_scans` counts scans running without a fresh one while positions that leave by it were open.
    """

    blind_scans: int = 0
    scan_at: datetime | None = None
    vix: float | None = None
    read_at: datetime | None = None
    before: float | None = None

    def after(self, scan_at: datetime, vix: float | None, *, has_positions: bool) -> "VixWatch":
        """Return the watch after a scan; the same scan again counts nothing.

        A reading that one scan missed is held against the one before it: two minutes apart at most.
        """
        if self.scan_at is not None and scan_at <= self.scan_at:
            return self
        is_blind = vix is None and has_positions
        is_near = self.read_at is not None and scan_at - self.read_at <= SCANS_APART_MAX
        known = self.vix if is_near else None
        return VixWatch(
            blind_scans=self.blind_scans + 1 if is_blind else 0,
            scan_at=scan_at,
            vix=known if vix is None else vix,
            read_at=self.read_at if vix is None else scan_at,
            before=None if vix is None else known,
        )

    @property
    def is_alarming(self) -> bool:
        """Say whether somebody has to be told."""
        return self.blind_scans >= VIX_BLIND_SCANS

"""What names a scan: the same instant has the same name, so that a message delivered twice is one scan."""

from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

from chalicelib.domain.instants import rfc3339

_NAMESPACE: Final = UUID("3f1c0f3e-6a53-5d0b-9a5e-0d8c6f6f2c11")


def scan_id_of(kind: str, due_at: datetime) -> UUID:
    """Return the id of the scan of a kind (the job's name) that was due at an instant."""
    return uuid5(_NAMESPACE, f"{kind} {rfc3339(due_at)}")

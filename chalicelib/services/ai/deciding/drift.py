"""Whether a trader decides otherwise since its prompts changed: told once a version (C-02)."""

from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.ai.decisions.drift import DECISIONS_LOOKED_AT, SHIFT_POINTS_MAX, has_drifted
from chalicelib.services.environment import Environment
from chalicelib.services.raise_alert import Severity, raise_alert
from chalicelib.store.ai.decisions import read_mix, version_before

DRIFT: Final = "ai_drift"


def watch_drift(env: Environment, username: str, trader_id: UUID, name: str, version: str) -> None:
    """Hold a trader's last decisions against those by the version before."""

    def work(connection: Connection) -> None:
        before = version_before(connection, username, trader_id, version)
        if before is None:
            return
        mix = read_mix(connection, username, trader_id, version, DECISIONS_LOOKED_AT)
        then = read_mix(connection, username, trader_id, before, DECISIONS_LOOKED_AT)
        if not has_drifted(mix, then):
            return
        raise_alert(
            env,
            connection,
            username,
            severity=Severity.WARNING,
            kind=DRIFT,
            message=(
                f"{name}: by the prompts {version} it decides otherwise than by {before}: the mix of its "
                f"last {DECISIONS_LOOKED_AT} decisions moved by more than {SHIFT_POINTS_MAX} points."
            ),
            lasting=True,
            topic=f"{trader_id}:{version}",
        )

    env.database.run(work, username=username)

"""The secret that a trader's webhooks come with: made, shown once, kept sealed."""

from uuid import UUID

from sqlalchemy import Connection

from chalicelib.security.webhook_proofs import new_secret
from chalicelib.services.ai.manage_traders import hold
from chalicelib.services.environment import Environment
from chalicelib.store.ai import traders as store
from chalicelib.store.ai.traders import TraderRow
from chalicelib.store.database import Isolation


def renew_secret(env: Environment, username: str, trader_id: UUID) -> str:
    """Make a trader's secret anew and return it, this once; the one before ends at once. Raises NotFound."""
    secret = new_secret(env.randomness.token_bytes)
    sealed = env.sealer.seal(secret, owner=username, field=store.sealed_as(trader_id))

    def work(connection: Connection) -> None:
        hold(connection, username, trader_id)
        store.write_secret(connection, username, trader_id, sealed)

    env.database.run(work, username=username, isolation=Isolation.READ_COMMITTED)
    return secret


def open_secret(env: Environment, row: TraderRow) -> str | None:
    """Return a trader's secret, None where none was made; raises CredentialsUnreadable."""
    if row.secret_sealed is None:
        return None
    return env.sealer.open(row.secret_sealed, owner=row.username, field=store.sealed_as(row.id))

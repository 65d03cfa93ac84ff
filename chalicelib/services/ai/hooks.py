"""Webhooks (C-01): whoever proves that he knows a trader's secret raises a signal, each message once.

A trader that is not there answers like a wrong secret. Side and price are context for the model, no more.
"""

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.ai.traders.timeframes import Timeframe
from chalicelib.domain.ai.traders.trader import TraderState
from chalicelib.domain.json_value import JsonValue
from chalicelib.security.webhook_proofs import WebhookProof
from chalicelib.services.ai.signal_raised import signals_raised
from chalicelib.services.ai.trader_secrets import open_secret
from chalicelib.services.environment import CredentialsUnreadable, Environment
from chalicelib.services.errors import FieldError, Invalid, NotFound, TooSoon
from chalicelib.store.accounts.budget import CallWindows
from chalicelib.store.ai import signals, traders
from chalicelib.store.ai.signals import WebhookSignal
from chalicelib.store.ai.traders import TraderRow
from chalicelib.store.database import Isolation

_LOG: Final = logging.getLogger("papertape.ai")
#: Of one trader, what was refused for its secret aside (C-13).
PER_MINUTE: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a webhook says; `context` is data for the model, under the names of C-01."""

    symbol: str
    external_id: str | None
    context: Mapping[str, JsonValue]


def prove(env: Environment, trader_id: UUID, proof: WebhookProof) -> TraderRow | None:
    """Return the trader whose secret the sender knows, None for any other and for none."""
    owner = env.database.by_itself(lambda connection: traders.find_owner(connection, trader_id))
    row = None if owner is None else _read(env, owner, trader_id)
    try:
        secret = None if row is None else open_secret(env, row)
    except CredentialsUnreadable:
        _LOG.warning("the secret of a trader cannot be opened", extra={"trader": str(trader_id)})
        secret = None
    return row if proof.holds(secret) else None


def count_hook(env: Environment, trader_id: UUID) -> None:
    """Count a webhook that was proven; raises TooSoon beyond ten in a minute of product time."""
    windows = CallWindows(env.database)
    refused = windows.take(f"hook:{trader_id}", limit=PER_MINUTE, at=env.clock.now())
    if refused is not None:
        seconds = math.ceil(refused.wait_seconds)
        raise TooSoon(f"A trader takes {PER_MINUTE} signals a minute.", retry_after_seconds=seconds)


def take_signal(env: Environment, trader: TraderRow, told: Told, *, signature: str | None) -> UUID:
    """Store what a proven webhook says and have it decided; what was said before is answered as then.

    Raises Invalid for a symbol that is not the trader's, NotFound for one removed meanwhile.
    """
    now = env.clock.now()
    new_id = env.randomness.uuid7(now)

    def work(connection: Connection) -> tuple[UUID, TraderState]:
        present = traders.read(connection, trader.username, trader.id, lock=True)  # one after the other
        if present is None:
            raise NotFound("trader")
        said = signals.find_said(
            connection, present.username, present.id, external_id=told.external_id, signature=signature
        )
        if said is not None:
            return said, present.state
        if told.symbol not in present.symbols:
            raise Invalid([FieldError(field="symbol", message="is not one of the trader's")])
        signal = WebhookSignal(
            id=new_id,
            trader_id=present.id,
            symbol=told.symbol,
            candle=Timeframe(present.timeframe).closed_at(now),
            external_id=told.external_id,
            signature=signature,
            told=told.context,
        )
        signals.add_webhook(connection, present.username, signal)
        return new_id, present.state

    found, state = env.database.run(work, username=trader.username, isolation=Isolation.READ_COMMITTED)
    if found == new_id and state in {TraderState.ON, TraderState.PAUSED}:
        signals_raised(env, [(trader.username, found)])
    return found


def _read(env: Environment, username: str, trader_id: UUID) -> TraderRow | None:
    return env.database.read(
        lambda connection: traders.read(connection, username, trader_id), username=username
    )

"""The product inside the local stack: its container, its application and its jobs, on local adapters."""

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from chalice.app import Chalice

from chalicelib import composition, jobs
from chalicelib.config import Config
from chalicelib.domain.json_value import JsonValue
from chalicelib.observability.metrics import Meter
from chalicelib.observability.redaction import Redactor
from chalicelib.services.alerts.dead_letters import tell_given_up
from chalicelib.services.desk.market.gather import forget_market
from chalicelib.services.sync.look_at_brokers import AccountLook, look_at_brokers
from chalicelib.store.files.objects import ObjectStore
from chalicelib.system import Threads
from infra.local.aws.aws import (
    BACKUP_BUCKET,
    EXPORT_BUCKET,
    HISTORY_BUCKET,
    MAIL_SENDER,
    UserPool,
    client,
    mail_client,
    objects,
)
from infra.local.aws.kept_objects import KeptBackups
from infra.local.clockwork.clock import ProductClock
from infra.local.clockwork.messages import Message, MessageQueue
from infra.local.database.postgres import DatabaseUrls

REQUESTS_PER_MINUTE: Final = 600


def product_environment(
    *,
    database: DatabaseUrls,
    vendors: Mapping[str, str],
    pool: UserPool,
    secrets: Mapping[str, str],
    throttle: bool,
    delayed: bool,
    site_origin: str = "",
) -> dict[str, str]:
    """Name everything that the composition root reads from a deployment's environment."""
    return {
        **vendors,
        "DATABASE_URL_APP": database.app,
        "DATABASE_URL_JOBS": database.jobs,
        "DATABASE_URL_BACKUP": database.backup,
        "EXPORT_BUCKET": EXPORT_BUCKET,
        "BACKUP_BUCKET": BACKUP_BUCKET,
        "HISTORY_BUCKET": HISTORY_BUCKET,
        "ORATS_TOKEN": secrets["orats-token"],
        "MODEL_KEY": secrets["model-key"],
        "MAIL_SENDER": MAIL_SENDER,
        "ORATS_PLAN": "delayed" if delayed else "live",
        "SITE_ORIGIN": site_origin,
        "AWS_ENDPOINT_URL": pool.endpoint_url,
        "COGNITO_ISSUER": pool.issuer,
        "COGNITO_JWKS_URL": pool.jwks_url,
        "COGNITO_CLIENT_ID": pool.client_id,
        "COGNITO_ENDPOINT_URL": pool.endpoint_url,
        "SEALING_KEYS": secrets["sealing-keys"],
        "THROTTLE_PER_MINUTE": str(REQUESTS_PER_MINUTE if throttle else 0),
    }


class Product:
    """The composed product. One a process: the application finds its container in the composition root."""

    def __init__(
        self,
        environment: Mapping[str, str],
        *,
        clock: ProductClock,
        queue: MessageQueue,
        backups: KeptBackups | None = None,
        histories: ObjectStore | None = None,
        redactor: Redactor | None = None,
        meter: Meter | None = None,
    ) -> None:
        config = Config.from_environment(environment)

        def opened(_: str, bucket: str | None) -> ObjectStore:
            """Open a bucket of moto's; histories are too large for its memory and lie in a directory."""
            if bucket == HISTORY_BUCKET and histories is not None:
                return histories
            return objects(environment["AWS_ENDPOINT_URL"], bucket or "")

        self._container = composition.Container(
            config,
            clock=clock,
            bus=queue,
            objects=opened,
            mail=lambda: mail_client(environment["AWS_ENDPOINT_URL"]),
            pool=lambda: client("cognito-idp", environment["AWS_ENDPOINT_URL"]),
            redactor=redactor,
            meter=meter,
            side_by_side=Threads(),
        )
        self._backups = backups
        composition.install(self._container)
        self.job_names: frozenset[str] = jobs.JOB_NAMES
        self.app = _application()

    def forget_answers(self) -> None:
        """Let pages and the desk see a market that was moved by hand, as they would after a cycle."""
        self._container.api_context().kept.forget()
        forget_market(self._container.jobs_environment())

    def run_job(
        self, job: str, due_at: datetime, payload: Mapping[str, JsonValue], forced: bool
    ) -> Mapping[str, JsonValue]:
        """Run one job; raises what the job raises."""
        result = jobs.run_job(self._container, job, due_at=due_at, payload=payload, forced=forced)
        if job == "backup" and self._backups is not None:
            self._backups.keep()
        return result

    def look_at_brokers(self) -> Sequence[AccountLook]:
        """Compare every broker account with the books; raises DatabaseUnavailable."""
        return look_at_brokers(self._container.jobs_environment())

    def give_up(self, message: Message) -> None:
        """Tell of a message that failed for the last time, as the function that ran it does in the cloud."""
        tell_given_up(self._container.jobs_environment(), message.job, message.due_at, message.payload)

    def close(self) -> None:
        """Let go of the database's connections."""
        self._container.close()


def _application() -> Chalice:
    """Import the application anew: its routes belong to the container just installed."""
    sys.modules.pop("app", None)
    from app import app

    return app

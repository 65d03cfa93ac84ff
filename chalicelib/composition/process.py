"""The process's own container: built from its environment at the first request, or installed.

In the cloud it builds itself; the local stack and the tests build one with their own clock and bus.
"""

import json
import os
import sys
from collections.abc import Mapping

from chalicelib.composition.containers import Container
from chalicelib.config import Config
from chalicelib.domain.clocks.jobs import AGAIN, JOB_NAMES
from chalicelib.domain.json_value import JsonValue
from chalicelib.observability.logs import log_json
from chalicelib.observability.metrics import EmfMeter
from chalicelib.observability.redaction import Redactor
from chalicelib.security.secret_settings import KEY_RING, FetchSecret, from_extension, secret_settings
from chalicelib.system import SystemClock, SystemRandomness, Threads, machine_time

_installed: list[Container] = []


def install(built: Container) -> None:
    """Make this the process's container."""
    _installed[:] = [built]


def _secret_settings() -> dict[str, str]:
    """Read the parts of the secret that this function is given; none where the environment holds all."""
    labels = [label for label in os.environ.get("SECRET_LABELS", "").split(",") if label]
    return secret_settings(labels, _fetch_secret())


def _fetch_secret() -> FetchSecret:
    session_token = os.environ.get("AWS_SESSION_TOKEN", "")
    return from_extension(os.environ.get("SECRET_ID", ""), session_token)


def _read_keys() -> str:
    """Read the sealing keys as they stand now; raises SecretUnavailable."""
    return _fetch_secret()(KEY_RING)


def _with_again(queues: Mapping[str, str]) -> dict[str, str]:
    """Have failed runs of jobs without a queue of their own come back by the one they share."""
    shared = queues.get(AGAIN.name)
    return {**(dict.fromkeys(JOB_NAMES, shared) if shared is not None else {}), **queues}


def container() -> Container:
    """Return the process's container, building it from the environment at the first call."""
    if not _installed:
        from chalicelib.notify.queues import QueueBus

        redactor = Redactor()
        log_json(sys.stdout, redactor)
        clock = SystemClock()
        queues: dict[str, str] = json.loads(os.environ.get("JOB_QUEUES", "{}"))
        config = Config.from_environment({**os.environ, **_secret_settings()})
        install(
            Container(
                config,
                clock=clock,
                bus=QueueBus(_with_again(queues), clock),
                redactor=redactor,
                meter=EmfMeter(sys.stdout, config.metrics_namespace),
                side_by_side=Threads(),
                read_keys=_read_keys if os.environ.get("SECRET_LABELS") else None,
            )
        )
    return _installed[0]


def rotate_sealing_keys(event: Mapping[str, str]) -> dict[str, JsonValue]:
    """Carry out one step of Secrets Manager's rotation; it needs no container, which would need the keys."""
    import boto3

    from chalicelib.jobs.rotate_keys import rotate

    manager = boto3.client("secretsmanager")
    return rotate(manager, event, now=machine_time(), token_bytes=SystemRandomness().token_bytes)

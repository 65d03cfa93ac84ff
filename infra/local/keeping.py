"""What a stack keeps beside its database: where it stands, its secrets, its log."""

import base64
import logging
import secrets
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from chalicelib.domain.json_value import JsonValue
from chalicelib.observability.logs import TextFormatter, silence_libraries
from chalicelib.observability.metrics import EmfMeter
from chalicelib.observability.redaction import Redactor
from infra.local.clockwork.clock import ProductClock
from infra.local.clockwork.messages import MessageQueue
from infra.local.clockwork.scheduler import message_list
from infra.local.seed.private_files import open_private
from infra.local.state import StateDirectory

KEEP_EVERY_SECONDS: Final = 2.0
METRICS_NAMESPACE: Final = "papertape-local"


class Keeper:
    """Notes product time and waiting messages every other second, for a run that is killed."""

    def __init__(self, state: StateDirectory, clock: ProductClock, queue: MessageQueue, seed: int) -> None:
        self._state = state
        self._clock = clock
        self._queue = queue
        self._seed = seed
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)

    def start(self) -> None:
        self.keep()
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()
        self.keep()

    def _run(self) -> None:
        while not self._stopping.wait(KEEP_EVERY_SECONDS):
            self.keep()

    def keep(self) -> None:
        """Write now: after the clock was moved, a kill must not move it back."""
        with self._lock:
            self._state.write_resume(self._clock.now(), self._seed, message_list(self._queue))


def ensure_secrets(state: StateDirectory) -> dict[str, str]:
    """Return the secrets of this directory by name, each made at the first start that wants it."""
    stored = state.read_secrets()
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    made: dict[str, JsonValue] = {
        "sealing-keys": f"local-1:{key}",
        "orats-token": secrets.token_urlsafe(24),
        "model-key": f"sk-or-v1-{secrets.token_hex(32)}",
    }
    if stored is None or made.keys() - stored.keys():
        stored = made | (stored or {})
        state.write_secrets(stored)
    return {name: str(value) for name, value in stored.items()}


def log_to(path: Path, redactor: Redactor, ending: ExitStack) -> None:
    """Send what the parts log to a file; the terminal is for what a user wants to know."""
    handler = logging.StreamHandler(ending.enter_context(open_private(path)))
    handler.setFormatter(TextFormatter(redactor))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    silence_libraries()
    ending.callback(handler.close)
    ending.callback(root.removeHandler, handler)


def measure_to(path: Path, ending: ExitStack) -> EmfMeter:
    """Write metrics to a file, one line for each request and run, in the form that CloudWatch reads."""
    stream = ending.enter_context(open_private(path))
    return EmfMeter(stream, METRICS_NAMESPACE)

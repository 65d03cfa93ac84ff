"""`dev.py up`: start the stack, say `ready`, run until Ctrl-C or SIGTERM."""

import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from infra.local.database.postgres import PostgresUnavailable
from infra.local.front.web import PortTaken
from infra.local.options import parse_options
from infra.local.seed.demo_settings import SettingsRefused
from infra.local.seed.private_files import UnreadableFile
from infra.local.stack import Stack
from infra.local.state import StackRunning

CANNOT_START: Final = 2


def main(arguments: Sequence[str]) -> int:
    """Run until a signal; return 0 after a clean end, 2 when the stack could not start."""
    options = parse_options(arguments)
    started = time.monotonic()
    ending = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: ending.set())

    def say(text: str) -> None:
        print(f"[{time.monotonic() - started:5.1f} s] {text}", flush=True)

    stack = Stack(options, real_now=datetime.now(UTC), environ=os.environ, say=say)
    try:
        stack.start()
    except (StackRunning, PortTaken, PostgresUnavailable, SettingsRefused, UnreadableFile) as error:
        print(f"papertape cannot start: {error}", file=sys.stderr, flush=True)
        return CANNOT_START
    if not ending.is_set():
        print("ready", flush=True)
    ending.wait()
    say("ending")
    stack.stop()
    say("ended")
    return 0

"""How the root logger is set up: one handler, secrets redacted, the libraries that talk too much silenced."""

import logging
from typing import Final, TextIO

from chalicelib.observability.facts import present_facts
from chalicelib.observability.redaction import Redactor

#: Below WARNING these write whole addresses, headers or bodies; httpx has Telegram's token in its addresses.
CHATTY: Final = (
    "httpx",
    "httpcore",
    "botocore",
    "boto3",
    "urllib3",
    "werkzeug",
    "waitress",
    "alembic",
    "mcp",
)


class TextFormatter(logging.Formatter):
    """Lines for people: time, level, name, message, and the facts behind it."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        """Write one line (more with a traceback), without secrets."""
        facts = "".join(f" {name}={value}" for name, value in present_facts().items())
        return self._redactor.text(super().format(record) + facts)


def silence_libraries() -> None:
    """Let libraries say what is wrong and nothing else."""
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)


def log_json(stream: TextIO, redactor: Redactor) -> None:
    """Make JSON lines on this stream all that is logged; AWS' own handlers go."""
    # Imported here: it brings Powertools along, 30 ms that only a function pays, and not at its import.
    from chalicelib.observability.json_lines import JsonLines

    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines(redactor))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    silence_libraries()

"""Log records as JSON lines by Powertools for AWS Lambda, with the facts of the moment, without secrets."""

from typing import Any, Final

from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

from chalicelib.observability.facts import present_facts
from chalicelib.observability.redaction import Redactor

SERVICE: Final = "papertape"


class JsonLines(LambdaPowertoolsFormatter):
    """One JSON object a line: level, timestamp in UTC, name of the logger, message, facts, exception."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__(
            utc=True,
            use_rfc3339=True,
            serialize_stacktrace=False,  # `exception` has it as text
            service=SERVICE,
            name="%(name)s",
            json_deserializer=str,  # a message that happens to be JSON stays the text that it is
        )
        self._redactor = redactor

    def serialize(self, log: Any) -> str:  # Any: Powertools' own mapping of a record
        """Write the line."""
        plain = {name: self._redactor.value(value) for name, value in {**log, **present_facts()}.items()}
        return super().serialize(plain)

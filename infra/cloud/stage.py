"""One deployment: its name and everything about it that an operator chooses."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from chalicelib.config import BINANCE_STREAM_URL
from chalicelib.models.settings import ModelSettings

#: AWS::Lambda::EventSourceMapping ScalingConfig: the least MaximumConcurrency.
JOB_CONCURRENCY_MIN: Final = 2
_NAME: Final = re.compile(r"^[a-z][a-z0-9-]{0,19}$")
_STREAM: Final = re.compile(r"^(none|wss://[a-z0-9.-]+(:[0-9]{1,5})?)$")


class Architecture(StrEnum):
    """Processors that Lambda offers; Graviton costs a fifth less."""

    ARM = "arm64"
    INTEL = "x86_64"


class BadStage(ValueError):
    """A stage that cannot be deployed, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What one deployment is given. Money in dollars a month, concurrency in functions at once.

    `database_roots` is a file of root certificates for a database that no public authority vouches for.
    `coin_stream_url` is where the page hears prices of coins; `none`: it polls.
    `api_concurrency` is kept free for the API and is its bound; 0 keeps none, for an account whose quota
    has none to keep. `job_concurrency` bounds each queue's function.
    """

    name: str
    region: str = "us-east-1"
    architecture: Architecture = Architecture.ARM
    domain: str | None = None
    certificate_arn: str | None = None
    alarm_mail: str | None = None
    mail_sender: str | None = None
    budget_dollars: int = 20
    api_concurrency: int = 10
    job_concurrency: int = 2
    orats_plan: str = "delayed"
    orats_monthly_quota: int | None = None
    model_url: str | None = None
    model_name: str | None = None
    model_prices: str | None = None
    model_answer_form: str | None = None
    model_provider_options: bool = True
    model_temperature: str | None = None
    database_roots: str | None = None
    coin_stream_url: str = BINANCE_STREAM_URL
    log_days: int = 30
    live_trading: bool = False
    point_in_time_restore: bool = False

    def __post_init__(self) -> None:
        if not _NAME.match(self.name):
            raise BadStage("a stage's name has 1 to 20 of a-z, 0-9 and -, beginning with a letter")
        if (self.domain is None) != (self.certificate_arn is None):
            raise BadStage("a domain and its certificate (in us-east-1, for CloudFront) go together")
        try:
            ModelSettings.read(self.model_settings().get)
        except ValueError as error:
            raise BadStage(f"the model's settings: {error}") from error
        if not _STREAM.match(self.coin_stream_url):
            raise BadStage("coin_stream_url is wss:// and a host, the one the page may connect to, or none")
        if self.api_concurrency < 0:
            raise BadStage("api_concurrency is 0 (none kept) or more")
        if self.job_concurrency < JOB_CONCURRENCY_MIN:
            raise BadStage(
                f"job_concurrency is {JOB_CONCURRENCY_MIN} or more: a queue's mapping takes no less"
            )

    def model_settings(self) -> dict[str, str]:
        """Return what is chosen of the model that traders ask, by the settings' names."""
        chosen = {
            "MODEL_URL": self.model_url,
            "MODEL_NAME": self.model_name,
            "MODEL_PRICES": self.model_prices,
            "MODEL_ANSWER_FORM": self.model_answer_form,
            "MODEL_PROVIDER_OPTIONS": None if self.model_provider_options else "false",
            "MODEL_TEMPERATURE": self.model_temperature,
        }
        return {name: value for name, value in chosen.items() if value is not None}

    @property
    def stack_name(self) -> str:
        """Return the name of the CloudFormation stack."""
        return f"papertape-{self.name}"

    def function_name(self, function: str) -> str:
        """Return the name of a function in Lambda: what alarms and the runbook call it."""
        return f"{self.stack_name}-{function}"

    @property
    def secret_name(self) -> str:
        """Return the name of the stage's secret in Secrets Manager."""
        return f"papertape/{self.name}"

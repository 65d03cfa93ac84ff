"""What each function is given: its time, its memory, its secrets, what it may call, and its settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from chalicelib.domain.clocks.job_terms import JobTerms, Opens
from chalicelib.domain.clocks.jobs import AGAIN, JOBS, MESSAGE_JOBS, ROTATE
from chalicelib.security.secret_settings import KEY_RING
from infra.cloud.formation import Node, arn, attribute, camel, joined, ref, sub
from infra.cloud.package import PUBLIC_ROOTS
from infra.cloud.stage import Architecture, Stage

API: Final = "api"
API_SECONDS: Final = 29
ROTATE_SECONDS: Final = 120
MEGABYTES: Final = 1024
#: Parts of the stage's secret by who needs them, each under a staging label of its own; the owner's
#: connection string is not among them (architecture.md, In the cloud).
APP_DATABASE, JOBS_DATABASE, BACKUP_DATABASE = "database-app", "database-jobs", "database-backup"
SEALING_KEYS, VENDOR_TOKENS = KEY_RING, "vendor-tokens"
#: Functions that read or write a bucket, and how.
EXPORTS, BACKUPS, HISTORIES = "Exports", "Backups", "Histories"
#: Jobs that read loaded histories.
_READ_HISTORIES: Final = frozenset({"backtest"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionTerms:
    """One function of the deployment.

    `secrets` are the labels it may read, `sends_to` jobs whose queues it may write to; `queue` the one it
    is fed by.
    """

    name: str
    seconds: int
    secrets: tuple[str, ...]
    sends_to: tuple[str, ...] = ()
    queue: str | None = None
    batch_size: int = 1
    bucket: str | None = None
    files_audit: bool = False
    reads_histories: bool = False
    lists_histories: bool = False
    sends_mail: bool = False
    keeps_accounts: bool = False
    rotates: bool = False

    @property
    def logical_id(self) -> str:
        """Return how the template calls it; Chalice names the API's function itself."""
        return "APIHandler" if self.name == API else camel(self.name)


_CARRIED: Final = {name: terms.carried_by for name, terms in JOBS.items() if terms.carried_by is not None}
#: One for each job that no other carries: queues that nobody writes to are polled all the same, and cost.
_QUEUES: Final = (*sorted(MESSAGE_JOBS - _CARRIED.keys()), AGAIN.name)


def functions() -> tuple[FunctionTerms, ...]:
    """Return every function, the API's first."""
    jobs = [_job(terms) for _, terms in sorted(JOBS.items())]
    api = FunctionTerms(
        name=API,
        seconds=API_SECONDS,
        secrets=(APP_DATABASE, SEALING_KEYS, VENDOR_TOKENS),
        sends_to=("sync", "alert", "decide", "ai_replay", "backtest"),
        bucket=EXPORTS,
        lists_histories=True,
        keeps_accounts=True,
    )
    rotate = FunctionTerms(name=ROTATE, seconds=ROTATE_SECONDS, secrets=(SEALING_KEYS,), rotates=True)
    return (api, *jobs, _job(AGAIN), rotate)


def _job(terms: JobTerms) -> FunctionTerms:
    name = terms.name
    copies_all = name in {"backup", AGAIN.name}
    carried = [JOBS[job] for job, by in _CARRIED.items() if by == name]
    given = [
        (JOBS_DATABASE, True),
        (BACKUP_DATABASE, copies_all),
        (SEALING_KEYS, Opens.USERS_SECRETS in terms.opens),
        (VENDOR_TOKENS, Opens.VENDORS in terms.opens),
    ]
    return FunctionTerms(
        name=name,
        seconds=max(one.timeout_seconds for one in (terms, *carried)),
        secrets=tuple(label for label, is_given in given if is_given),
        sends_to=(*_QUEUES, *sorted(_CARRIED)),
        queue=name if name in _QUEUES else None,
        batch_size=terms.batch_size or 1,
        bucket=BACKUPS if copies_all else None,
        files_audit=name == "thin",
        reads_histories=not _READ_HISTORIES.isdisjoint({name, *(one.name for one in carried)}),
        sends_mail=name == "alert",
    )


def queue_id(job: str) -> str:
    """Return the logical id of the queue that takes a job's messages: its own, another's, or `again`'s."""
    queue = _CARRIED.get(job, job)
    return f"{camel(queue if queue in _QUEUES else AGAIN.name)}Queue"


def settings_of(function: FunctionTerms, stage: Stage) -> Mapping[str, Node]:
    """Return the environment variables of a function: names of things, never a secret."""
    pool = ref("UserPool")
    issuer = joined(sub("https://cognito-idp.${AWS::Region}.amazonaws.com/"), pool)
    optional: dict[str, Node] = {
        "ORATS_MONTHLY_QUOTA": str(stage.orats_monthly_quota) if stage.orats_monthly_quota else None,
        "MAIL_SENDER": stage.mail_sender,
        # CloudFront's own name would close a circle: function, distribution, API, function.
        "SITE_ORIGIN": None if stage.domain is None else f"https://{stage.domain}",
    }
    return {
        # libpq's own OpenSSL, in psycopg's wheel, looks for the public roots where Lambda has none.
        "SSL_CERT_FILE": PUBLIC_ROOTS,
        "BINANCE_STREAM_URL": stage.coin_stream_url,
        "SECRET_ID": stage.secret_name,
        "SECRET_LABELS": ",".join(function.secrets),
        "JOB_QUEUES": _queues(function),
        "EXPORT_BUCKET": ref(EXPORTS),
        "BACKUP_BUCKET": ref(BACKUPS),
        "HISTORY_BUCKET": ref(HISTORIES),
        "COGNITO_ISSUER": issuer,
        "COGNITO_JWKS_URL": joined(issuer, "/.well-known/jwks.json"),
        "COGNITO_CLIENT_ID": ref("UserPoolClient"),
        "COGNITO_ENDPOINT_URL": sub("https://cognito-idp.${AWS::Region}.amazonaws.com"),
        "ORATS_PLAN": stage.orats_plan,
        "THROTTLE_PER_MINUTE": "600",
        "FORCE_MARKET_OPEN": ref("ForceMarketOpen"),
        "DISALLOW_MARKET_ORDERS": ref("DisallowMarketOrders"),
        "LIVE_RECORDS_YEARS": ref("LiveRecordsYears"),
        "POWERTOOLS_SERVICE_NAME": f"papertape-{function.name}",
        "POWERTOOLS_METRICS_NAMESPACE": stage.stack_name,
        # The extension reads secrets once and keeps them this long; rotation keeps old keys far longer.
        "SECRETS_MANAGER_TTL": "300",
        **stage.model_settings(),
        **{name: value for name, value in optional.items() if value is not None},
    }


def _queues(function: FunctionTerms) -> Node:
    """Return the queues a function may send to, as the JSON that the composition root reads."""
    parts: list[Node] = []
    for index, job in enumerate(function.sends_to):
        parts += [f'{"," if index else ""}"{job}":"', ref(queue_id(job)), '"']
    return joined("{", *parts, "}")


#: Accounts that publish AWS' Parameters and Secrets extension, by region (AWS Secrets Manager user guide,
#: "Use AWS Secrets Manager secrets in AWS Lambda functions").
_EXTENSION_ACCOUNTS: Final[Mapping[str, str]] = {
    "us-east-1": "177933569100",
    "us-east-2": "590474943231",
    "us-west-1": "997803712105",
    "us-west-2": "345057560386",
    "ca-central-1": "200266452380",
    "eu-central-1": "187925254637",
    "eu-west-1": "015030872274",
    "eu-west-2": "133256977650",
    "eu-west-3": "780235371811",
    "eu-north-1": "427196147048",
    "ap-northeast-1": "133490724326",
    "ap-southeast-1": "044395824272",
    "ap-southeast-2": "665172237481",
    "ap-south-1": "176022468876",
    "sa-east-1": "933737806257",
}
_EXTENSION_VERSION: Final = 11


class UnknownRegion(ValueError):
    """A region whose secrets extension we do not know."""

    def __init__(self, region: str) -> None:
        known = ", ".join(sorted(_EXTENSION_ACCOUNTS))
        super().__init__(f"{region} is not among the regions papertape deploys to: {known}")


def extension_layers() -> list[str]:
    """Return what matches the extension's layers in their publishers' accounts: deploying reads them."""
    name = "AWS-Parameters-and-Secrets-Lambda-Extension*"
    return [
        f"arn:aws:lambda:{region}:{account}:layer:{name}" for region, account in _EXTENSION_ACCOUNTS.items()
    ]


def secrets_extension(stage: Stage) -> str:
    """Return the layer that serves secrets on localhost. Raises UnknownRegion."""
    account = _EXTENSION_ACCOUNTS.get(stage.region)
    if account is None:
        raise UnknownRegion(stage.region)
    suffix = "-Arm64" if stage.architecture is Architecture.ARM else ""
    name = f"AWS-Parameters-and-Secrets-Lambda-Extension{suffix}"
    return f"arn:aws:lambda:{stage.region}:{account}:layer:{name}:{_EXTENSION_VERSION}"


def role_id(function: FunctionTerms) -> str:
    """Return the logical id of a function's own role."""
    return f"{function.logical_id}Role"


def function_overrides(function: FunctionTerms, stage: Stage) -> Node:
    """Return what the template sets on a function beyond what Chalice knows of it."""
    settings = {
        "FunctionName": stage.function_name(function.name),
        "Role": arn(role_id(function)),
        "Timeout": function.seconds,
        "MemorySize": MEGABYTES,
        "Architectures": [stage.architecture.value],
        "Layers": [secrets_extension(stage)],
        "Environment": {"Variables": dict(settings_of(function, stage))},
        "LoggingConfig": {"LogGroup": ref(f"{function.logical_id}Logs"), "LogFormat": "Text"},
    }
    if function.name != API:
        return {**settings, "EventInvokeConfig": _once(function)}
    # Jobs are bounded where they are called from: a schedule makes one call, a mapping has its own maximum.
    reserved = {"ReservedConcurrentExecutions": stage.api_concurrency} if stage.api_concurrency else {}
    return {**settings, **reserved}


def _once(function: FunctionTerms) -> Node:
    """A call that fails is never run again by Lambda itself (architecture.md, Retries)."""
    return {
        "MaximumRetryAttempts": 0,
        "MaximumEventAgeInSeconds": 60 if function.name == "plan" else 3600,
        "DestinationConfig": {"OnFailure": {"Type": "SQS", "Destination": attribute("DeadLetters", "Arn")}},
    }

"""AWS on this machine: moto's server with what papertape has in the cloud.

Cognito's accounts are signed in by the machine's time, not product time (local.md, security time), so the
demo users' tokens get an expiry far past any run. Nothing here is worth protecting: moto signs with a key
that everybody has.
"""

import json
import logging
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import boto3
from botocore.config import Config as ClientConfig
from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.moto_server import werkzeug_app
from moto.server import ThreadedMotoServer
from werkzeug.serving import make_server

from chalicelib.domain.clocks.jobs import MESSAGE_JOBS, SCHEDULES
from chalicelib.domain.json_value import JsonValue
from chalicelib.notify.directory import ses_client
from chalicelib.store.files.objects import S3Objects
from infra.local.aws.accounts import DEMO_GROUPS, Account, AccountBook
from infra.local.aws.authenticator_secrets import teach_authenticator_secrets
from infra.local.aws.sessions import teach_sessions
from infra.local.front.web import Environ, StartResponse, WsgiApp, json_answer, request_headers, send
from infra.local.loopback import LOOPBACK, refusal

REGION: Final = "us-east-1"
EXPORT_BUCKET: Final = "papertape-exports"
#: As in the cloud: the page follows the link of an export that is too large for an answer.
_READ_BY_THE_PAGE: Final = {
    "CORSRules": [
        {
            "AllowedOrigins": ["http://127.0.0.1:*", "http://localhost:*"],
            "AllowedMethods": ["GET"],
            "MaxAgeSeconds": 300,
        }
    ]
}
BACKUP_BUCKET: Final = "papertape-backups"
HISTORY_BUCKET: Final = "papertape-histories"
MAIL_SENDER: Final = "alerts@papertape.example"
DEAD_LETTERS: Final = "papertape-dead-letters"
TOKEN_SECONDS: Final = 10 * 365 * 24 * 3600
MAX_RECEIVE_COUNT: Final = 3


def client(service: str, endpoint_url: str) -> Any:
    """Return a boto3 client of moto's server; its credentials are words that moto takes for any."""
    return boto3.client(
        service,
        endpoint_url=endpoint_url,
        region_name=REGION,
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=ClientConfig(signature_version="s3v4") if service == "s3" else None,
    )


def mail_client(endpoint_url: str) -> Any:
    """Return a client of moto's SES, which repeats no call."""
    return ses_client(
        endpoint_url, region_name=REGION, aws_access_key_id="local", aws_secret_access_key="local"
    )


def objects(endpoint_url: str, bucket: str) -> S3Objects:
    """Open a bucket of moto's server."""
    return S3Objects(lambda: client("s3", endpoint_url), bucket)


def make_buckets(endpoint_url: str) -> None:
    """Make the buckets of exports, which the page reads, and of backups and histories, which it does not."""
    s3 = client("s3", endpoint_url)
    for bucket in (EXPORT_BUCKET, BACKUP_BUCKET, HISTORY_BUCKET):
        s3.create_bucket(Bucket=bucket)
    s3.put_bucket_cors(Bucket=EXPORT_BUCKET, CORSConfiguration=_READ_BY_THE_PAGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class UserPool:
    """Where accounts live: the pool, the page's client of it, and who issues its tokens."""

    endpoint_url: str
    pool_id: str
    client_id: str

    def as_json(self) -> dict[str, JsonValue]:
        return {"endpoint_url": self.endpoint_url, "pool_id": self.pool_id, "client_id": self.client_id}

    @property
    def issuer(self) -> str:
        return f"https://cognito-idp.{REGION}.amazonaws.com/{self.pool_id}"

    @property
    def jwks_url(self) -> str:
        return f"{self.endpoint_url}/{self.pool_id}/.well-known/jwks.json"


class _GuardedServer(ThreadedMotoServer):
    """moto's server behind a door that keeps web pages out: it holds sealing keys and connection strings."""

    def _server_entry(self) -> None:
        # Read where an application is made; the variable of this name is read when moto is imported.
        vars(werkzeug_app)["DISABLE_GLOBAL_CORS"] = True
        app = _without_pages(werkzeug_app.DomainDispatcherApplication(werkzeug_app.create_backend_app))
        self._server = make_server(
            self._ip_address, self._port, app, threaded=True, request_handler=werkzeug_app.MotoRequestHandler
        )
        self._server_ready_event.set()
        self._server.serve_forever()


def _without_pages(app: WsgiApp) -> WsgiApp:
    def guarded(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        reason = refusal(request_headers(environ), is_for_pages=_is_link_of_export(environ))
        if reason is not None:
            return send(json_answer({"error": reason}, 403), start_response)
        return app(environ, start_response)

    return guarded


def _is_link_of_export(environ: Environ) -> bool:
    """Say whether the page may follow it: its name is beyond guessing."""
    path: str = environ["PATH_INFO"]
    return environ["REQUEST_METHOD"] == "GET" and path.startswith(f"/{EXPORT_BUCKET}/exports/")


class LocalAws:
    """moto's server in this process, filled with papertape's resources."""

    def __init__(self) -> None:
        # Pool and client keep their ids from start to start, so that tokens of an earlier one stay good.
        os.environ["MOTO_COGNITO_IDP_USER_POOL_ID_STRATEGY"] = "HASH"
        os.environ["MOTO_COGNITO_IDP_USER_POOL_CLIENT_ID_STRATEGY"] = "HASH"
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        teach_sessions()
        teach_authenticator_secrets()
        self._server = _GuardedServer(LOOPBACK, 0, verbose=False)
        self.endpoint_url = ""

    def start(self) -> UserPool:
        """Serve on a free port and make the user pool."""
        self._server.start()
        host, port = self._server.get_host_and_port()
        self.endpoint_url = f"http://{host}:{port}"
        return self._make_pool()

    def stop(self) -> None:
        """Stop serving; everything in moto is forgotten."""
        self._server.stop()

    def make_resources(self, secrets: Mapping[str, str]) -> None:
        """Make the secrets, the buckets, the queues and the schedules that a deployment has."""
        manager = client("secretsmanager", self.endpoint_url)
        for name, value in secrets.items():
            manager.create_secret(Name=f"papertape/{name}", SecretString=value)
        make_buckets(self.endpoint_url)
        client("sesv2", self.endpoint_url).create_email_identity(EmailIdentity=MAIL_SENDER)
        make_queues(self.endpoint_url)
        make_schedules(self.endpoint_url)

    def restore_accounts(self, pool: UserPool, book: AccountBook) -> None:
        """Make the accounts that were kept, each with the `sub` it had."""
        for account in book:
            sub = make_account(pool, account)
            if account.sub:
                self._set_sub(pool, account)
            else:
                book.put(replace(account, sub=sub))

    def access_token(self, pool: UserPool, username: str) -> str:
        """Sign an access token that outlives the stack's run, known to the pool like any other."""
        stored = self._pool(pool)
        token, _ = stored.create_jwt(
            pool.client_id,
            username,
            "access",
            expires_in=TOKEN_SECONDS,
            extra_data={"scope": "aws.cognito.signin.user.admin", **_group_claims(stored, username)},
        )
        stored.access_tokens[token] = (pool.client_id, username)
        return str(token)

    def _make_pool(self) -> UserPool:
        cognito = client("cognito-idp", self.endpoint_url)
        pool_id = cognito.create_user_pool(
            PoolName="papertape",
            AdminCreateUserConfig={"AllowAdminCreateUserOnly": True},
            MfaConfiguration="OPTIONAL",
        )["UserPool"]["Id"]
        app_client = cognito.create_user_pool_client(
            UserPoolId=pool_id,
            ClientName="page",
            ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        )["UserPoolClient"]
        for group in sorted({group for groups in DEMO_GROUPS.values() for group in groups}):
            cognito.create_group(UserPoolId=pool_id, GroupName=group)
        return UserPool(endpoint_url=self.endpoint_url, pool_id=pool_id, client_id=app_client["ClientId"])

    def _pool(self, pool: UserPool) -> Any:
        return get_backend("cognito-idp")[DEFAULT_ACCOUNT_ID][REGION].user_pools[pool.pool_id]

    def _set_sub(self, pool: UserPool, account: Account) -> None:
        user = self._pool(pool).users[account.username]
        user.id = account.sub
        user.update_attributes([{"Name": "sub", "Value": account.sub}])


def _group_claims(stored: Any, username: str) -> dict[str, list[str]]:
    groups = [group.group_name for group in stored.users[username].groups]
    return {"cognito:groups": groups} if groups else {}


def make_account(pool: UserPool, account: Account) -> str:
    """Create an account with a lasting password, return its `sub`; Cognito refuses a name it has."""
    cognito = client("cognito-idp", pool.endpoint_url)
    created = cognito.admin_create_user(
        UserPoolId=pool.pool_id, Username=account.username, MessageAction="SUPPRESS"
    )
    cognito.admin_set_user_password(
        UserPoolId=pool.pool_id, Username=account.username, Password=account.password, Permanent=True
    )
    for group in account.groups:
        cognito.admin_add_user_to_group(UserPoolId=pool.pool_id, Username=account.username, GroupName=group)
    return _attribute(created["User"]["Attributes"], "sub")


def _attribute(attributes: Iterable[Mapping[str, str]], name: str) -> str:
    return next(one["Value"] for one in attributes if one["Name"] == name)


def make_queues(endpoint_url: str) -> None:
    """Make a queue for each job that takes messages, and the dead-letter queue behind them all."""
    sqs = client("sqs", endpoint_url)
    dead = sqs.create_queue(QueueName=DEAD_LETTERS)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": MAX_RECEIVE_COUNT})
    for job in sorted(MESSAGE_JOBS):
        sqs.create_queue(QueueName=f"papertape-{job}", Attributes={"RedrivePolicy": redrive})


def make_schedules(endpoint_url: str) -> None:
    """Make the schedules from the definitions that are deployed."""
    scheduler = client("scheduler", endpoint_url)
    for schedule in SCHEDULES:
        scheduler.create_schedule(
            Name=f"papertape-{schedule.name}",
            ScheduleExpression=schedule.expression,
            ScheduleExpressionTimezone=schedule.timezone,
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={
                "Arn": f"arn:aws:lambda:{REGION}:{DEFAULT_ACCOUNT_ID}:function:papertape-{schedule.job}",
                "RoleArn": f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:role/papertape-scheduler",
                "RetryPolicy": {
                    "MaximumRetryAttempts": schedule.retries,
                    "MaximumEventAgeInSeconds": schedule.event_age_seconds_max,
                },
            },
        )

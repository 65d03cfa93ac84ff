"""A role for each function, and each allowed only what that function does."""

from typing import Final

from chalicelib.store.files.history_sets import HISTORY, MANIFEST
from chalicelib.store.files.objects import AUDIT
from infra.cloud.formation import (
    Node,
    Resources,
    allow,
    arn,
    joined,
    policy,
    resource,
    sub,
    trusted_by,
)
from infra.cloud.functions import (
    BACKUPS,
    HISTORIES,
    SEALING_KEYS,
    FunctionTerms,
    functions,
    queue_id,
    role_id,
)
from infra.cloud.secrets import PENDING, secret_arn
from infra.cloud.stage import Stage

_WRITES: Final = ("s3:PutObject", "s3:AbortMultipartUpload")


def roles(stage: Stage) -> Resources:
    """Return every function's role and its log group."""
    found: Resources = {}
    for function in functions():
        found[role_id(function)] = _role(function, stage)
        found[f"{function.logical_id}Logs"] = resource(
            "AWS::Logs::LogGroup",
            {
                "LogGroupName": f"/aws/lambda/{stage.function_name(function.name)}",
                "RetentionInDays": stage.log_days,
            },
            DeletionPolicy="Delete",
            UpdateReplacePolicy="Delete",
        )
    return found


def _role(function: FunctionTerms, stage: Stage) -> Node:
    return resource(
        "AWS::IAM::Role",
        {
            "AssumeRolePolicyDocument": trusted_by("lambda.amazonaws.com"),
            "Policies": [
                {"PolicyName": "does-its-work", "PolicyDocument": policy(*_statements(function, stage))}
            ],
        },
    )


def _statements(function: FunctionTerms, stage: Stage) -> list[Node]:
    found = [_writes_its_log(function), _reads_its_secrets(function, stage), _gives_up_to_dead_letters()]
    if function.sends_to:
        written_to = sorted({queue_id(job) for job in function.sends_to})
        found.append(allow(["sqs:SendMessage"], [arn(queue) for queue in written_to]))
    if function.queue is not None:
        receive = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
        found.append(allow(receive, [arn(queue_id(function.queue))]))
    if function.bucket is not None:
        found += _uses_its_bucket(function.bucket)
    if function.reads_histories:
        found += _reads_histories("/*")
    if function.lists_histories:
        found += _reads_histories(f"/{HISTORY}*/{MANIFEST}")
    if function.files_audit:
        found += _keeps_audit()
    if function.sends_mail and stage.mail_sender is not None:
        found.append(_sends_mail(stage.mail_sender))
    if function.keeps_accounts:
        found.append(_keeps_accounts())
    if function.rotates:
        found += _rotates(stage)
    return found


def _writes_its_log(function: FunctionTerms) -> Node:
    return allow(["logs:CreateLogStream", "logs:PutLogEvents"], [arn(f"{function.logical_id}Logs")])


def _reads_its_secrets(function: FunctionTerms, stage: Stage) -> Node:
    """Allow the labels that a function is given: a call that names no label is refused."""
    labels = [*function.secrets, *((PENDING,) if function.rotates else ())]
    return allow(["secretsmanager:GetSecretValue"], [secret_arn(stage)], Condition=_labelled(labels))


def _labelled(labels: list[str]) -> Node:
    return {"StringEquals": {"secretsmanager:VersionStage": labels}}


def _gives_up_to_dead_letters() -> Node:
    return allow(["sqs:SendMessage"], [arn("DeadLetters")])


def _uses_its_bucket(bucket: str) -> list[Node]:
    objects = joined(arn(bucket), "/*")
    lists = [allow(["s3:ListBucket"], [arn(bucket)])] if bucket == BACKUPS else []
    return [allow([*_WRITES, "s3:GetObject"], [objects]), *lists]


def _reads_histories(keys: str) -> list[Node]:
    """Read what an operator loaded, all of it or what sets say of themselves; nobody else writes it."""
    return [
        allow(["s3:GetObject"], [joined(arn(HISTORIES), keys)]),
        allow(["s3:ListBucket"], [arn(HISTORIES)]),
    ]


def _keeps_audit() -> list[Node]:
    """File what was decided, and take away the files of who left (C-09)."""
    files = allow([*_WRITES, "s3:DeleteObject"], [joined(arn(BACKUPS), f"/{AUDIT}*")])
    listed = {"StringLike": {"s3:prefix": f"{AUDIT}*"}}
    return [files, allow(["s3:ListBucket"], [arn(BACKUPS)], Condition=listed)]


def _keeps_accounts() -> Node:
    """Ask for accounts, disable and delete them (A-10): no right to make one, or to set a password."""
    read = ["AdminGetUser", "ListUsers", "ListGroups", "ListUsersInGroup"]
    end = ["AdminDisableUser", "AdminEnableUser", "AdminDeleteUser", "AdminUserGlobalSignOut"]
    return allow([f"cognito-idp:{action}" for action in (*read, *end)], [arn("UserPool")])


def _sends_mail(sender: str) -> Node:
    identity = sub("arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/*")
    return allow(["ses:SendEmail"], [identity], Condition={"StringEquals": {"ses:FromAddress": sender}})


def _rotates(stage: Stage) -> list[Node]:
    writes = ["secretsmanager:DescribeSecret", "secretsmanager:PutSecretValue"]
    moves = ["secretsmanager:UpdateSecretVersionStage"]
    secret = [secret_arn(stage)]
    return [allow(writes, secret), allow(moves, secret, Condition=_labelled([SEALING_KEYS]))]

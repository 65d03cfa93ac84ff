"""Secrets: empty in the template, filled by `deploy`, the sealing keys renewed by a function of ours."""

from typing import Final

from chalicelib.jobs.names import ROTATE
from infra.cloud.formation import Resources, arn, camel, ref, resource
from infra.cloud.functions import (
    APP_DATABASE,
    BACKUP_DATABASE,
    JOBS_DATABASE,
    SEALING_KEYS,
    SECRETS,
    VENDOR_TOKENS,
)
from infra.cloud.stage import Stage

ROTATION_DAYS: Final = 90
_MEANING: Final = {
    APP_DATABASE: "connection string of papertape_app",
    JOBS_DATABASE: "connection string of papertape_jobs",
    BACKUP_DATABASE: "connection string of papertape_backup",
    SEALING_KEYS: "keys that seal broker tokens, the first of which seals",
    VENDOR_TOKENS: "the operator's tokens at data vendors and for alerts",
}


def secret_id(name: str) -> str:
    """Return a secret's logical id."""
    return f"{camel(name)}Secret"


def secrets(stage: Stage) -> Resources:
    """Return the secrets and the rotation of the sealing keys.

    Secrets stay when the stack goes: a sealed token without its key is lost for good.
    """
    found: Resources = {
        secret_id(name): resource(
            "AWS::SecretsManager::Secret",
            {"Name": stage.secret_name(name), "Description": f"papertape: {_MEANING[name]}"},
            DeletionPolicy="Retain",
            UpdateReplacePolicy="Retain",
        )
        for name in SECRETS
    }
    found["SealingKeysRotation"] = resource(
        "AWS::SecretsManager::RotationSchedule",
        {
            "SecretId": ref(secret_id(SEALING_KEYS)),
            "RotationLambdaARN": arn(camel(ROTATE)),
            "RotationRules": {"AutomaticallyAfterDays": ROTATION_DAYS},
            "RotateImmediatelyOnUpdate": False,
        },
        DependsOn=["RotateByManager"],
    )
    found["RotateByManager"] = resource(
        "AWS::Lambda::Permission",
        {
            "FunctionName": arn(camel(ROTATE)),
            "Action": "lambda:InvokeFunction",
            "Principal": "secretsmanager.amazonaws.com",
            "SourceAccount": ref("AWS::AccountId"),
            "SourceArn": ref(secret_id(SEALING_KEYS)),
        },
    )
    return found

"""The stage's one secret: made and filled by `deploy`, outlives the stack, its keys renewed by a function.

It is not the stack's: what a stack keeps when it goes, or when its creation fails, it cannot make again
under the same name, and a sealed token without its key is lost for good. A secret costs by itself and not
by its versions, so every part is a version under a staging label of its own, and a role may read the labels
that it is given (IAM's condition key secretsmanager:VersionStage).
"""

from typing import Final

from chalicelib.domain.clocks.jobs import ROTATE
from infra.cloud.formation import Node, Resources, arn, camel, ref, resource, sub
from infra.cloud.stage import Stage

ROTATION_DAYS: Final = 90
#: The label of a key ring that rotation has made and not put in place yet.
PENDING: Final = "AWSPENDING"


def secret_arn(stage: Stage) -> Node:
    """Return what matches the secret's ARN: Secrets Manager puts six characters behind the name."""
    place = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:"
    return sub(f"{place}{stage.secret_name}-??????")


def secrets(stage: Stage) -> Resources:
    """Return the rotation of the sealing keys."""
    return {
        "SealingKeysRotation": resource(
            "AWS::SecretsManager::RotationSchedule",
            {
                "SecretId": stage.secret_name,
                "RotationLambdaARN": arn(camel(ROTATE)),
                "RotationRules": {"AutomaticallyAfterDays": ROTATION_DAYS},
                "RotateImmediatelyOnUpdate": False,
            },
            DependsOn=["RotateByManager"],
        ),
        "RotateByManager": resource(
            "AWS::Lambda::Permission",
            {
                "FunctionName": arn(camel(ROTATE)),
                "Action": "lambda:InvokeFunction",
                "Principal": "secretsmanager.amazonaws.com",
                "SourceAccount": ref("AWS::AccountId"),
                "SourceArn": secret_arn(stage),
            },
        ),
    }

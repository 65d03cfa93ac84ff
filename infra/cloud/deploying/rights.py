"""The rights that deploying takes, as a policy to copy: `python -m infra.cloud.deploying.rights`.

Names beginning with papertape bound them wherever AWS lets a right be bound to a name.
"""

import json
import sys
from pathlib import Path
from typing import Final

from infra.cloud.chalice_part import ROOT
from infra.cloud.formation import Node, allow, policy
from infra.cloud.functions import extension_layers

POLICY: Final = Path("docs/deploy-policy.json")
_ANY: Final = ["*"]
_SERVERLESS: Final = "arn:aws:cloudformation:*:aws:transform/Serverless-2016-10-31"
#: Reads that name nothing, or name it only in their answer.
_LOOKS: Final = [
    "apigateway:GET",
    "cloudwatch:DescribeAlarms",
    "cognito-idp:ListUserPools",
    "lambda:GetAccountSettings",
    "lambda:ListEventSourceMappings",
    "logs:DescribeLogGroups",
    "s3:ListAllMyBuckets",
]
#: What AWS binds to no name before it has made one.
_MAKES_UNNAMED: Final = ["cognito-idp:CreateUserPool", "lambda:CreateEventSourceMapping"]
_BY_NAME: Final = {
    "cloudformation": (["cloudformation:*"], ["arn:aws:cloudformation:*:*:stack/papertape-*/*", _SERVERLESS]),
    "s3": (["s3:*"], ["arn:aws:s3:::papertape-*", "arn:aws:s3:::papertape-*/*"]),
    "lambda": (["lambda:*"], ["arn:aws:lambda:*:*:function:papertape-*"]),
    "mappings": (
        [f"lambda:{verb}EventSourceMapping" for verb in ("Get", "Update", "Delete")],
        ["arn:aws:lambda:*:*:event-source-mapping:*"],
    ),
    "sqs": (["sqs:*"], ["arn:aws:sqs:*:*:papertape-*"]),
    "sns": (["sns:*"], ["arn:aws:sns:*:*:papertape-*"]),
    "scheduler": (
        ["scheduler:*"],
        ["arn:aws:scheduler:*:*:schedule-group/papertape-*", "arn:aws:scheduler:*:*:schedule/papertape-*/*"],
    ),
    "secretsmanager": (["secretsmanager:*"], ["arn:aws:secretsmanager:*:*:secret:papertape/*"]),
    "logs": (
        [
            *("logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:PutRetentionPolicy"),
            *("logs:TagResource", "logs:UntagResource", "logs:ListTagsForResource"),
        ],
        ["arn:aws:logs:*:*:log-group:/aws/lambda/papertape-*"],
    ),
    "cloudwatch": (
        ["cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms", "cloudwatch:TagResource"],
        ["arn:aws:cloudwatch:*:*:alarm:papertape-*"],
    ),
    "budgets": (["budgets:ViewBudget", "budgets:ModifyBudget"], ["arn:aws:budgets::*:budget/papertape-*"]),
    "cognito-idp": (["cognito-idp:*"], ["arn:aws:cognito-idp:*:*:userpool/*"]),
    "apigateway": (["apigateway:*"], ["arn:aws:apigateway:*::/restapis*", "arn:aws:apigateway:*::/tags/*"]),
    "cloudfront": (
        [
            f"cloudfront:{verb}{kind}"
            for kind in ("Distribution", "OriginAccessControl", "ResponseHeadersPolicy")
            for verb in ("Create", "Get", "Update", "Delete")
        ]
        + ["cloudfront:GetOriginAccessControlConfig", "cloudfront:CreateInvalidation"]
        + ["cloudfront:TagResource", "cloudfront:ListTagsForResource"],
        _ANY,
    ),
}
_ROLES: Final = ["arn:aws:iam::*:role/papertape-*"]
_ROLE_VERBS: Final = [
    *("iam:CreateRole", "iam:DeleteRole", "iam:GetRole", "iam:UpdateRole", "iam:UpdateAssumeRolePolicy"),
    *("iam:PutRolePolicy", "iam:GetRolePolicy", "iam:DeleteRolePolicy", "iam:ListRolePolicies"),
    *("iam:ListAttachedRolePolicies", "iam:TagRole", "iam:UntagRole"),
]
_PASSED_TO: Final = ["lambda.amazonaws.com", "scheduler.amazonaws.com"]


def deploy_policy() -> Node:
    """Return the policy document: whoever has it can plan, deploy, operate and take down any stage."""
    passing = {"StringEquals": {"iam:PassedToService": _PASSED_TO}}
    return policy(
        *(allow(actions, resources) for actions, resources in _BY_NAME.values()),
        allow(_LOOKS, _ANY),
        allow(_MAKES_UNNAMED, _ANY),
        allow(["lambda:GetLayerVersion"], extension_layers()),
        allow(_ROLE_VERBS, _ROLES),
        allow(["iam:PassRole"], _ROLES, Condition=passing),
    )


def policy_text() -> str:
    """Return the policy as it lies in docs/."""
    return json.dumps(deploy_policy(), indent=1) + "\n"


if __name__ == "__main__":
    (ROOT / POLICY).write_text(policy_text(), encoding="utf-8")
    sys.exit(0)

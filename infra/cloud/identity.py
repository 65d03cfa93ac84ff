"""Who may sign in: accounts are the operator's to make, a second factor by app is optional (A-10, A-17)."""

from typing import Final

from infra.cloud.formation import Node, Resources, ref, resource
from infra.cloud.stage import Stage

_UNITS: Final = {"AccessToken": "minutes", "IdToken": "minutes", "RefreshToken": "days"}


def identity(stage: Stage) -> Resources:
    """Return the user pool, the page's client of it, and the operators' group."""
    return {
        "UserPool": _user_pool(stage),
        "UserPoolClient": _client_of_the_page(),
        "Operators": resource(
            "AWS::Cognito::UserPoolGroup", {"UserPoolId": ref("UserPool"), "GroupName": "operator"}
        ),
    }


def _user_pool(stage: Stage) -> Node:
    return resource(
        "AWS::Cognito::UserPool",
        {
            "UserPoolName": stage.stack_name,
            "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True},
            "MfaConfiguration": "OPTIONAL",
            "EnabledMfas": ["SOFTWARE_TOKEN_MFA"],
            "DeletionProtection": "ACTIVE",
            "UsernameConfiguration": {"CaseSensitive": False},
            "AccountRecoverySetting": {"RecoveryMechanisms": [{"Name": "admin_only", "Priority": 1}]},
            "Policies": {
                "PasswordPolicy": {
                    "MinimumLength": 12,
                    "RequireLowercase": True,
                    "RequireUppercase": True,
                    "RequireNumbers": True,
                    "RequireSymbols": False,
                    "TemporaryPasswordValidityDays": 3,
                }
            },
        },
        DeletionPolicy="Retain",
        UpdateReplacePolicy="Retain",
    )


def _client_of_the_page() -> Node:
    return resource(
        "AWS::Cognito::UserPoolClient",
        {
            "UserPoolId": ref("UserPool"),
            "ClientName": "page",
            "GenerateSecret": False,
            # With rotation there is no ALLOW_REFRESH_TOKEN_AUTH: GetTokensFromRefreshToken renews.
            "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
            "PreventUserExistenceErrors": "ENABLED",
            "EnableTokenRevocation": True,
            # A stolen access token is good for this long; the page renews its own in silence.
            "AccessTokenValidity": 15,
            "IdTokenValidity": 15,
            # A copied cookie ends the session that it was copied from, or is ended by it. Two tabs
            # that renew at once both get their answer.
            "RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 60},
            "RefreshTokenValidity": 30,
            "TokenValidityUnits": dict(_UNITS),
        },
    )

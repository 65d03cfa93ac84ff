"""Who may sign in: accounts are the operator's to make, a second factor by app is optional (A-10, A-17)."""

from typing import Final

from infra.cloud.formation import Resources, ref, resource
from infra.cloud.stage import Stage

_UNITS: Final = {"AccessToken": "minutes", "IdToken": "minutes", "RefreshToken": "days"}


def identity(stage: Stage) -> Resources:
    """Return the user pool, the page's client of it, and the operators' group."""
    return {
        "UserPool": resource(
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
        ),
        "UserPoolClient": resource(
            "AWS::Cognito::UserPoolClient",
            {
                "UserPoolId": ref("UserPool"),
                "ClientName": "page",
                "GenerateSecret": False,
                "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
                "PreventUserExistenceErrors": "ENABLED",
                "EnableTokenRevocation": True,
                "AccessTokenValidity": 60,
                "IdTokenValidity": 60,
                "RefreshTokenValidity": 30,
                "TokenValidityUnits": dict(_UNITS),
            },
        ),
        "Operators": resource(
            "AWS::Cognito::UserPoolGroup", {"UserPoolId": ref("UserPool"), "GroupName": "operator"}
        ),
    }

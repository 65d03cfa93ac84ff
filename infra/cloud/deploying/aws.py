"""AWS as the deployment sees it: clients by service, for one account and region, and their refusals."""

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

#: Makes a client of a service.
Clients: TypeAlias = Callable[[str], Any]  # Any: boto3 makes its clients' classes at run time
#: All that a call of AWS raises: what AWS answers, and what keeps us from asking.
AWS_ERRORS: Final = (BotoCoreError, ClientError, Boto3Error)
_REFUSED: Final = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})


def clients_of(region: str) -> Clients:
    """Return clients that act with the caller's own credentials in this region."""
    import boto3

    session = boto3.session.Session(region_name=region)

    def client(service: str) -> Any:  # Any: as above
        return session.client(service)

    return client


class DeploymentFailed(Exception):
    """A step did not succeed; the sentence says which and what to do."""


def in_a_sentence(error: Exception) -> str:
    """Say what AWS refused and what to do about it, without a traceback."""
    if isinstance(error, NoCredentialsError):
        return "there are no AWS credentials in the usual places: `aws configure`, or set AWS_PROFILE"
    if not isinstance(error, ClientError):
        return f"AWS could not be asked: {error}"
    code, words = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    if code in _REFUSED:
        return f"AWS refuses {error.operation_name}: {words} The rights it takes: docs/deploy-policy.json"
    return f"AWS answers {error.operation_name} with {code}: {words}"

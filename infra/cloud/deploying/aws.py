"""AWS as the deployment sees it: clients by service, for one account and region."""

from collections.abc import Callable
from typing import Any, TypeAlias

#: Makes a client of a service.
Clients: TypeAlias = Callable[[str], Any]  # Any: boto3 makes its clients' classes at run time


def clients_of(region: str) -> Clients:
    """Return clients that act with the caller's own credentials in this region."""
    import boto3

    session = boto3.session.Session(region_name=region)

    def client(service: str) -> Any:  # Any: as above
        return session.client(service)

    return client


class DeploymentFailed(Exception):
    """A step did not succeed; the sentence says which and what to do."""

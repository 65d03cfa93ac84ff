"""Opening the buckets of S3 that settings name."""

from collections.abc import Callable
from typing import Any, TypeAlias

from chalicelib.store.files.objects import ObjectStore, ObjectsUnavailable, S3Objects

#: Opens the bucket that a setting names: (setting, bucket or None when it is absent).
ObjectStores: TypeAlias = Callable[[str, str | None], ObjectStore]


def s3_objects(setting: str, bucket: str | None) -> ObjectStore:
    """Open a bucket of S3 with the credentials of the process; without one, its first use says so."""

    def connect() -> Any:  # Any: boto3 has no types
        if bucket is None:
            raise ObjectsUnavailable(f"the setting {setting} is missing")
        import boto3
        from botocore.config import Config as ClientConfig

        # Links are signed for any region; version 4 is what every region takes.
        return boto3.session.Session().client("s3", config=ClientConfig(signature_version="s3v4"))

    return S3Objects(connect, bucket or "")

"""The page's files in their bucket, each with its type and how long it may be kept."""

import json
import re
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from infra.cloud.deploying.aws import Clients
from infra.local.front.static_files import CONTENT_TYPES

#: A vendored file's name carries its version, so that it never changes under its name.
_VERSIONED: Final = re.compile(r"^vendor/.*\d+\.\d+")
_FOR_A_YEAR: Final = "public, max-age=31536000, immutable"
_ASK_EACH_TIME: Final = "no-cache"


def page_files(directory: Path) -> dict[str, bytes]:
    """Return the page's files by their keys."""
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }


def with_release(files: Mapping[str, bytes], *, stage: str, release_id: str) -> dict[str, bytes]:
    """Return the page's files with the configuration of this deployment beside them."""
    return {**files, "release.json": json.dumps({"stage": stage, "release": release_id}).encode()}


def cache_control(key: str) -> str:
    """Return how long browsers and CloudFront may keep a file without asking."""
    return _FOR_A_YEAR if _VERSIONED.match(key) else _ASK_EACH_TIME


def upload_page(clients: Clients, bucket: str, distribution_id: str, files: Mapping[str, bytes]) -> None:
    """Put the files, the page itself last, take away what is the page's no more, and let caches forget."""
    s3: Any = clients("s3")  # Any: as in `aws`
    for key in sorted(files, key=lambda name: (name == "index.html", name)):
        s3.put_object(
            Bucket=bucket,
            Key=key,
            Body=files[key],
            ContentType=CONTENT_TYPES.get(Path(key).suffix, "application/octet-stream"),
            CacheControl=cache_control(key),
        )
    for stale in _keys(s3, bucket) - files.keys():
        s3.delete_object(Bucket=bucket, Key=stale)
    clients("cloudfront").create_invalidation(
        DistributionId=distribution_id,
        InvalidationBatch={
            "Paths": {"Quantity": 1, "Items": ["/*"]},
            # A reference that was used before makes no invalidation, and a release may come back.
            "CallerReference": uuid.uuid4().hex,
        },
    )


def _keys(s3: Any, bucket: str) -> set[str]:  # Any: as in `aws`
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return {str(item["Key"]) for page in pages for item in page.get("Contents", [])}

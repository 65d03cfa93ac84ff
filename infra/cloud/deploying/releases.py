"""Releases kept in a bucket of artifacts: template, package and page of each, so that one can come back."""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from infra.cloud.deploying.aws import Clients
from infra.cloud.formation import Node
from infra.cloud.stage import Stage

_CURRENT: Final = "current.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One release of a stage, by the keys of its parts in the artifacts' bucket."""

    id: str
    bucket: str
    prefix: str

    @property
    def package_key(self) -> str:
        """Return where the functions' package lies."""
        return f"{self.prefix}/deployment.zip"

    @property
    def template_key(self) -> str:
        """Return where the stack's template lies."""
        return f"{self.prefix}/template.json"

    @property
    def page_key(self) -> str:
        """Return where the page's files lie."""
        return f"{self.prefix}/page.zip"


class Releases:
    """The releases of one stage."""

    def __init__(self, clients: Clients, stage: Stage) -> None:
        self._s3: Any = clients("s3")  # Any: as in `aws`
        self._account: str = clients("sts").get_caller_identity()["Account"]
        self._stage = stage
        self.bucket = f"papertape-artifacts-{self._account}-{stage.region}"

    @property
    def account(self) -> str:
        """Return the account that is deployed to."""
        return self._account

    def prepare(self) -> None:
        """Make the bucket, private and versioned, when it is not there."""
        known = {bucket["Name"] for bucket in self._s3.list_buckets()["Buckets"]}
        if self.bucket not in known:
            place = {"LocationConstraint": self._stage.region}
            where = {} if self._stage.region == "us-east-1" else {"CreateBucketConfiguration": place}
            self._s3.create_bucket(Bucket=self.bucket, **where)
        blocked = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
        self._s3.put_public_access_block(
            Bucket=self.bucket, PublicAccessBlockConfiguration=dict.fromkeys(blocked, True)
        )

    def release(self, release_id: str) -> Release:
        """Return the release of this id."""
        return Release(id=release_id, bucket=self.bucket, prefix=f"{self._stage.name}/{release_id}")

    def store(self, release: Release, package: Path, template: Node, page: Mapping[str, bytes]) -> None:
        """Keep a release's parts."""
        self._s3.upload_file(str(package), self.bucket, release.package_key)
        self._s3.put_object(Bucket=self.bucket, Key=release.template_key, Body=json.dumps(template).encode())
        self._s3.put_object(Bucket=self.bucket, Key=release.page_key, Body=_zipped(page))

    def template_url(self, release: Release) -> str:
        """Return where CloudFormation reads the template: it is too large to be sent along."""
        return f"https://{self.bucket}.s3.{self._stage.region}.amazonaws.com/{release.template_key}"

    def page(self, release: Release) -> dict[str, bytes]:
        """Return a kept release's page."""
        body = self._s3.get_object(Bucket=self.bucket, Key=release.page_key)["Body"].read()
        with zipfile.ZipFile(io.BytesIO(body)) as kept:
            return {name: kept.read(name) for name in kept.namelist()}

    def current(self) -> Release | None:
        """Return the release that runs, None before the first."""
        try:
            kept = self._s3.get_object(Bucket=self.bucket, Key=f"{self._stage.name}/{_CURRENT}")
        except self._s3.exceptions.NoSuchKey:
            return None
        return self.release(str(json.loads(kept["Body"].read())["release"]))

    def point_at(self, release: Release) -> None:
        """Record that this release runs."""
        self._s3.put_object(
            Bucket=self.bucket,
            Key=f"{self._stage.name}/{_CURRENT}",
            Body=json.dumps({"release": release.id}).encode(),
        )


def _zipped(files: Mapping[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(name, files[name])
    return held.getvalue()

"""Objects in a bucket: what is too large for an answer, and backups.

    ObjectsError
    ├─ ObjectMissing        there is no object of this key
    └─ ObjectsUnavailable   the bucket is not configured, not reachable, or refuses us

Streams pass through in parts, so memory stays flat whatever the size. An object appears whole or not at
all: a stream that breaks off leaves none.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, Final, Protocol

#: S3 takes parts of 5 MiB to 5 GiB, 10,000 of them: with this size objects of up to 80 GB.
PART_BYTES: Final = 8 * 1024 * 1024
READ_BYTES: Final = 1024 * 1024
_MISSING_CODES: Final = frozenset({"NoSuchKey", "404"})

#: Keys of files that outlive the rows they were made of.
AUDIT: Final = "audit/"


class ObjectsError(Exception):
    """An object could not be read or written."""


class ObjectMissing(ObjectsError):
    """There is no object of this key."""

    def __init__(self, key: str) -> None:
        super().__init__(f"there is no object {key}")
        self.key = key


class ObjectsUnavailable(ObjectsError):
    """The bucket is not configured, not reachable, or refuses us."""


class ObjectStore(Protocol):
    """One bucket. Every method raises ObjectsUnavailable."""

    def put_stream(self, key: str, chunks: Iterable[bytes], *, content_type: str) -> int:
        """Write the chunks as one object, replacing one of the same key; return its bytes.

        What `chunks` raises passes through, and then nothing was written.
        """
        ...

    def read(self, key: str) -> Iterator[bytes]:
        """Read an object in chunks, opening it at once; raises ObjectMissing."""
        ...

    def keys(self, prefix: str) -> list[str]:
        """List the keys that begin with `prefix`, sorted."""
        ...

    def link(self, key: str, *, expires_seconds: int, filename: str) -> str:
        """Return a URL that anybody may download the object from, under this name, for so long."""
        ...

    def delete(self, key: str) -> None:
        """Remove an object; nothing happens when there is none."""
        ...


class S3Objects:
    """A bucket of S3, by boto3, which is imported at the first use."""

    def __init__(self, connect: Callable[[], Any], bucket: str, *, part_bytes: int = PART_BYTES) -> None:
        """`connect` makes boto3's client of S3 (Any: boto3 has no types), once; it may raise ObjectsError."""
        self._connect = connect
        self._bucket = bucket
        self._part_bytes = part_bytes
        self._lock = Lock()
        self._connected: Any = None  # Any: as above

    def put_stream(self, key: str, chunks: Iterable[bytes], *, content_type: str) -> int:
        """Write in one call when it is small, else in parts."""
        parts = _parts(chunks, self._part_bytes)
        first = next(parts, b"")
        if len(first) < self._part_bytes:
            with _worded():
                self._client().put_object(Bucket=self._bucket, Key=key, Body=first, ContentType=content_type)
            return len(first)
        return self._put_parts(key, first, parts, content_type)

    def _put_parts(self, key: str, first: bytes, rest: Iterator[bytes], content_type: str) -> int:
        where = {"Bucket": self._bucket, "Key": key}
        with _worded():
            client = self._client()
            upload = client.create_multipart_upload(**where, ContentType=content_type)["UploadId"]
        try:
            done = [self._put_part(where, upload, 1, first)]
            size = len(first)
            for number, part in enumerate(rest, start=2):
                done.append(self._put_part(where, upload, number, part))
                size += len(part)
            with _worded():
                client.complete_multipart_upload(**where, UploadId=upload, MultipartUpload={"Parts": done})
        except BaseException:  # parts left behind are invisible and cost money
            with _worded():
                client.abort_multipart_upload(**where, UploadId=upload)
            raise
        return size

    def _put_part(self, where: dict[str, str], upload: str, number: int, part: bytes) -> dict[str, Any]:
        with _worded():
            answer = self._client().upload_part(**where, UploadId=upload, PartNumber=number, Body=part)
        # A checksum that the client added by itself must be repeated on completion.
        sums = {name: value for name, value in answer.items() if name.startswith("Checksum")}
        sums.pop("ChecksumType", None)
        return {"PartNumber": number, "ETag": answer["ETag"], **sums}

    def read(self, key: str) -> Iterator[bytes]:
        """Open the object and hand out its body as it comes."""
        with _worded(key):
            body = self._client().get_object(Bucket=self._bucket, Key=key)["Body"]
        return _body_chunks(body)

    def keys(self, prefix: str) -> list[str]:
        """Walk the pages of the listing."""
        with _worded():
            pages = self._client().get_paginator("list_objects_v2")
            listed = pages.paginate(Bucket=self._bucket, Prefix=prefix)
            return sorted(str(entry["Key"]) for page in listed for entry in page.get("Contents", ()))

    def link(self, key: str, *, expires_seconds: int, filename: str) -> str:
        """Sign a download; the name is sent as it is, so it must be plain."""
        with _worded():
            signed = self._client().generate_presigned_url(
                "get_object",
                Params={
                    "Bucket": self._bucket,
                    "Key": key,
                    "ResponseContentDisposition": f'attachment; filename="{filename}"',
                },
                ExpiresIn=expires_seconds,
            )
        return str(signed)

    def delete(self, key: str) -> None:
        """Remove one object."""
        with _worded():
            self._client().delete_object(Bucket=self._bucket, Key=key)

    def _client(self) -> Any:  # Any: boto3 has no types
        with self._lock:
            if self._connected is None:
                self._connected = self._connect()
            return self._connected


@contextmanager
def _worded(key: str | None = None) -> Iterator[None]:
    """Word botocore's failures in ours; its texts name the operation and the code, never a credential."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if key is not None and code in _MISSING_CODES:
            raise ObjectMissing(key) from error
        raise ObjectsUnavailable(f"the bucket refused: {code or 'no reason given'}") from error
    except BotoCoreError as error:
        raise ObjectsUnavailable(f"the bucket could not be reached: {type(error).__name__}") from error


def _body_chunks(body: Any) -> Iterator[bytes]:  # Any: botocore's StreamingBody
    try:
        with _worded():
            yield from body.iter_chunks(READ_BYTES)
    finally:
        body.close()


def _parts(chunks: Iterable[bytes], part_bytes: int) -> Iterator[bytes]:
    """Gather chunks to parts of exactly `part_bytes`, the last one shorter (or none)."""
    gathered = bytearray()
    for chunk in chunks:
        gathered += chunk
        while len(gathered) >= part_bytes:
            yield bytes(gathered[:part_bytes])
            del gathered[:part_bytes]
    if gathered:
        yield bytes(gathered)
